"""The command ``assay``: one file per command; whatever is heavy is imported by the command that needs it."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from ..errors import AssayError
from . import baseline, data, demo, detect, evidence, models, room, serve, train, triage, validate, worker
from .terminal import say

__all__ = ["app", "main"]

# Exit codes: 0 done, 1 some exhibit or source failed and the rest is done, 2 nothing was done (wrong use).
WRONG_USE = 2

app = typer.Typer(
    name="assay",
    help="Test whether evidence is what it claims to be: media authenticity and log triage.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(detect.app, name="detect")
app.add_typer(triage.app, name="triage")
app.add_typer(baseline.app, name="baseline")
app.add_typer(models.app, name="models")
app.add_typer(data.app, name="data")
app.add_typer(train.app, name="train")
app.add_typer(evidence.app, name="evidence")
app.add_typer(room.app, name="room")
app.command("validate")(validate.validate)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"assay {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Test whether evidence is what it claims to be: media authenticity and log triage."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave by ``SystemExit``.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``assay``; by default those of this process.

    Raises
    ------
    SystemExit
        Always; 0: done, 1: some exhibit or source failed and the rest is done, 2: nothing was done.
    """
    try:
        app(args=None if arguments is None else list(arguments), prog_name="assay")
    except AssayError as error:
        say(f"assay: {error} [{error.code}]")
        sys.exit(WRONG_USE)
    except OSError as error:
        # What comes in never raises this; a place to write to may: a full disk, a folder that is not there.
        if error.filename is None:
            raise
        say(f"assay: {error.filename}: {error.strerror}; name a place that can be written to [not-writable]")
        sys.exit(WRONG_USE)
