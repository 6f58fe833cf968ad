"""The watermark of generators: read where it was written, by its owner's name, and nowhere else."""

import io

import numpy as np
import pytest
from PIL import Image

from assay.detect.forge.watermark import watermarked
from assay.detect.traces.watermark import MESSAGES, Message, watermark


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.who)
def test_each_message_is_read_back(photo: Image.Image, message: Message) -> None:
    pixels = np.asarray(photo)
    marked = watermarked(pixels, message)
    assert np.abs(marked.astype(int) - pixels).mean() < 3
    found = watermark(marked)
    assert found is not None and found.found and found.message is message
    assert found.agreeing == len(message.bits) and found.votes > 0.3


def test_the_best_jpeg_keeps_it_and_an_ordinary_one_does_not(flower: Image.Image) -> None:
    told = {}
    for quality, subsampling in ((98, 0), (75, 2)):
        stream = io.BytesIO()
        marked = Image.fromarray(watermarked(np.asarray(flower), MESSAGES[0]))
        marked.save(stream, "JPEG", quality=quality, subsampling=subsampling)
        with Image.open(io.BytesIO(stream.getvalue())) as opened:
            read = watermark(np.asarray(opened.convert("RGB")))
        told[quality] = read is not None and read.found
    assert told == {98: True, 75: False}


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.who)
def test_rows_cut_off_at_the_top_leave_it_readable(photo: Image.Image, message: Message) -> None:
    found = watermark(watermarked(np.asarray(photo), message)[24:])
    assert found is not None and found.found and found.message is message and found.votes > 0.3


def test_photos_and_plain_pictures_hold_none(photo: Image.Image, flower: Image.Image) -> None:
    plain = [np.full((300, 300, 3), level, np.uint8) for level in (0, 90, 255)]
    noise = np.random.default_rng(0).integers(0, 256, (400, 512, 3), np.uint8)
    for pixels in (np.asarray(photo), np.asarray(flower), *plain, noise):
        found = watermark(pixels)
        assert found is not None and not found.found


def test_stripes_in_step_with_a_message_are_none() -> None:
    """64 blocks in a row of 512 pixels: each column of blocks votes for the same bits of a message of 32."""
    random = np.random.default_rng(1)
    for _ in range(20):
        row = np.repeat(random.integers(0, 256, (64, 3)), 8, axis=0)
        found = watermark(np.repeat(row[None], 512, axis=0).astype(np.uint8))
        assert found is not None and not found.found


def test_another_message_is_not_taken_for_a_known_one(photo: Image.Image) -> None:
    found = watermark(watermarked(np.asarray(photo), Message.of_text("somebody", "testtest")))
    assert found is not None and not found.found


def test_too_few_blocks() -> None:
    assert watermark(np.zeros((16, 200, 3), np.uint8)) is None


def test_digits_of_numbers_lose_their_leading_zeros() -> None:
    assert [len(message.bits) for message in MESSAGES] == [136, 32, 48, 46, 64]
    assert Message.of_number("", 0b0010).bits == (1, 0)
