"""A verdict that is kept between the steps of a job comes back whole, with its film."""

from assay.detect.values import Film, Outcome, Verdict
from assay.service.work.inside.verdicts import packed, unpacked


def test_a_film_comes_back() -> None:
    film = Film(b"\x1a\x45\xdf\xa3 film \x00\xff", "webm")
    verdict = Verdict("a.mp4", "ab" * 32, "video", Outcome.INCONCLUSIVE, (), seconds=1.0, overlay=film)
    assert unpacked(packed(verdict)).overlay == film


def test_none_stays_none() -> None:
    verdict = Verdict("a.jpg", "ab" * 32, "image", Outcome.INCONCLUSIVE, (), seconds=1.0)
    assert unpacked(packed(verdict)).overlay is None
