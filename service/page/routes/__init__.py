"""Routes of the page: each asks the room what the JSON routes ask it, and gives a view to a template."""

from typing import Final

from . import (
    analyses,
    artifacts,
    cases,
    custody,
    detectors,
    exhibits,
    health,
    help,
    incidents,
    keys,
    logs,
    normal,
    searching,
    signing,
    start,
    static,
)

__all__ = ["ROUTERS", "uploads"]

from . import uploads

ROUTERS: Final = (
    static.router,
    signing.router,
    start.router,
    cases.router,
    exhibits.router,
    analyses.router,
    incidents.router,
    normal.router,
    detectors.router,
    logs.router,
    artifacts.router,
    custody.router,
    keys.router,
    health.router,
    searching.router,
    help.router,
)
"""All but that of uploads, which has a bound of its own."""
