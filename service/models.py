"""Routes of artifacts: the models that answer, with their cards."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel

from ..models.registry import Registry, RegistryUnknown
from .problems import documented
from .refusals import NotHere

__all__ = ["router"]

router = APIRouter(tags=["artifacts"])


class ArtifactPage(BaseModel):
    """An installed artifact in short."""

    name: str
    version: str
    task: str | None
    title: str | None
    use: str | None
    precision: str | None
    size: int | None
    sha256: str | None
    default: bool
    problem: str | None


@router.get("/v1/artifacts", responses=documented())
def artifacts() -> list[ArtifactPage]:
    """List the installed artifacts."""
    names = tuple(ArtifactPage.model_fields)
    return [ArtifactPage(**{name: getattr(entry, name) for name in names}) for entry in Registry().list()]


@router.get("/v1/artifacts/{name}", responses=documented(404))
def one_artifact(
    name: Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9._-]+(@[A-Za-z0-9._-]+)?$")],
) -> dict[str, Any]:
    """Show the card of an artifact: how it was made and measured, and where it fails."""
    try:
        page: dict[str, Any] = Registry().get(name).card.model_dump(mode="json")
    except RegistryUnknown:
        raise NotHere("there is no such artifact: GET /v1/artifacts lists them") from None
    return page
