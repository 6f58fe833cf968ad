"""``assay models card``: model card and data card of an artifact as pages."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json
from .terminal import json_line

if TYPE_CHECKING:
    from ..models.artifact import Artifact


def card(
    name: Annotated[
        str | None, typer.Argument(help="NAME or NAME@VERSION; all that ship with --to.", show_default=False)
    ] = None,
    as_json: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdown, as without an option.")] = False,
    data: Annotated[bool, typer.Option("--data", help="The data card instead of the model card.")] = False,
    to: Annotated[
        Path | None,
        typer.Option(help="Write both cards as Markdown to this folder.", metavar="DIR", show_default=False),
    ] = None,
) -> None:
    """Write the model card or data card of an artifact, as hubs of models and data sets lay them out."""
    from ..models.pages import data_page, head, model_page
    from ..models.registry import Registry

    if as_json and (markdown or to is not None):
        raise typer.BadParameter("JSON goes to standard output alone", param_hint="--json")
    registry = Registry()
    if to is not None:
        _write(to, name)
        return
    if name is None:
        raise typer.BadParameter("name an artifact, or a folder by --to for all that ship", param_hint="NAME")
    artifact = registry.get(name)
    page = data_page(artifact) if data else model_page(artifact)
    if page is None:
        raise typer.BadParameter(f"the card of {artifact.id} states no data", param_hint="--data")
    if as_json:
        line = {"id": artifact.id, "sha256": artifact.sha256, "head": head(artifact)}
        sys.stdout.write(json_line(line | {"card": artifact.card.model_dump(mode="json"), "page": page}))
        return
    sys.stdout.write(page)


def _write(folder: Path, name: str | None) -> None:
    from ..models.pages import data_page, model_page
    from ..models.registry import Registry
    from .terminal import console, visible

    registry = Registry()
    names = [name] if name is not None else [e.id for e in registry.list() if e.origin == "zoo"]
    folder.mkdir(parents=True, exist_ok=True)
    for one in names:
        artifact: Artifact = registry.get(one)
        pages = {
            f"{artifact.card.name}.md": model_page(artifact),
            f"{artifact.card.name}.data.md": data_page(artifact),
        }
        for file, page in pages.items():
            if page is not None:
                (folder / file).write_text(page, encoding="utf-8")
                console().print(f"wrote {visible(folder / file)}")
