"""``assay baseline``: what a site calls normal."""

import sys
from typing import Annotated

import typer

from .options import Json, LogFormat, Paths
from .progress import watched
from .terminal import json_line

app = typer.Typer(help="Baselines: counts fitted on logs that a site calls normal.", no_args_is_help=True)

Name = Annotated[str, typer.Option(help="Name of the new baseline.", show_default=False)]


@app.command("fit")
def fit(
    paths: Paths,
    name: Name,
    form: LogFormat = "auto",
    held_out: Annotated[
        float,
        typer.Option(min=0, max=0.5, help="Last part of the records, kept out of the counts to make p."),
    ] = 0.2,
) -> None:
    """Fit a baseline on logs of a period that the site calls normal, and save it as an artifact."""
    from ..triage.baseline import fit as fitted
    from .terminal import console, visible

    with watched("records") as progress:
        artifact = fitted(paths, name, format=form, held_out=held_out, progress=progress)
    console().print(f"saved {visible(artifact.id)} in {visible(artifact.folder)}")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the saved baselines."""
    from ..triage.baseline import baselines
    from .card_view import table
    from .terminal import console

    found = baselines()
    if as_json:
        for each in found:
            line = {"name": each.name, "version": each.version, "sha256": each.sha256, "bytes": each.size}
            sys.stdout.write(json_line(line | {"title": each.title, "problem": each.problem}))
        return
    rows = [(each.id, f"{each.size:,}", each.problem or each.title) for each in found]
    console().print(table(("baseline", "bytes", "title"), rows))


@app.command("add")
def add(
    first: Annotated[str, typer.Argument(help="A baseline.", show_default=False)],
    second: Annotated[str, typer.Argument(help="Another one.", show_default=False)],
    name: Name,
) -> None:
    """Add two baselines up: the counts are those of fitting on both."""
    from ..triage.baseline import add as added
    from ..triage.session import open_baseline
    from .terminal import console, visible

    artifact = added(open_baseline(first), open_baseline(second), name)
    console().print(f"saved {visible(artifact.id)} in {visible(artifact.folder)}")
