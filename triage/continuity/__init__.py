"""Batches of one site, one after the other: an incident goes on, and only what is new is told."""

from .carrying import Carried, carry, follow
from .state import StateMismatch, load, save
from .threads import Continued, State, Thread

__all__ = ["Carried", "Continued", "State", "StateMismatch", "Thread", "carry", "follow", "load", "save"]
