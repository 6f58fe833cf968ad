"""The lattice on which maps of traces are laid over each other."""

import numpy as np
import pytest

from assay.detect.traces.blocks import BLOCK, MOST_SIDE, lattice, middle, on_lattice, placed, spread


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 31), (160, 321), (5, 900)])
def test_blocks_keep_their_place(height: int, width: int) -> None:
    plane = np.zeros((height, width), np.bool_)
    plane[:BLOCK, :BLOCK] = True
    shares = on_lattice(plane, height, width)
    assert shares.shape == lattice(height, width)
    assert shares[0, 0] == 1.0 and shares.sum() == 1.0


def test_the_middle_of_a_very_large_picture() -> None:
    height, width = 300, MOST_SIDE + 1000
    top, left, tall, wide = middle(height, width)
    assert (top, left, tall, wide) == (0, 480, 300, MOST_SIDE)
    blocks = np.zeros((tall // BLOCK, wide // BLOCK), np.bool_)
    blocks[2, 3] = blocks[-1, 0] = True
    full, pixels = placed(blocks, height, width), spread(blocks, height, width)
    assert full.shape == lattice(height, width) and full[2, 33] == 1 and full[-2:, 30].all() and full.sum() == 3
    assert pixels[32:48, 528:544].all() and pixels.sum() == 2 * BLOCK**2


def test_a_coarser_plane_is_spread() -> None:
    shares = on_lattice(np.array([[0.0, 1.0]]), 64, 128)
    assert shares.shape == (4, 8) and (shares[:, :4] == 0).all() and (shares[:, 4:] == 1).all()
