"""The overlay of a video: what is drawn where, and a file that a player can open."""

import io

import av
import numpy as np
import pytest

from assay.detect.values import FaceTrack
from assay.detect.video.encoding import encoded
from assay.detect.video.gallery import Gallery
from assay.detect.video.overlay import Boxed, Heat, Scene, code, drawn, kept

GREY = np.full((400, 600, 3), 128, np.uint8)


def test_time_code() -> None:
    assert [code(t) for t in (0.0, 61.5, 36_000.0424)] == ["0:00:00.000", "0:01:01.500", "10:00:00.042"]


def test_a_box_and_a_map_lie_where_they_belong() -> None:
    frame = kept(1.0, "P", GREY)
    plain = drawn(Scene(frame), (), 2.0)
    boxed = drawn(Scene(frame, (Boxed((100, 100, 60, 80), "face 0: 0.91", True),)), (), 2.0)
    changed = np.argwhere((plain != boxed).any(axis=2))
    low, high = changed.min(axis=0) / frame.factor, changed.max(axis=0) / frame.factor
    assert low[1] == pytest.approx(100, abs=2) and high[0] == pytest.approx(180, abs=2)
    assert 80 < low[0] < 100
    cells = np.array([[1.0, np.nan], [-1.0, 0.0]])
    heat = Heat(np.array([[50.0, 0.0, 200.0], [0.0, 50.0, 100.0]]), cells)
    shown = drawn(Scene(frame, heats=(heat,)), (), 2.0).astype(int)

    def at(x: int, y: int) -> np.ndarray:
        return shown[round(y * frame.factor), round(x * frame.factor)]

    assert at(225, 125)[0] > at(225, 125)[2] + 30 and at(225, 175)[2] > at(225, 175)[0] + 30
    assert np.abs(at(275, 125) - 128).max() < 4 and np.abs(at(195, 125) - 128).max() < 4
    # To the pixel: the first cell begins at 200.
    assert np.abs(at(203, 125) - at(225, 125)).max() < 4


@pytest.mark.parametrize("size", [(1, 1), (3, 401), (721, 1280), (64, 64)])
def test_frames_of_any_size_become_even(size: tuple[int, int]) -> None:
    picture = drawn(Scene(kept(0.0, "I", np.zeros((*size, 3), np.uint8))), ((0.0, 0.5),), 1.0)
    assert picture.shape[0] % 2 == picture.shape[1] % 2 == 0 and picture.shape[1] >= 320


def test_the_film_keeps_times_and_is_the_same_twice() -> None:
    levels = {0.0: 40, 0.7: 120, 5.3: 200}
    frames = tuple(kept(t, "P", np.full((120, 160, 3), level, np.uint8)) for t, level in levels.items())
    gallery = Gallery(frames, {0.7: ((3, (10.0, 10.0, 40.0, 50.0)),)}, 9.0)
    scenes = gallery.scenes((FaceTrack(3, 0.7, 0.7, 0.8, {"over": True}),), {}, {0.7: "score 0.80"})
    assert scenes[1].faces == (Boxed((10.0, 10.0, 40.0, 50.0), "face 3: 0.80", True),)
    made, again = (gallery.film(scenes, ((0.0, 0.1), (0.7, 0.8))) for _ in range(2))
    assert made is not None and made == again
    with av.open(io.BytesIO(made.data)) as film:
        shown = [(frame.time, frame.to_ndarray(format="gray")[60, 160]) for frame in film.decode(video=0)]
    assert [t for t, _ in shown] == pytest.approx([0.0, 0.7, 5.3, 9.0], abs=0.002)
    assert shown[0][1] < 60 < 100 < shown[1][1] < 140 < 180 < shown[2][1]


def test_no_encoder_is_no_film(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.detect.video.encoding.ENCODERS", (("no-such-encoder", "webm"),))
    assert encoded([(0.0, GREY)], 1.0) is None
    monkeypatch.setattr("assay.detect.video.encoding.ENCODERS", (("no-such-encoder", "webm"), ("mpeg4", "mp4")))
    film = encoded([(0.0, GREY), (0.5, 255 - GREY)], 1.0)
    assert film is not None and film.ending == "mp4"
    with av.open(io.BytesIO(film.data)) as opened:
        assert sum(1 for _ in opened.decode(video=0)) == 3
