"""Reports: what was found, in words that a court can read, with everything that is needed to check and repeat it.

A report is a value (:mod:`.model`), told as blocks of text in one language (:mod:`.blocks`, :mod:`.words`), which HTML
and PDF draw alike. :class:`MediaReport` and :class:`LogReport` write it into a new folder and seal it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .writing.folder import ReportExists, ReportUnwritable, free
    from .writing.given import Given
    from .writing.logs import LogReport
    from .writing.media import MediaReport

__all__ = ["Given", "LogReport", "MediaReport", "ReportExists", "ReportUnwritable", "free"]

_HOMES = {
    "Given": ".writing.given",
    "LogReport": ".writing.logs",
    "MediaReport": ".writing.media",
    "ReportExists": ".writing.folder",
    "ReportUnwritable": ".writing.folder",
    "free": ".writing.folder",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
