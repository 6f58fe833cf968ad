"""Keys and roles."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Form, Path
from fastapi.responses import Response

from ...access import Key, Role
from ...limits import DEFAULT
from ..asked import Ask, Asked
from ..frame import answer
from ..route import page_router, see
from ..views.room import KeysView
from .cases import CaseName
from .exhibits import named

__all__ = ["router"]

router = page_router()


@router.get("/keys")
def keys(asked: Ask) -> Response:
    """Show the own key, and to an admin all of them."""
    return answer(asked, "keys", _view(asked))


@router.post("/keys")
def make_key(
    asked: Ask,
    name: CaseName,
    roles: Annotated[list[Role], Form(min_length=1)],
    cases: Annotated[list[str] | None, Form(max_length=DEFAULT.key_cases)] = None,
    expires: Annotated[str, Form(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = "",
) -> Response:
    """Make a key; the answer shows it this once."""
    ends = datetime.fromisoformat(expires).replace(tzinfo=UTC) if expires else None
    made, token = asked.room.keys.make(name, roles, cases=cases or None, expires=ends, by=asked.caller.who)
    return answer(asked, "keys", _view(asked, made, token))


@router.post("/keys/{key}/revoke")
def revoke_key(asked: Ask, key: Annotated[str, Path(max_length=64, pattern=r"^[^\x00]+$")]) -> Response:
    """Revoke a key: it opens nothing from now on."""
    asked.room.keys.revoke(key, by=asked.caller.who)
    return see("/keys")


def _view(asked: Asked, made: Key | None = None, token: str | None = None) -> KeysView:
    every = asked.room.keys.all()
    own = next(each for each in every if each.id == asked.caller.key)
    shown = (
        tuple(sorted(every, key=lambda each: (not each.valid, each.created))) if asked.may("admin") else None
    )
    return KeysView(own, shown, named(asked), made, token)
