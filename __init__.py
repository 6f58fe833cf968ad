"""Assay: test whether evidence is what it claims to be.

Two kinds of evidence share one core: media (is this picture an untouched recording?) and logs (which of
these events deserve an analyst, and why?). The names below are the public interface; each is imported when
first used, so that ``import assay`` stays cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import AssayError

__version__ = "0.1.0"

__all__ = ["Artifact", "AssayError", "Engine", "Registry", "__version__", "detect", "triage"]

# Public name -> the module that holds it. `detect` and `triage` are packages that can be called.
_HOMES = {
    "Artifact": ".models.artifact",
    "AssayError": ".errors",
    "Engine": ".models.engine",
    "Registry": ".models.registry",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    if name in ("detect", "triage"):
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
