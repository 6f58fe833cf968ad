"""Access: who may do what to which case."""

from .caller import Caller, Role
from .door import Door, enter
from .keys import Key, Keys
from .matrix import MATRIX, Row
from .owners import OWNERS

__all__ = ["MATRIX", "OWNERS", "Caller", "Door", "Key", "Keys", "Role", "Row", "enter"]
