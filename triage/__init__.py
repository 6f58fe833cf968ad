"""Log lines to records to incidents.

The package can be called: ``from assay import triage; triage(["events.jsonl"]).incidents``. Everything is
imported when first used, so that importing it costs nothing.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .answer import Incident, Reason, Record
    from .outcome import Triage
    from .session import triage as triage

__all__ = ["Incident", "Reason", "Record", "Triage", "triage"]

_HOMES = {
    "Incident": ".answer",
    "Reason": ".answer",
    "Record": ".answer",
    "Triage": ".session",
    "triage": ".session",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Callable(ModuleType):
    """A package that is also its main function, so that ``assay.triage`` can be both."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """See :func:`assay.triage.session.triage`."""
        return import_module(".session", __name__).triage(*args, **options)


sys.modules[__name__].__class__ = _Callable
