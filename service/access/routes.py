"""Routes of keys."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from ..problems import documented
from ..room import Room
from .caller import Caller
from .door import enter
from .pages import KeyPage, KeyPages, MadeKeyPage, NewKey, SelfPage

__all__ = ["router"]

router = APIRouter(tags=["keys"])

Who = Annotated[Caller, Depends(enter)]


@router.get("/v1/keys/self", responses=documented())
def own_key(caller: Who) -> SelfPage:
    """Say what the key of this request may do."""
    return SelfPage.of(caller)


@router.post("/v1/keys", status_code=201, responses=documented(400, 404, 409, 413))
def make_key(request: Request, caller: Who, page: NewKey) -> MadeKeyPage:
    """Make a key; the answer shows it this once."""
    room: Room = request.app.state.room
    key, token = room.keys.make(page.name, page.roles, cases=page.cases, expires=page.expires, by=caller.who)
    return MadeKeyPage(key=KeyPage.of(key), token=token)


@router.get("/v1/keys", responses=documented())
def keys(request: Request, caller: Who) -> KeyPages:
    """List every key that was ever made."""
    room: Room = request.app.state.room
    return KeyPages(keys=[KeyPage.of(each) for each in room.keys.all()])


@router.delete("/v1/keys/{key}", status_code=204, responses=documented(404, 409))
def revoke_key(
    request: Request, caller: Who, key: Annotated[str, Path(max_length=64, pattern=r"^[^\x00]+$")]
) -> None:
    """Revoke a key: it opens nothing from now on."""
    room: Room = request.app.state.room
    room.keys.revoke(key, by=caller.who)
