"""What leaves the house: custody and seal.

``seal(folder, events=...)`` hashes everything in a folder, writes what happened to the exhibits into its custody log
and signs both; ``verify(folder)`` names everything that is no longer so. Everything is imported when first used, so
that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .custody import Event, FileStore, Log, TableStore
    from .events import of_triage, of_verdict, of_verdicts, reported, source_hashes
    from .faults import Fault
    from .keys import SigningKey, pinned
    from .sealing import Sealed, Verification, seal, verify
    from .stamps import Server

__all__ = [
    "Event",
    "Fault",
    "FileStore",
    "Log",
    "Sealed",
    "Server",
    "SigningKey",
    "TableStore",
    "Verification",
    "of_triage",
    "of_verdict",
    "of_verdicts",
    "pinned",
    "reported",
    "seal",
    "source_hashes",
    "verify",
]

_HOMES = {
    "Event": ".custody",
    "Fault": ".faults",
    "FileStore": ".custody",
    "Log": ".custody",
    "Sealed": ".sealing",
    "Server": ".stamps",
    "SigningKey": ".keys",
    "TableStore": ".custody",
    "Verification": ".sealing",
    "of_triage": ".events",
    "of_verdict": ".events",
    "of_verdicts": ".events",
    "pinned": ".keys",
    "reported": ".events",
    "seal": ".sealing",
    "source_hashes": ".events",
    "verify": ".sealing",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
