"""Real and made clips through the bounded child: frames with true times, and coded refusals for what is broken."""

import random
import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assay.detect.video.clip import read_clip, read_frames
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit
from assay.intake.limits import DEFAULT, Limits
from assay.intake.refusals import (
    DamagedExhibit,
    DecoderMemory,
    ExhibitRefused,
    NoVideoStream,
    TextNotMedia,
    TooManyPixels,
    TruncatedExhibit,
)

Make = Callable[..., Path]


def _read(path: Path, child: Child, limits: Limits = DEFAULT, samples: int = 6):
    clip = read_clip(Exhibit.open(path), child, limits, samples=samples)
    return clip, list(read_frames(clip, child, limits))


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.avi"])
def test_containers_are_read_by_content(name: str, make_clip: Make, child: Child, scene, tmp_path: Path) -> None:
    path = make_clip(name, count=20, options={"crf": "10", "b": "4000k"})
    renamed = tmp_path / "holiday.jpg"
    renamed.write_bytes(path.read_bytes())
    clip, frames = _read(renamed, child, samples=4)
    assert (clip.reel.width, clip.reel.height, clip.reel.walked, clip.reel.sound) == (256, 240, 20, [])
    assert len(frames) == 4
    for frame in frames:
        number = round(frame.t * 25)
        assert frame.t == pytest.approx(number / 25, abs=0.002)
        error = np.abs(frame.rgb.astype(int) - scene(number).astype(int)).mean()
        assert error < np.abs(frame.rgb.astype(int) - scene(number + 1).astype(int)).mean()
        assert error < 12


def test_true_times_of_an_uneven_rhythm(make_clip: Make, child: Child) -> None:
    times = [0, 4, 8, 12, 30, 34, 39, 44, 80, 84, 88, 92, 150, 154]
    clip, frames = _read(make_clip(times=times, count=len(times)), child, samples=64)
    assert [round(frame.t * 100) for frame in frames] == times
    assert clip.reel.rhythm.longest_gap == pytest.approx(0.58, abs=0.01)
    assert clip.reel.rhythm.regular is not None and clip.reel.rhythm.regular < 0.9


@pytest.mark.parametrize(("turn", "quarters"), [(90, 1), (180, 2), (-90, 3)])
def test_frames_come_upright(turn: int, quarters: int, make_clip: Make, child: Child, scene) -> None:
    clip, frames = _read(make_clip(turn=turn, count=5), child, samples=1)
    wanted = np.rot90(scene(0), quarters)
    assert frames[0].rgb.shape == wanted.shape == (clip.reel.height, clip.reel.width, 3)
    assert np.abs(frames[0].rgb.astype(int) - wanted).mean() < 15
    assert "turned-upright" in clip.reel.notes


# Display matrices as a, b, c, d, and what they make of a frame.
@pytest.mark.parametrize(
    ("matrix", "shown", "mirrored"),
    [
        ((-1, 0, 0, 1), lambda rgb: rgb[:, ::-1], True),
        ((1, 0, 0, -1), lambda rgb: rgb[::-1], True),
        ((-1, 0, 0, -1), lambda rgb: rgb[::-1, ::-1], False),
        ((0, 1, 1, 0), lambda rgb: rgb.swapaxes(0, 1), True),
        ((0, -1, -1, 0), lambda rgb: rgb[::-1, ::-1].swapaxes(0, 1), True),
        ((0, 1, -1, 0), lambda rgb: np.rot90(rgb, 3), False),
    ],
)
def test_mirrored_display_matrices(matrix, shown, mirrored: bool, make_clip: Make, child: Child, scene) -> None:
    path = make_clip(count=3, options={"crf": "10"})
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd") + 4 + 40
    a, b, c, d = (65536 * value for value in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    clip, frames = _read(path, child, samples=1)
    wanted = shown(scene(0))
    assert frames[0].rgb.shape == wanted.shape == (clip.reel.height, clip.reel.width, 3)
    assert np.abs(frames[0].rgb.astype(int) - wanted).mean() < 12
    assert ("mirrored" in clip.reel.notes) == mirrored
    # Turned, then mirrored left to right, is the same.
    again = np.rot90(scene(0), clip.reel.turn // 90)
    assert np.array_equal(again[:, ::-1] if mirrored else again, wanted)


def test_bright_screens_are_toned_down_and_it_is_said(make_clip: Make, child: Child) -> None:
    # Code values of 203 cd/m2, a white page, are near the middle of PQ (about 0.58).
    page = np.full((240, 256, 3), round(0.58 * 255), np.uint8)
    dark = np.full((240, 256, 3), round(0.30 * 255), np.uint8)
    path = make_clip(
        "hdr.mkv", pictures=[page, dark], form="yuv420p10le", codec="libx265",
        options={"x265-params": "log-level=none:pools=1:frame-threads=1"},
        tags={"color_trc": 16, "color_primaries": 9, "colorspace": 9, "color_range": 1},
    )  # fmt: skip
    clip, frames = _read(path, child, samples=2)
    assert clip.reel.transfer == "pq" and {"tone-mapped", "from-10-bit"} <= set(clip.reel.notes)
    levels = [float(frame.rgb.mean()) for frame in frames]
    assert 150 < levels[0] < 240 and levels[1] < levels[0] / 2


def test_every_shot_gets_a_frame(make_clip: Make, child: Child, photo, flower) -> None:
    one, other = (np.ascontiguousarray(np.asarray(each)[:240, :256]) for each in (photo, flower))
    path = make_clip(pictures=[one] * 40 + [other] * 5 + [255 - one] * 20)
    clip, frames = _read(path, child, samples=3)
    assert [round(t * 25) for t in clip.reel.shots] == [40, 45]
    assert [sum(round(frame.t * 25) >= edge for edge in (40, 45)) for frame in frames] == [0, 1, 2]
    assert clip.reel.repeats >= 50


def test_a_long_video_is_looked_at_by_key_frames(make_clip: Make, child: Child) -> None:
    path = make_clip(count=120, options={"g": "10"})
    limits = replace(DEFAULT, video_decoded_pixels=256 * 240 * 40)
    clip, frames = _read(path, child, limits)
    assert not clip.reel.every and clip.reel.seen == 12 and "key-frames-only" in clip.reel.notes
    assert [frame.kind for frame in frames] == ["I"] * 6
    assert [round(frame.t * 25) % 10 for frame in frames] == [0] * 6


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (replace(DEFAULT, video_frame_pixels=1000), "too-many-pixels"),
        (replace(DEFAULT, video_streams=0), "decoder-memory"),
        (replace(DEFAULT, video_read_bytes=600), "truncated"),
    ],
)
def test_limits_refuse(limits: Limits, code: str, clip_file: Path, child: Child) -> None:
    with pytest.raises(ExhibitRefused) as caught:
        _read(clip_file, child, limits)
    assert caught.value.code == code


def test_limits_that_let_through_a_part(clip_file: Path, child: Child) -> None:
    clip, frames = _read(clip_file, child, replace(DEFAULT, video_packets=12))
    assert clip.reel.walked == 12 and "packets-cut" in clip.reel.notes and frames
    clip, _ = _read(clip_file, child, replace(DEFAULT, video_seconds=0.0))
    assert clip.reel.seen == 1 and "stopped-by-clock" in clip.reel.notes


def test_cut_at_every_step(clip_file: Path, child: Child, tmp_path: Path) -> None:
    data = clip_file.read_bytes()
    outcomes = []
    for step in range(1, 20):
        path = tmp_path / "cut.mp4"
        path.write_bytes(data[: len(data) * step // 20])
        try:
            clip, frames = _read(path, child)
            assert frames and clip.reel.promised == 30
            outcomes.append(clip.reel.seen)
        except (TruncatedExhibit, DamagedExhibit):
            outcomes.append(0)
    assert outcomes == sorted(outcomes) and outcomes[-1] >= 20
    assert child.starts == 1


def test_wrong_sizes_of_boxes(clip_file: Path, child: Child, tmp_path: Path) -> None:
    data = clip_file.read_bytes()
    for name in (b"moov", b"trak", b"stsz", b"stco", b"stts", b"avcC", b"mdat", b"mvhd", b"tkhd"):
        at = data.find(name) - 4
        for size in (0, 1, 7, 9, 0x7FFFFFFF, 0xFFFFFFFF):
            path = tmp_path / "wrong.mp4"
            path.write_bytes(data[:at] + struct.pack(">I", size) + data[at + 4 :])
            try:
                _read(path, child, samples=1)
            except (DamagedExhibit, TruncatedExhibit, NoVideoStream, TooManyPixels, DecoderMemory):
                continue
    # It is replaced when half of its processor time is used up, and when it lets anybody wait.
    assert child.starts == 1


def test_no_frame_at_all_and_one_pixel(make_clip: Make, child: Child, tmp_path: Path, clip_file: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.write_bytes(b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x00\x00\x08moov")
    with pytest.raises((DamagedExhibit, NoVideoStream, TruncatedExhibit)):
        _read(empty, child)
    tiny = make_clip("tiny.mkv", pictures=[np.zeros((1, 1, 3), np.uint8)] * 3, codec="ffv1", form="bgr0")
    clip, frames = _read(tiny, child)
    assert (clip.reel.width, clip.reel.height) == (1, 1) and frames[0].rgb.shape == (1, 1, 3)


def test_a_playlist_reads_nothing_and_asks_nobody(tmp_path: Path, child: Child, clip_file: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        secret = tmp_path / "secret.mp4"
        secret.write_bytes(clip_file.read_bytes())
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n#EXTINF:1,\nfile://{secret}\n"
        concat = f"ffconcat version 1.0\nfile '{secret}'\nfile '{address}'\n"
        session = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 9 RTP/AVP 96\r\n"
        for text in (playlist, concat, f'<?xml version="1.0"?><MPD><BaseURL>{address}</BaseURL></MPD>', session):
            plain = tmp_path / "list.mp4"
            plain.write_text(text)
            with pytest.raises(TextNotMedia):
                _read(plain, child)
            # Under the head of a video of every demuxer it is still no playlist.
            for head in (clip_file.read_bytes()[:32], b"\x1a\x45\xdf\xa3\x01", b"RIFF\xff\xff\x00\x00AVI LIST", b"OggS",
                         b"FLV\x01", b"\x00\x00\x01\xba"):  # fmt: skip
                hidden = tmp_path / "hidden.mp4"
                hidden.write_bytes(head + text.encode())
                with pytest.raises(ExhibitRefused):
                    _read(hidden, child)
        # Whoever had connected would stand in the queue.
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_track_kept_in_another_file_is_not_followed(clip_file: Path, child: Child, tmp_path: Path) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_bytes(clip_file.read_bytes())
    data = clip_file.read_bytes()
    # The reference `url ` with the flag "in this same file" becomes one that names another.
    own = struct.pack(">I", 12) + b"url \x00\x00\x00\x01"
    named = str(secret).encode() + b"\x00"
    other = struct.pack(">I", 12 + len(named)) + b"url \x00\x00\x00\x00" + named
    assert own in data
    path = tmp_path / "outside.mov"
    path.write_bytes(data.replace(own, other))
    try:
        clip, _ = _read(path, child)
        assert clip.reel.walked <= 30
    except ExhibitRefused as error:
        assert error.code in ("damaged", "truncated", "no-video-stream")


@pytest.mark.parametrize("name", ["video_real/004.mp4", "video_real/metadata_extractor_video__with-gps.mov",
                                  "video_fake/vlogger__videos_video_10.mp4"])  # fmt: skip
def test_real_clips(name: str, assay_data: Path, child: Child) -> None:
    clip, frames = _read(assay_data / "media" / "dev" / name, child, samples=4)
    assert clip.reel.promised == clip.reel.walked == clip.reel.seen and not clip.reel.trouble
    assert len(frames) == 4 and all(frame.rgb.std() > 10 for frame in frames)


def test_a_key_frame_that_is_none_is_not_believed(assay_data: Path, child: Child) -> None:
    """The second key frame of this clip cannot be decoded by itself; its decoder says so."""
    clip = read_clip(Exhibit.open(assay_data / "media/dev/video_real/634.mp4"), child, samples=12)
    (*_, before), after = ([each for each in clip.reel.chosen if (each[0] > 0) == late] for late in (False, True))
    at_once = list(read_frames(clip, child, chosen=after[-1:]))
    in_one_go = list(read_frames(clip, child, chosen=[before, *after]))[-1:]
    assert at_once[0].t == in_one_go[0].t
    assert np.array_equal(at_once[0].rgb, in_one_go[0].rgb)


def test_what_follows_a_key_frame_that_is_none_is_not_believed_either(assay_data: Path, child: Child) -> None:
    """Begun at its second key frame, this clip is grey and green for ten seconds, of which the decoder reports three
    frames."""
    clip = read_clip(Exhibit.open(assay_data / "media/dev/video_fake/ffpp_Deepfakes_519_515.mp4"), child, samples=12)
    first, second = sorted({key for key, _ in clip.reel.chosen})[:2]
    at = max(at for key, at in clip.reel.chosen if key == second)
    (alone,) = read_frames(clip, child, chosen=[[second, at]])
    (whole,) = read_frames(clip, child, chosen=[[first, at]])
    assert alone.t == whole.t and np.array_equal(alone.rgb, whole.rgb)


@pytest.mark.parametrize("name", ["m.mp4", "m.mkv", "m.avi"])
def test_mutants_are_read_or_refused(name: str, make_clip: Make, child: Child, tmp_path: Path) -> None:
    draw = random.Random(11)
    data = make_clip(name, count=8).read_bytes()
    path = tmp_path / name
    starts, answered = child.starts, 0
    for _ in range(40):
        mutant = bytearray(data)
        for _ in range(draw.randint(1, 20)):
            at = draw.randrange(len(data) if draw.random() < 0.4 else min(len(data), 3000))
            mutant[at] = draw.randrange(256)
        path.write_bytes(mutant)
        exhibit = Exhibit.open(path)
        if exhibit.kind != "video":
            continue
        try:
            clip = read_clip(exhibit, child, samples=2)
            answered += all(frame.rgb.shape[2] == 3 for frame in read_frames(clip, child))
        except (DamagedExhibit, TruncatedExhibit, NoVideoStream, TooManyPixels, DecoderMemory):
            continue
    assert answered and child.starts <= starts + 1
