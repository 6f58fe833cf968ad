"""The options that several commands share, each described once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Profile(StrEnum):
    """How much work a picture is worth."""

    fast = "fast"
    standard = "standard"
    full = "full"


Paths = Annotated[
    list[Path], typer.Argument(help="Files, folders or - for standard input.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON lines to standard output.")]
LogFormat = Annotated[str, typer.Option("--format", help="auto, or the name of a reader.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N; a device that is absent is an error.")]
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="Processes that decode or parse; by default one per core.", show_default=False),
]
Depth = Annotated[
    Profile, typer.Option("--profile", help="fast: fewest crops, no stability test; full: every laundering.")
]
