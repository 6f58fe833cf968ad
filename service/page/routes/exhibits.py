"""Exhibits."""

from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import Form, Path, Query
from fastapi.responses import Response

from ....intake.mediatype import sniff
from ...evidence.exhibit_routes import place_of
from ...refusals import NotHere
from ...work.job import Job, JobExhibit
from ..asked import Ask, Asked, bench_of
from ..frame import answer
from ..route import page_router, see
from ..verdicts import row_of
from ..views.entries import entries_of
from ..views.evidence import ExhibitsView, ExhibitView
from .cases import ROWS, Reason

__all__ = ["named", "router"]

router = page_router()

_HEAD_BYTES: Final = 4096
_ENTRIES: Final = 25
_VERDICTS: Final = 20

Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


@router.get("/evidence")
def exhibits(asked: Ask, after: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """List exhibits of all cases that the reader may see."""
    before = None if after is None else place_of(after)
    found = asked.room.exhibits.page(asked.caller.cases, before=before, rows=ROWS + 1)
    follow = "~".join(found[ROWS - 1].place) if len(found) > ROWS else None
    return answer(asked, "exhibits", ExhibitsView(tuple(found[:ROWS]), named(asked), follow))


@router.get("/evidence/{sha256}")
def one_exhibit(
    asked: Ask, sha256: Sha256, before: Annotated[int | None, Query(ge=0, le=2**62)] = None
) -> Response:
    """Show an exhibit and what happened to it."""
    room, within = asked.room, asked.caller.cases
    held = room.exhibits.look(sha256, within)
    if not held:
        raise NotHere("there is nothing of this name, or this key may not see it")
    with room.database.reading() as connection:
        found = list(
            room.ledger.latest(connection, exhibit=sha256, cases=within, before=before, rows=_ENTRIES + 1)
        )
    seen = asked.may("analyse", "auditor")
    looked = bench_of(asked).jobs.about(sha256, within, rows=_VERDICTS) if seen else []
    kind = sniff(b"".join(room.store.chunks(sha256, 0, min(_HEAD_BYTES, held[0].size))))
    view = ExhibitView(
        sha256,
        held[0].size,
        None if kind is None else kind.kind,
        None if kind is None else kind.mime,
        tuple(held),
        named(asked),
        entries_of(found[:_ENTRIES]),
        tuple((row_of(job), each) for job, each in looked),
        found[_ENTRIES - 1].number if len(found) > _ENTRIES else None,
        next(_previews(asked, looked), None),
    )
    return answer(asked, "exhibit", view)


def _previews(asked: Asked, looked: list[tuple[Job, JobExhibit]]) -> Iterator[str]:
    """Small copies that reports hold, drawn by us: the bytes of an exhibit itself are never shown."""
    for job, each in looked:
        beginning = f"report/pictures/{each.place:05d}-exhibit"
        for name in bench_of(asked).results.names(job.id) if job.state == "done" else ():
            if name.startswith(beginning):
                yield f"/analyses/{job.id}/pictures/{name.rpartition('/')[2]}"


@router.post("/evidence/{sha256}/delete")
def delete_exhibit(
    asked: Ask,
    sha256: Sha256,
    case: Annotated[str, Form(max_length=64, pattern=r"^[^\x00]+$")],
    reason: Reason,
) -> Response:
    """Take an exhibit out of a case."""
    room = asked.room
    meant = room.cases.meant(asked.caller, case)
    if not room.exhibits.release(sha256, [meant], by=asked.caller.who, reason=reason):
        raise NotHere("there is nothing of this name, or this key may not see it")
    return see(f"/cases/{meant}")


def named(asked: Asked) -> dict[str, str]:
    """Names of the cases that the reader may see, by id."""
    return asked.room.cases.names(asked.caller.cases)
