"""Where a request that changes something comes from: a page of this service, or somebody else's."""

import hmac
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request

from ..refusals import Refused

__all__ = ["HEADER", "SAFE", "Foreign", "must_be_ours", "must_hold"]

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""
HEADER: Final = "x-csrf-token"


class Foreign(Refused):
    """The request was not made by a page of this service."""

    code = "foreign-request"
    status = 403


def must_be_ours(request: Request) -> None:
    """Raise `Foreign` unless the browser says that a page of this service made the request."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        ours = site == "same-origin"
    else:
        # Browsers that do not say it; with it, and no referrer, the origin of a form is told as `null`.
        ours = (
            bool(origin) and urlsplit(str(origin)).netloc.lower() == request.headers.get("host", "").lower()
        )
    if not ours:
        raise Foreign("another site, or none that can be told, made this request: use the page itself")


def must_hold(given: object, proof: str) -> None:
    """Raise `Foreign` unless what a form or a script sent along is the proof of its session."""
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), proof.encode()):
        raise Foreign("the form is of an earlier session: load the page again and send it once more")
