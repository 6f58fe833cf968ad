"""``assay models``: the artifacts, what they are, and whether they are still what they were."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from . import model_cards, published
from .options import Json
from .terminal import json_line

app = typer.Typer(help="Artifacts: the trained models, each with its card.", no_args_is_help=True)

app.command("import")(published.import_)
app.command("calibrate")(published.calibrate)
app.command("card")(model_cards.card)

WEIGHED = ("synthetic-image", "edit-map", "face-swap")
"""Tasks whose scores answer only with a calibration."""

Name = Annotated[str, typer.Argument(help="NAME or NAME@VERSION.", show_default=False)]
Expect = Annotated[
    str | None,
    typer.Option(help="Accept only the card with this sha256.", metavar="SHA256", show_default=False),
]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the artifacts that ship and those that were installed; * marks the default of a task."""
    from rich.text import Text

    from ..models.registry import Registry
    from .terminal import console, visible
    from .terminal import show as show_text

    entries = Registry().list()
    if as_json:
        for entry in entries:
            line = {name: getattr(entry, name) for name in entry.__slots__ if name != "folder"}
            sys.stdout.write(json_line(line | {"folder": str(entry.folder)}))
        return
    screen = console()
    for e in entries:
        facts = [e.task, e.precision, f"use: {e.use}", e.origin, f"{e.size:,} bytes"]
        if e.task in WEIGHED and not e.calibrated:
            facts.append("not calibrated")
        head = Text(f"{'*' if e.default else ' '} ").append(visible(e.id), style="bold")
        if e.problem is None:
            head.append("  " + visible(", ".join(facts)), style="dim")
        show_text(screen, head, 4)
        about = visible(e.problem or e.title)
        show_text(screen, Text(f"    {about}", style="" if e.problem is None else "red"), 4)


@app.command("show")
def show(name: Name, as_json: Json = False) -> None:
    """Show the card of an artifact: what it is, how it was measured, where it fails."""
    from ..models.registry import Registry

    artifact = Registry().get(name)
    if as_json:
        sys.stdout.write(json_line(artifact.card.model_dump(mode="json")))
        return
    from .card_view import show_card
    from .terminal import console

    show_card(console(), artifact)


@app.command("verify")
def verify(
    name: Annotated[
        str | None, typer.Argument(help="One artifact; without it, all.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Hash every byte of the installed artifacts again. Exit code 1: one is not what its card says."""
    from rich.text import Text

    from ..models.registry import Registry
    from .terminal import console, visible

    screen = console()
    damaged = False
    for check in Registry().verify(name):
        damaged |= check.code is not None
        if as_json:
            line = {"id": check.id, "folder": str(check.folder), "sha256": check.sha256}
            sys.stdout.write(json_line(line | {"code": check.code, "message": check.message}))
        elif check.code is None:
            screen.print(
                Text.assemble(("whole    ", "green"), visible(check.id), (f"  {check.sha256}", "dim"))
            )
        else:
            said = f"  {visible(check.message)} [{check.code}]"
            screen.print(Text.assemble(("damaged  ", "bold red"), visible(check.id), said))
    if damaged:
        raise typer.Exit(1)


@app.command("install")
def install(
    source: Annotated[str, typer.Argument(help="A folder, an archive, or hub:owner/name[@revision].")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace one of the same name and version.")
    ] = False,
    expect: Expect = None,
) -> None:
    """Install an artifact; it is verified byte by byte before it can be used."""
    from ..models.registry import Registry
    from .terminal import console, visible

    artifact = Registry().install(source, replace=replace, expect=expect)
    console().print(f"installed {visible(artifact.id)} in {visible(artifact.folder)}")


@app.command("export")
def export(
    name: Name,
    onnx: Annotated[bool, typer.Option("--onnx", help="As one ONNX file that any runtime can load.")] = False,
    to: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("."),
) -> None:
    """Copy an artifact to a folder, or, with --onnx, write it as one ONNX file that was proved to agree with it."""
    from ..models.registry import Registry
    from .terminal import console, visible

    registry = Registry()
    if not onnx:
        console().print(f"copied to {visible(registry.export(name, to).folder)}")
        return
    from ..models.export import export as exported

    done = exported(registry.get(name), to)
    console().print(f"wrote {visible(done.graph)} and {visible(done.sheet)}")
    console().print(f"its golden outputs differ from the artifact's by at most {done.max_difference:.2g}")


@app.command("default")
def default(name: Name) -> None:
    """Let this artifact serve its task from now on; NAME@VERSION stays at that version."""
    from ..models.registry import Registry
    from .terminal import console, visible

    entry = Registry().set_default(name)
    console().print(f"{visible(entry.id)} now serves {visible(entry.task)}")
