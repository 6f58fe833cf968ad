"""A video to facts, and to the pixels of a few of its frames. Runs inside the bounded child, never in the parent."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...intake.frames import Blob
from ...intake.refusals import DamagedExhibit
from .boxes import read_boxes
from .glance import Glance, glance
from .opening import Bounds, Tape, open_tape
from .packets import Walk, double, rhythm, walk
from .playing import Player
from .sampling import choose
from .showing import HDR, show, stand

__all__ = ["frames", "survey"]

_MOST_TEXTS = 64
_MOST_CHARS = 2000
_MOST_KEPT = 16_384


def survey(
    *, descriptor: int, media: str, bounds: Mapping[str, Any], samples: int, watched: int
) -> tuple[Mapping[str, Any], Mapping[str, Blob]]:
    """What a video holds, and which of its frames should be looked at.

    Parameters
    ----------
    descriptor : int
        Open file.
    media : str
        Sniffed media type.
    bounds : mapping
        Fields of :class:`assay.detect.video.opening.Bounds`.
    samples, watched : int
        Frames to choose for the network, and to look for faces in.

    Returns
    -------
    dict, dict
        Fields of :class:`assay.detect.video.reel.Reel`; no arrays.

    Raises
    ------
    ExhibitRefused
        See :func:`assay.detect.video.opening.open_tape`; `DamagedExhibit` also when no frame can be decoded.
    """
    begun = time.monotonic()
    limits = Bounds(**bounds)
    tape = open_tape(descriptor, media, limits)
    try:
        found = walk(tape, limits.packets, begun + limits.seconds)
        if not len(found.pts):
            raise DamagedExhibit("the file names a video but holds no frame of it: ask for the whole file")
        look = glance(tape, found, limits, begun)
        if look.first is None:
            raise DamagedExhibit("none of the frames can be decoded: the file is damaged")
        return _told(tape, found, look, limits, descriptor, media, (samples, watched)), {}
    finally:
        tape.container.close()


def frames(
    *, descriptor: int, media: str, bounds: Mapping[str, Any], wanted: Sequence[Sequence[int]]
) -> tuple[Mapping[str, Any], Mapping[str, Blob]]:
    """Pixels of frames.

    Parameters
    ----------
    descriptor, media, bounds
        As for :func:`survey`.
    wanted : sequence of [key, time]
        Ticks of the key frame to start at and of the frame, ascending.

    Returns
    -------
    meta : dict
        ``frames``: for each delivered one its ``tick``, ``wanted``, ``kind`` (I, P, B or ?) and ``bits``.
    arrays : dict
        ``0``, ``1``, ...: uint8 (height, width, 3), upright, sRGB.
    """
    limits = Bounds(**bounds)
    tape = open_tape(descriptor, media, limits)
    told: list[dict[str, Any]] = []
    arrays: dict[str, Blob] = {}
    try:
        player = Player(tape, limits)
        for key, at in wanted:
            frame = player.frame(key, at)
            if frame is None or frame.width * frame.height > limits.frame_pixels:
                continue
            rgb = show(frame)
            arrays[str(len(told))] = Blob("uint8", rgb.shape, (rgb.data.cast("B"),))
            kind = {1: "I", 2: "P", 3: "B"}.get(int(frame.pict_type), "?")
            told.append({"tick": frame.pts if frame.pts is not None else at, "wanted": at, "kind": kind})
        return {"frames": told, "damaged": player.damaged[0], "short": len(told) < len(wanted)}, arrays
    finally:
        tape.container.close()


def _told(
    tape: Tape, found: Walk, look: Glance, bounds: Bounds, descriptor: int, media: str, counts: tuple[int, int]
) -> dict[str, Any]:
    stream, context, container = tape.stream, tape.stream.codec_context, tape.container
    first = look.first
    assert first is not None
    base = stream.time_base
    tick = float(base) if base else 1.0
    turn = stand(first)
    # Frames behind the last that was decoded are not known to be there: a cut file's index promises more than it holds.
    known = found.pts if not look.every or look.late else found.pts[found.pts <= max(look.pts)]
    if look.late and look.every:
        known = known[known <= max(look.pts)]
    chosen = choose(known, found.keys, look.shots, counts[0])
    # Between key frames of a long video every frame would cost a second of decoding: faces are looked for in those.
    watched = choose(known if look.every else np.intersect1d(known, found.keys), found.keys, look.shots, counts[1])
    width, height = (first.height, first.width) if turn.transposed else (first.width, first.height)
    aspect = stream.sample_aspect_ratio
    promised = int(stream.frames or 0)
    gaps = np.diff(np.searchsorted(found.pts, found.keys))
    notes = [
        *(["turned-upright"] if turn.quarters else []),
        *(["mirrored"] if turn.mirrored else []),
        *(["tone-mapped"] if int(first.color_trc) in HDR else []),
        *(["interlaced"] if first.interlaced_frame else []),
        *(["pixels-not-square"] if aspect is not None and aspect not in (0, 1) else []),
        *(["key-frames-only"] if not look.every else []),
        *(["stopped-by-clock"] if look.late else []),
        *(["packets-cut"] if found.cut else []),
        *(["bytes-cut"] if tape.source.spent >= bounds.read_bytes else []),
        *(["names-others"] if tape.named else []),
    ]
    deep = max((component.bits for component in first.format.components), default=8)
    if deep > 8:
        notes.append(f"from-{deep}-bit")
    return {
        "media": media,
        "container": container.format.name,
        "codec": context.name,
        "profile": str(context.profile or ""),
        "pixel_format": first.format.name,
        "bits": deep,
        "width": width,
        "height": height,
        "turn": turn.quarters * 90,
        "transfer": HDR.get(int(first.color_trc), "standard"),
        "tick": tick,
        "start": int(found.pts[0]),
        "rate_stated": _rate(stream.average_rate),
        "rate_base": _rate(stream.base_rate),
        "rhythm": rhythm(found, tick),
        "promised": promised,
        "walked": len(found.pts),
        "bytes": int(found.sizes.astype(np.int64).sum()),
        "corrupt": found.corrupt,
        "damaged": look.damaged,
        "trouble": found.trouble,
        "every": look.every,
        "seen": look.seen,
        "seen_until": float((max(look.pts) - int(found.pts[0])) * tick),
        "repeats": look.repeats,
        "longest_repeat": look.longest,
        "kinds": look.kinds,
        "keys": len(found.keys),
        "key_steps": sorted(gaps.tolist())[:: max(1, len(gaps) // 64)][:64],
        "reordered": found.reordered,
        "double": None if found.reordered else double(found),
        "shots": [float((t - int(found.pts[0])) * tick) for t in look.shots[:512]],
        "chosen": [[key, at] for key, at in chosen],
        "watched": [[key, at] for key, at in watched],
        "sound": [_sound(one) for one in container.streams.audio[:8]],
        "streams": len(container.streams),
        "videos": len(container.streams.video),
        "texts": _texts(tape, found),
        "boxes": read_boxes(descriptor, tape.source.size) if media in ("mp4", "mov") else None,
        "notes": notes,
    }


def _sound(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    base = stream.time_base
    return {
        "codec": "unknown" if context is None else str(context.name)[:40],
        "rate": 0 if context is None else int(context.sample_rate or 0),
        "seconds": float(stream.duration * base) if stream.duration and base else None,
    }


def _rate(rate: Any) -> float | None:
    return float(rate) if rate else None


def _texts(tape: Tape, found: Walk) -> dict[str, str]:
    """Metadata of the file and of its streams, and what encoders left in the first packets; bounded."""
    given: list[tuple[str, str]] = list(tape.container.metadata.items())
    for stream in list(tape.container.streams)[:8]:
        given += [(f"{stream.type} {stream.index}: {name}", value) for name, value in stream.metadata.items()]
    given += [(f"first packets: {number}", text) for number, text in enumerate(found.texts)]
    kept: dict[str, str] = {}
    left = _MOST_KEPT
    for name, value in given[:_MOST_TEXTS]:
        text = str(value)[: min(_MOST_CHARS, left)].encode("utf-8", "replace").decode("utf-8")
        left -= len(text)
        kept[str(name)[:80].encode("utf-8", "replace").decode("utf-8")] = text
    return kept
