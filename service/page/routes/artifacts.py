"""Artifacts with their cards."""

from dataclasses import fields
from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import Response

from ....evidence.report.blocks.artifact import artifact as identity
from ....evidence.report.blocks.artifact import validation
from ....evidence.report.blocks.block import plain
from ....evidence.report.blocks.figures import Shelf
from ....evidence.report.gathering.artifacts import artifact as gathered
from ....models.registry import Registry, RegistryUnknown
from ...refusals import NotHere
from ..asked import Ask
from ..frame import answer
from ..route import page_router
from ..views.room import ArtifactRow, ArtifactsView, ArtifactView

__all__ = ["router"]

router = page_router()


@router.get("/artifacts")
def artifacts(asked: Ask) -> Response:
    """List what is installed."""
    names = [field.name for field in fields(ArtifactRow)]
    rows = (ArtifactRow(**{name: getattr(each, name) for name in names}) for each in Registry().list())
    return answer(asked, "artifacts", ArtifactsView(tuple(rows)))


@router.get("/artifacts/{name}")
def one_artifact(
    asked: Ask, name: Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9._-]+(@[A-Za-z0-9._-]+)?$")]
) -> Response:
    """Show a card so that people can read it."""
    try:
        opened = Registry().get(name)
    except RegistryUnknown:
        raise NotHere("there is no such artifact") from None
    card, made = opened.card, gathered(opened)
    sections: list[Any] = [plain(identity(made, asked.words))]
    if made.points or made.rates or made.limits or made.training:
        sections.append(plain(validation(made, asked.words, Shelf())))
    view = ArtifactView(
        card.name,
        card.version,
        opened.sha256,
        card.task,
        card.title,
        card.summary,
        card.use,
        sections,
        card.model_dump(mode="json"),
    )
    return answer(asked, "artifact", view)
