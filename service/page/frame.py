"""A page around a view: the same frame for all of them; or the view alone, as JSON."""

from dataclasses import asdict, dataclass, is_dataclass
from functools import cache
from typing import Any, Final

import jinja2
from fastapi.responses import HTMLResponse, JSONResponse, Response

from ... import __version__
from . import shown
from .asked import Asked, wants_json
from .files import VERSION

__all__ = ["NAVIGATION", "Place", "answer", "rendered"]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation.

    Attributes
    ----------
    name : str
        Key of its words.
    path : str
        Where it leads.
    roles : tuple of str
        Who sees it; none: everybody.
    """

    name: str
    path: str
    roles: tuple[str, ...] = ()


NAVIGATION: Final = (
    Place("room", "/"),
    Place("cases", "/cases"),
    Place("media", "/analyses", ("analyse", "auditor")),
    Place("logs", "/triage", ("triage", "auditor")),
    Place("artifacts", "/artifacts"),
    Place("custody", "/custody", ("auditor",)),
    Place("keys", "/keys"),
    Place("health", "/health"),
    Place("help", "/help"),
)


def answer(asked: Asked, template: str, view: Any, *, status: int = 200) -> Response:
    """The answer of a page.

    Parameters
    ----------
    asked
        Who asks, and how.
    template : str
        Name of its template, without the endings.
    view
        A dataclass; all that the template may show, and what a program gets.
    """
    if wants_json(asked.request):
        page = asdict(view) if is_dataclass(view) and not isinstance(view, type) else view
        made: Response = JSONResponse(page, status)
    else:
        made = HTMLResponse(rendered(asked, template, view), status)
    # A browser that goes back asks again: what it shows is what is, also after somebody signed out.
    made.headers["Cache-Control"] = "private, no-store"
    made.headers["Vary"] = "Accept, Accept-Language, Cookie, Authorization"
    return made


def rendered(asked: Asked, template: str, view: Any) -> str:
    """The page as HTML."""
    first = "/" + asked.path.split("/")[1]
    return (
        templates()
        .get_template(f"{template}.html.j2")
        .render(
            view=view,
            asked=asked,
            words=asked.words,
            places=[each for each in NAVIGATION if not each.roles or asked.may(*each.roles)],
            here=_BELOW.get(first, first),
            static=f"/static/{VERSION}",
            proof=asked.session.proof if asked.session else "",
            version=__version__,
        )
    )


_BELOW: Final = {"/evidence": "/cases", "/compare": "/analyses"} | dict.fromkeys(
    ("/incidents", "/suppressions", "/baselines", "/detectors"), "/triage"
)
"""Pages that stand below another one in the navigation."""


@cache
def templates() -> jinja2.Environment:
    """The templates; everything in them is escaped, and a name that a view lacks is an error."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("assay.service.page", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= shown.FILTERS
    return made
