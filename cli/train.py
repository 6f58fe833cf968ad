"""``assay train``: make an artifact again, or a new one from other data."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Train an artifact from a recipe (needs the extra: pip install 'assay[torch]').",
    no_args_is_help=True,
)

Recipe = Annotated[Path, typer.Argument(help="The recipe: a YAML file.", show_default=False)]


@app.callback()
def _root() -> None:
    """Train an artifact from a recipe (needs the extra: pip install 'assay[torch]')."""


@app.command("media")
def media(config: Recipe) -> None:
    """Train the artifact that tells camera pictures from generated ones, or a network of one's own."""
    from ..detect.training import train
    from .terminal import say

    artifact = train(config, report=say)
    say(f"wrote {artifact.id} in {artifact.folder}")


@app.command("edits")
def edits(config: Recipe) -> None:
    """Train the artifact that maps edited regions."""
    from ..detect.forge.edits.training import train_edits
    from .terminal import say

    artifact = train_edits(config, report=say)
    say(f"wrote {artifact.id} in {artifact.folder}")


@app.command("faces")
def faces(config: Recipe) -> None:
    """Train the artifact that looks for replaced faces."""
    from ..detect.forge.faces.training import train_faces
    from .terminal import say

    artifact = train_faces(config, report=say)
    say(f"wrote {artifact.id} in {artifact.folder}")


@app.command("triage")
def triage(config: Recipe) -> None:
    """Fit a baseline of logs from a recipe: counts of what is normal, saved as an artifact."""
    from ..triage.training import train_triage
    from .terminal import say

    artifact = train_triage(config, report=say)
    say(f"wrote {artifact.id} in {artifact.folder}")
