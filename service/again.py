"""Requests that may come twice: what one makes gets an id that its name (``Idempotency-Key``) decides."""

import hashlib
import json
from typing import Annotated

from fastapi import Header

from .access import Caller

__all__ = ["Again", "id_of"]

Again = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        pattern="^[A-Za-z0-9_.:-]+$",
        description="Name of this request, new for each: sent again under the same name, it makes nothing new.",
    ),
]


def id_of(caller: Caller, route: str, given: str | None) -> str | None:
    """Id of what a request makes, 32 hexadecimal digits; None when it has no name.

    Parameters
    ----------
    caller
        Each key has names of its own.
    route
        As does each route.
    given
        The name.
    """
    if given is None:
        return None
    return hashlib.sha256(json.dumps([caller.key, route, given]).encode()).hexdigest()[:32]
