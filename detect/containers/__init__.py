"""How a picture file is put together: its parts, how many pictures it holds, what follows its end, what else it is.

Runs inside the bounded child. Only structure is read here, never pixels; every walk ends on any input, in time linear
in its length.
"""

from .reading import read_structure
from .structure import Foreign, JpegStructure, Structure

__all__ = ["Foreign", "JpegStructure", "Structure", "read_structure"]
