"""Pixels to findings to a verdict.

The package can be called: ``from assay import detect; list(detect(["photo.jpg"]))``. Everything is imported when first
used, so that importing it costs nothing.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .session import Detector
    from .session import detect as detect
    from .values import Verdict

__all__ = ["Detector", "Verdict", "detect"]

_HOMES = {"Detector": ".session", "Verdict": ".values", "detect": ".session"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Callable(ModuleType):
    """A package that is also its main function, so that ``assay.detect`` can be both."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """See :func:`assay.detect.session.detect`."""
        return import_module(".session", __name__).detect(*args, **options)


sys.modules[__name__].__class__ = _Callable
