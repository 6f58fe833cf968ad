"""The authorisation matrix: one row for every method of every route. The door refuses what has no row."""

from dataclasses import dataclass
from typing import Final

from .caller import Role

__all__ = ["MATRIX", "Row", "row_of"]

_SUBMIT, _ANALYSE, _TRIAGE = Role.SUBMIT, Role.ANALYSE, Role.TRIAGE
_AUDITOR, _ADMIN = Role.AUDITOR, Role.ADMIN
_ALL: Final = frozenset(Role)
_MEDIA: Final = (_ANALYSE, _AUDITOR, _ADMIN)
_LOGS: Final = (_TRIAGE, _AUDITOR, _ADMIN)


@dataclass(frozen=True, slots=True)
class Row:
    """Who may use one method of one route.

    Attributes
    ----------
    method, path : str
        As the route has them.
    roles : frozenset of Role | None
        One of them suffices. None: everybody, without a key.
    bound : bool
        Whether the answer is bound to the cases of the key. What the path names is then looked up, and when it
        lies in none of them the answer is 404; what the query or the body names, the handler asks for.
    entered : str | None
        Word under which the door enters the access in the custody log, before the handler runs. None: it touches
        no evidence, or the handler enters it together with what it changes.
    """

    method: str
    path: str
    roles: frozenset[Role] | None
    bound: bool = False
    entered: str | None = None


def _row(method: str, path: str, *roles: Role, bound: bool = False, entered: str | None = None) -> Row:
    return Row(method, path, frozenset(roles), bound, entered)


MATRIX: Final = (
    # Open: no evidence, no names.
    Row("GET", "/healthz", None),
    Row("GET", "/readyz", None),
    Row("GET", "/openapi.json", None),
    Row("GET", "/static/{version}/{file}", None),
    Row("GET", "/sign-in", None),
    Row("POST", "/sign-in", None),
    # The page.
    _row("POST", "/sign-out", *_ALL),
    _row("GET", "/", *_ALL, bound=True),
    _row("GET", "/help", *_ALL),
    _row("GET", "/search", *_ALL, bound=True),
    _row("POST", "/upload", _SUBMIT, _ADMIN, bound=True),
    _row("GET", "/cases", *_ALL, bound=True),
    _row("POST", "/cases", _ADMIN),
    _row("GET", "/cases/{case}", *_ALL, bound=True),
    _row("POST", "/cases/{case}", _ADMIN, bound=True),
    _row("POST", "/cases/{case}/delete", _ADMIN, bound=True),
    _row("GET", "/evidence", *_ALL, bound=True),
    _row("GET", "/evidence/{sha256}", *_ALL, bound=True, entered="read"),
    _row("POST", "/evidence/{sha256}/delete", _ADMIN, bound=True),
    _row("GET", "/analyses", *_MEDIA, bound=True),
    _row("POST", "/analyses", _ANALYSE, _ADMIN, bound=True),
    _row("GET", "/analyses/{analysis}", *_MEDIA, bound=True, entered="read"),
    _row("POST", "/analyses/{analysis}/cancel", _ANALYSE, _ADMIN, bound=True),
    # The page that shows them is entered.
    _row("GET", "/analyses/{analysis}/pictures/{name}", *_MEDIA, bound=True),
    _row("GET", "/compare", *_MEDIA, bound=True),
    _row("GET", "/incidents", *_LOGS, bound=True),
    _row("GET", "/suppressions", *_LOGS, bound=True),
    _row("POST", "/suppressions/{mark}/undo", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/baselines", *_LOGS, bound=True),
    _row("POST", "/baselines", _TRIAGE, _ADMIN, bound=True),
    _row("POST", "/baselines/sum", _TRIAGE, _ADMIN, bound=True),
    _row("POST", "/baselines/use", _TRIAGE, _ADMIN, bound=True),
    _row("POST", "/baselines/fits/{fit}/cancel", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/detectors", *_ALL),
    _row("GET", "/triage", *_LOGS, bound=True),
    _row("POST", "/triage", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/triage/{triage}", *_LOGS, bound=True, entered="read"),
    _row("POST", "/triage/{triage}/cancel", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/triage/{triage}/incidents/{rank}", *_LOGS, bound=True, entered="read"),
    _row("POST", "/triage/{triage}/incidents/{rank}/mark", _TRIAGE, _ADMIN, bound=True),
    _row("POST", "/triage/{triage}/incidents/{rank}/unmark", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/artifacts", *_ALL),
    _row("GET", "/artifacts/{name}", *_ALL),
    _row("GET", "/custody", _AUDITOR, _ADMIN, bound=True),
    _row("GET", "/keys", *_ALL),
    _row("POST", "/keys", _ADMIN),
    _row("POST", "/keys/{key}/revoke", _ADMIN),
    _row("GET", "/health", *_ALL, bound=True),
    # Evidence.
    _row("POST", "/v1/evidence", _SUBMIT, _ADMIN, bound=True),
    _row("GET", "/v1/evidence", *_ALL, bound=True),
    _row("GET", "/v1/evidence/{sha256}", *_ALL, bound=True, entered="read"),
    _row("HEAD", "/v1/evidence/{sha256}", *_ALL, bound=True, entered="read"),
    _row(
        "GET",
        "/v1/evidence/{sha256}/content",
        _ANALYSE,
        _TRIAGE,
        _AUDITOR,
        _ADMIN,
        bound=True,
        entered="copied",
    ),
    _row("DELETE", "/v1/evidence/{sha256}", _ADMIN, bound=True),
    # Cases.
    _row("POST", "/v1/cases", _ADMIN),
    _row("GET", "/v1/cases", *_ALL, bound=True),
    _row("GET", "/v1/cases/{case}", *_ALL, bound=True),
    _row("PATCH", "/v1/cases/{case}", _ADMIN, bound=True),
    _row("DELETE", "/v1/cases/{case}", _ADMIN, bound=True),
    # The room itself.
    _row("GET", "/v1/custody", _AUDITOR, _ADMIN, bound=True),
    _row("GET", "/metrics", _AUDITOR, _ADMIN),
    _row("GET", "/v1/quotas", *_ALL, bound=True),
    _row("GET", "/v1/artifacts", *_ALL),
    _row("GET", "/v1/artifacts/{name}", *_ALL),
    _row("GET", "/v1/keys/self", *_ALL),
    _row("POST", "/v1/keys", _ADMIN),
    _row("GET", "/v1/keys", _ADMIN),
    _row("DELETE", "/v1/keys/{key}", _ADMIN),
    # Analyses.
    _row("POST", "/v1/analyses", _ANALYSE, _ADMIN, bound=True),
    _row("GET", "/v1/analyses", *_MEDIA, bound=True),
    _row("GET", "/v1/analyses/{analysis}", *_MEDIA, bound=True),
    _row("DELETE", "/v1/analyses/{analysis}", _ANALYSE, _ADMIN, bound=True),
    _row("GET", "/v1/analyses/{analysis}/events", *_MEDIA, bound=True),
    _row("GET", "/v1/analyses/{analysis}/verdicts", *_MEDIA, bound=True, entered="read"),
    _row("GET", "/v1/analyses/{analysis}/report.{form}", *_MEDIA, bound=True, entered="copied"),
    _row("GET", "/v1/analyses/{analysis}/{part}/{name}", *_MEDIA, bound=True, entered="copied"),
    # Triage.
    _row("POST", "/v1/triage", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/v1/triage", *_LOGS, bound=True),
    _row("GET", "/v1/triage/{triage}", *_LOGS, bound=True),
    _row("DELETE", "/v1/triage/{triage}", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/v1/triage/{triage}/events", *_LOGS, bound=True),
    _row("GET", "/v1/triage/{triage}/incidents", *_LOGS, bound=True, entered="read"),
    _row("GET", "/v1/triage/{triage}/incidents/{rank}", *_LOGS, bound=True, entered="read"),
    _row("GET", "/v1/triage/{triage}/incidents/{rank}/records", *_LOGS, bound=True, entered="read"),
    _row("POST", "/v1/triage/{triage}/incidents/{rank}/feedback", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/v1/triage/{triage}/report.{form}", *_LOGS, bound=True, entered="copied"),
    _row("GET", "/v1/triage/{triage}/{part}/{name}", *_LOGS, bound=True, entered="copied"),
    _row("GET", "/v1/incidents", *_LOGS, bound=True),
    _row("GET", "/v1/feedback", *_LOGS, bound=True),
    _row("DELETE", "/v1/feedback/{mark}", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/v1/suppressions", *_LOGS, bound=True),
    # Baselines.
    _row("POST", "/v1/baselines", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/v1/baselines", *_LOGS, bound=True),
    _row("PUT", "/v1/baselines/use", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/v1/baselines/fits/{fit}", *_LOGS, bound=True),
    _row("DELETE", "/v1/baselines/fits/{fit}", _TRIAGE, _ADMIN, bound=True),
    _row("GET", "/v1/baselines/fits/{fit}/events", *_LOGS, bound=True),
)

_ROWS: Final = {(row.method, row.path): row for row in MATRIX}


def row_of(method: str, path: str) -> Row | None:
    """The row of a route."""
    return _ROWS.get((method, path))
