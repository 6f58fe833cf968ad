"""Routes of exhibits: their way in, what is known of them, their content, their end."""

import re
from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from ..access import Caller, enter
from ..digests import named_by
from ..limits import DEFAULT
from ..problems import documented
from ..refusals import NotHere, Refused
from ..room import Room
from .arriving import declared_digest, declared_length, kept_name, must_match, take_in
from .exhibits import Held
from .form import ONE_FILE
from .pages import EntryPage, ExhibitPage, HeldPage, HeldPages

__all__ = ["CaseId", "CursorUnfit", "Text", "place_of", "range_of", "router"]

router = APIRouter(tags=["evidence"])

Who = Annotated[Caller, Depends(enter)]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="Of the exhibit, 64 hexadecimal digits.")]
CaseId = Annotated[
    str | None,
    Query(
        max_length=64,
        pattern=r"^[^\x00]*$",
        description="Id of the case; may be left out where the key sees only one.",
    ),
]
Text = Annotated[str | None, Query(max_length=DEFAULT.title_chars, pattern=r"^[^\x00]*$")]
_CURSOR: Final = re.compile(r"([0-9TZ:.-]{27})~([0-9a-f-]{36})~([0-9a-f]{64})")
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {"schema": ONE_FILE},
        },
    }
}


class CursorUnfit(Refused):
    """A cursor that no list has given."""

    code = "cursor-unfit"


class RangeUnfit(Refused):
    """The exhibit has no such bytes."""

    code = "range-unfit"
    status = 416


@router.post(
    "/v1/evidence",
    status_code=201,
    responses={
        200: {"model": HeldPage, "description": "The case held this content already."},
        201: {"headers": {"Location": {"schema": {"type": "string"}}}},
        **documented(400, 404, 408, 409, 413, 503, 507),
    },
    openapi_extra=_BODY,
)
async def submit(
    request: Request, response: Response, caller: Who, case: CaseId = None, name: Text = None
) -> HeldPage:
    """Send an exhibit: a form with one file, or its bytes as the body.

    It is hashed while it comes. With `Repr-Digest: sha-256=:BASE64:` it is kept only if it has that hash. Content that
    the room holds already is not stored twice.
    """
    room: Room = request.app.state.room
    longest = room.settings.upload_bytes
    digest = declared_digest(request)
    length = declared_length(request, longest)
    meant = await run_in_threadpool(room.cases.meant, caller, case)
    await run_in_threadpool(room.exhibits.expect, meant, length)
    arrival = await run_in_threadpool(room.store.arrival().__enter__)
    try:
        called = await take_in(request, arrival, longest)
        must_match(digest, arrival.sha256)
        held, new = await run_in_threadpool(
            room.exhibits.receive,
            arrival,
            case_id=meant,
            name=kept_name(called if name is None else name),
            by=caller.who,
        )
    finally:
        await run_in_threadpool(arrival.__exit__, None, None, None)
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"/v1/evidence/{held.sha256}"
    return HeldPage.of(held)


@router.get("/v1/evidence", responses=documented(404))
def exhibits(
    request: Request,
    caller: Who,
    case: CaseId = None,
    name: Text = None,
    sha256: Annotated[
        str | None, Query(pattern="^[0-9a-f]{1,64}$", description="Beginning of the hash.")
    ] = None,
    after: Annotated[
        str | None, Query(pattern=f"^{_CURSOR.pattern}$", description="The `next` of an answer.")
    ] = None,
    rows: Annotated[int, Query(ge=1, le=DEFAULT.page_rows)] = 100,
) -> HeldPages:
    """List exhibits that the key may see, newest first; `name` finds names that hold this text."""
    room: Room = request.app.state.room
    within = room.cases.within(caller, case)
    found = room.exhibits.page(
        within, before=None if after is None else place_of(after), rows=rows + 1, name=name, sha256=sha256
    )
    shown = found[:rows]
    follow = "~".join(shown[-1].place) if len(found) > rows else None
    return HeldPages(exhibits=[HeldPage.of(each) for each in shown], next=follow)


@router.get("/v1/evidence/{sha256}", responses=documented(404))
def one_exhibit(
    request: Request,
    caller: Who,
    sha256: Sha256,
    custody_after: Annotated[int, Query(ge=-1, le=2**62)] = -1,
) -> ExhibitPage:
    """Show an exhibit and its custody, as far as the key may see; look here before you upload."""
    room: Room = request.app.state.room
    held = _held(room, caller, sha256)
    with room.database.reading() as connection:
        entries = list(
            room.ledger.entries(
                connection,
                exhibit=sha256,
                cases=caller.cases,
                after=custody_after,
                rows=DEFAULT.page_rows + 1,
            )
        )
    shown = entries[: DEFAULT.page_rows]
    return ExhibitPage(
        sha256=sha256,
        size=held[0].size,
        held=[HeldPage.of(each) for each in held],
        custody=[EntryPage.of(each) for each in shown],
        custody_next=shown[-1].number if len(entries) > len(shown) else None,
    )


@router.head(
    "/v1/evidence/{sha256}",
    response_class=Response,
    responses={200: {"description": "It is there; `X-Assay-Size` is its length."}, **documented(404)},
)
def whether_there(request: Request, caller: Who, sha256: Sha256) -> Response:
    """Say whether the key may see this exhibit."""
    held = _held(request.app.state.room, caller, sha256)
    return Response(headers={"X-Assay-Size": str(held[0].size)})


@router.get(
    "/v1/evidence/{sha256}/content",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        206: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        **documented(404, 416, 503),
    },
)
def content(request: Request, caller: Who, sha256: Sha256) -> StreamingResponse:
    """Get the bytes of an exhibit, or a range of them (`Range: bytes=FROM-TO`)."""
    room: Room = request.app.state.room
    size = _held(room, caller, sha256)[0].size
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{sha256}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        **named_by(sha256),
    }
    start, end, status = range_of(request.headers.get("range"), size)
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    pieces: Iterator[bytes] = room.store.chunks(sha256, start, end)
    return StreamingResponse(pieces, status, headers, media_type="application/octet-stream")


@router.delete("/v1/evidence/{sha256}", status_code=204, responses=documented(404, 503))
def delete_exhibit(
    request: Request,
    caller: Who,
    sha256: Sha256,
    case: CaseId = None,
    reason: Annotated[str, Query(max_length=DEFAULT.note_chars, pattern=r"^[^\x00]*$")] = "",
) -> None:
    """Delete an exhibit from a case, or from all; the custody log keeps that it was there and who deleted it."""
    room: Room = request.app.state.room
    within = room.cases.within(caller, case)
    if not room.exhibits.release(sha256, within, by=caller.who, reason=reason):
        raise NotHere("there is nothing of this name, or this key may not see it")


def _held(room: Room, caller: Caller, sha256: str) -> list[Held]:
    held = room.exhibits.look(sha256, caller.cases)
    if not held:
        raise NotHere("there is nothing of this name, or this key may not see it")
    return held


def place_of(cursor: str) -> tuple[str, str, str]:
    """The place in the list that a cursor names.

    Raises
    ------
    CursorUnfit
        No list has given it.
    """
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise CursorUnfit("after: give what `next` of an earlier answer said")
    return found[1], found[2], found[3]


def range_of(given: str | None, size: int) -> tuple[int, int, int]:
    """First byte, the one after the last, and the status, for a ``Range`` header.

    Raises
    ------
    RangeUnfit
        There are no such bytes.
    """
    found = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", given or "")
    if found is None or found[0] == "bytes=-":
        return 0, size, 200
    if found[1] == "":
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2] or size) + (found[2] != ""))
    if start >= end:
        raise RangeUnfit(f"the exhibit has {size:,} bytes", {"Content-Range": f"bytes */{size}"})
    return start, end, 206
