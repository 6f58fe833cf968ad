"""Clips to be mutated, and clips that no camera made: crowds, giants, playlists under a video's name."""

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import av
import numpy as np
from mutation import Seed
from numpy.typing import NDArray
from parts import Made

__all__ = ["clip_seeds", "hostile_clips"]

Pixels = NDArray[np.uint8]
_MOST_BYTES = 300_000
_FORMS = (
    ("mp4", "libx264", {"movflags": "faststart"}), ("mp4", "libx264", {}), ("mp4", "mpeg4", {}),
    ("mp4", "libx265", {}), ("mp4", "libx264", {"movflags": "frag_keyframe+empty_moov"}), ("mov", "mjpeg", {}),
    ("mov", "prores", {}), ("matroska", "libx264", {}), ("matroska", "ffv1", {}), ("matroska", "rawvideo", {}),
    ("webm", "libvpx-vp9", {}), ("webm", "libvpx", {}), ("webm", "libsvtav1", {}), ("avi", "mpeg4", {}),
    ("avi", "mjpeg", {}), ("mpegts", "libx264", {}), ("mpeg", "mpeg1video", {}), ("mpegts", "mpeg2video", {}),
    ("flv", "flv", {}), ("asf", "msmpeg4", {}), ("ogg", "libtheora", {}),
)  # fmt: skip


def clip_seeds(data: Path | None) -> Iterator[Seed]:
    """A small clip in every container and coding that is read, and small real ones."""
    for container, encoder, options in _FORMS:
        try:
            made = clip(_walk(10), container, encoder, options)
            yield f"{container} {encoder} {' '.join(options.values())}".strip(), made
        except (av.error.FFmpegError, av.codec.codec.UnknownCodecError, ValueError):
            continue
    for path in sorted((data / "dev").rglob("video_*/*")) if data else ():
        if path.is_file() and path.stat().st_size <= _MOST_BYTES:
            yield path.name, path.read_bytes()


def hostile_clips(data: Path | None) -> Iterator[Made]:
    """All of them."""
    whole = clip(_walk(12), "mp4", "libx264", {"movflags": "faststart"})
    for cut in range(1, 20):
        yield f"mp4 cut at {5 * cut} %", whole[: len(whole) * cut // 20]
        late = clip(_walk(12), "matroska", "libx264", {})
        yield f"mkv cut at {5 * cut} %", late[: len(late) * cut // 20]
    for name in b"moov trak mdia stbl stsd stsz stco stts stsc avcC mdat elst".split():
        at = whole.find(name) - 4
        for size in (0, 1, 7, 9, 0x7FFFFFFF, 0xFFFFFFFF):
            if at >= 0:
                yield f"mp4 {name.decode()} of {size}", whole[:at] + struct.pack(">I", size) + whole[at + 4 :]
    for name, at in ((b"stsz", 8), (b"stts", 4), (b"stco", 4), (b"stsc", 4), (b"stss", 4), (b"ctts", 4)):
        place = whole.find(name) + 4 + at
        if whole.find(name) >= 0:
            yield f"mp4 {name.decode()} of four billion entries", whole[:place] + b"\xff" * 4 + whole[place + 4 :]
    yield "no frame", clip([], "matroska", "ffv1", {})
    yield "one pixel", clip([np.zeros((1, 1, 3), np.uint8)] * 3, "matroska", "ffv1", {}, form="bgr0")
    yield "one row", clip([np.zeros((2, 4096, 3), np.uint8)] * 3, "matroska", "ffv1", {}, form="bgr0")
    giant = np.zeros((8640, 15360, 3), np.uint8)
    yield "giant of 15360 x 8640", clip([giant], "matroska", "mjpeg", {}, form="yuvj420p")
    still = [np.full((720, 1280, 3), 90, np.uint8)]
    yield "ten thousand equal frames", clip(still * 10_000, "matroska", "libx264", {}, speed="ultrafast")
    yield "frames at one time", clip(_walk(40), "matroska", "ffv1", {}, times=[0] * 40)
    yield "frames a year apart", clip(_walk(6), "matroska", "ffv1", {}, times=[31_536_000_000 * n for n in range(6)])
    for name, text in playlists():
        yield name, text
    if data is not None and (data / "train/faces_real").is_dir():
        yield "a thousand faces", clip(list(_crowd(data, 120)), "mp4", "libx264", {}, speed="veryfast")


def playlists() -> Iterator[Made]:
    """Lists of other files under a video's name, bare and behind the head of one."""
    address, secret = "http://127.0.0.1:9/a.ts", "file:///etc/hostname"
    texts = {
        "m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n#EXTINF:1,\n{secret}\n",
        "ffconcat": f"ffconcat version 1.0\nfile '{secret}'\nfile '{address}'\n",
        "DASH": f'<?xml version="1.0"?><MPD><Period><BaseURL>{address}</BaseURL></Period></MPD>',
        "SDP": "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 9 RTP/AVP 96\r\n",
    }
    heads = {
        "mp4": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", "matroska": b"\x1a\x45\xdf\xa3\x01",
        "avi": b"RIFF\xff\xff\x00\x00AVI LIST", "ogg": b"OggS", "flv": b"FLV\x01", "mpeg": b"\x00\x00\x01\xba",
        "asf": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "nothing": b"",
    }  # fmt: skip
    for kind, text in texts.items():
        for head, raw in heads.items():
            yield f"{kind} behind {head}", raw + text.encode()


def clip(
    pictures: Sequence[Pixels],
    container: str,
    encoder: str,
    options: dict[str, str],
    *,
    form: str | None = None,
    times: Sequence[int] | None = None,
    speed: str = "fast",
) -> bytes:
    """A video of pictures; times are in milliseconds."""
    forms = {"mjpeg": "yuvj420p", "prores": "yuv422p10le", "ffv1": "bgr0", "rawvideo": "rgb24"}
    form = form or forms.get(encoder, "yuv420p")
    with NamedTemporaryFile() as held:
        _write(held.name, pictures, container, encoder, options, form, times, speed)
        return Path(held.name).read_bytes()


def _write(
    path: str,
    pictures: Sequence[Pixels],
    container: str,
    encoder: str,
    options: dict[str, str],
    form: str,
    times: Sequence[int] | None,
    speed: str,
) -> None:
    with av.open(path, "w", format=container, options=options) as out:
        preset = {"preset": speed} if encoder in ("libx264", "libx265") else {}
        quiet = {"x265-params": "log-level=none:pools=1"} if encoder == "libx265" else {}
        stream: Any = out.add_stream(encoder, rate=25, options=preset | quiet)
        stream.height, stream.width = pictures[0].shape[:2] if pictures else (64, 64)
        stream.pix_fmt = form
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=form)
            for packet in stream.encode(frame):
                if times is not None:
                    packet.pts = packet.dts = times[number]
                    packet.time_base = Fraction(1, 1000)
                out.mux(packet)
        if not pictures:
            out.start_encoding()
        else:
            out.mux(stream.encode(None))


def _walk(count: int) -> list[Pixels]:
    """A window of 256 x 240 that moves over a sample photo."""
    from sklearn.datasets import load_sample_images

    photo = np.asarray(load_sample_images().images[0], np.uint8)
    return [np.ascontiguousarray(photo[n : n + 240, 2 * n : 2 * n + 256]) for n in range(count)]


def _crowd(data: Path, shots: int) -> Iterator[Pixels]:
    """Frames of twelve faces each, all others than before."""
    from PIL import Image

    paths = sorted((data / "train/faces_real").glob("*.jpg"))
    for shot in range(shots):
        sheet = np.full((600, 800, 3), (shot * 89) % 200 + 20, np.uint8)
        for place in range(12):
            with Image.open(paths[(shot * 12 + place) % len(paths)]) as opened:
                face = np.asarray(opened.convert("RGB").resize((180, 180)))
            x, y = 10 + place % 4 * 200, 10 + place // 4 * 198
            sheet[y : y + 180, x : x + 180] = face
        yield sheet
        yield sheet
