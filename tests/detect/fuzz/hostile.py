"""Three hundred files that no camera made, always the same."""

from collections.abc import Iterator

from bombs import bombs
from mazes import mazes
from parts import Made
from strangers import strangers

__all__ = ["hostile"]


def hostile() -> Iterator[Made]:
    """Names and bytes, one file at a time."""
    for source in (bombs, mazes, strangers):
        yield from source()
