"""``assay models``: the artifacts, what they are, and whether they are still what they were."""

import json
import sys
from typing import Annotated

import typer

from .options import Json

app = typer.Typer(help="Artifacts: the trained models, each with its card.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="NAME or NAME@VERSION.", show_default=False)]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the artifacts that ship and those that were installed; * marks the default of a task."""
    from ..models.registry import Registry
    from .card_view import table
    from .terminal import console

    registry = Registry()
    rows = []
    for artifact in registry.list():
        card = artifact.card
        default = registry.default(card.task).sha256 == artifact.sha256
        if as_json:
            line = {"name": card.name, "version": card.version, "task": card.task, "sha256": artifact.sha256}
            sys.stdout.write(json.dumps(line | {"default": default, "title": card.title}) + "\n")
        rows.append(("*" if default else "", artifact.id, card.task, card.precision, card.licence, card.title))
    if not as_json:
        console().print(table(("", "artifact", "task", "precision", "licence", "title"), rows))


@app.command("show")
def show(name: Name, as_json: Json = False) -> None:
    """Show the card of an artifact: what it is, how it was measured, where it fails."""
    from ..models.registry import Registry

    artifact = Registry().get(name)
    if as_json:
        sys.stdout.write(json.dumps(artifact.card.model_dump(mode="json")) + "\n")
        return
    from .card_view import show_card
    from .terminal import console

    show_card(console(), artifact)
