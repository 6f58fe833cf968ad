"""The lattice on which maps of traces are laid over each other."""

import numpy as np
import pytest

from assay.detect.traces.blocks import BLOCK, lattice, on_lattice


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 31), (160, 321), (5, 900)])
def test_blocks_keep_their_place(height: int, width: int) -> None:
    plane = np.zeros((height, width), np.bool_)
    plane[:BLOCK, :BLOCK] = True
    shares = on_lattice(plane, height, width)
    assert shares.shape == lattice(height, width)
    assert shares[0, 0] == 1.0 and shares.sum() == 1.0


def test_a_coarser_plane_is_spread() -> None:
    shares = on_lattice(np.array([[0.0, 1.0]]), 64, 128)
    assert shares.shape == (4, 8) and (shares[:, :4] == 0).all() and (shares[:, 4:] == 1).all()
