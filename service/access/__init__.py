"""Access: who may do what to which case."""

from .caller import Caller, Role
from .door import Door, enter
from .keys import Key, Keys
from .matrix import MATRIX, Row
from .owners import OWNERS
from .sessions import Session, Sessions

__all__ = ["MATRIX", "OWNERS", "Caller", "Door", "Key", "Keys", "Role", "Row", "Session", "Sessions", "enter"]
