"""Custody: who did what to which exhibit when, in a log that is only ever appended to, and signed."""

from .chain import Checked, check
from .checkpoint import ABSENT, Signed
from .entry import GENESIS, Entry, Event
from .file import LOG, FileStore
from .log import Log
from .store import CustodyDamaged, CustodyUnwritable, Store
from .table import TableStore

__all__ = [
    "ABSENT",
    "GENESIS",
    "LOG",
    "Checked",
    "CustodyDamaged",
    "CustodyUnwritable",
    "Entry",
    "Event",
    "FileStore",
    "Log",
    "Signed",
    "Store",
    "TableStore",
    "check",
]
