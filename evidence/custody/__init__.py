"""Custody: who did what to which exhibit when, in a log that is only ever appended to, and signed."""

from .chain import Checked, check
from .checkpoint import ABSENT, Signed
from .entry import GENESIS, Entry, Event
from .file import LOG, FileStore
from .log import Log, copy
from .store import CustodyDamaged, CustodyUnreadable, CustodyUnwritable, Store
from .table import TableStore

__all__ = [
    "ABSENT",
    "GENESIS",
    "LOG",
    "Checked",
    "CustodyDamaged",
    "CustodyUnreadable",
    "CustodyUnwritable",
    "Entry",
    "Event",
    "FileStore",
    "Log",
    "Signed",
    "Store",
    "TableStore",
    "check",
    "copy",
]
