"""The options that several commands share, each described once."""

import os
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
    list[Path],
    typer.Argument(help="Files, folders or - for standard input.", metavar="PATH...", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON lines to standard output.")]
# Written out, since the readers take a while to load and help must not; a test holds it against them.
LOG_FORMATS = "evtx, parquet, jsonl, zeek, cef, leef, auditd, access, weberror, syslog, csv, text"
LogFormat = Annotated[
    str, typer.Option("--format", help=f"auto (by content), or the name of a reader: {LOG_FORMATS}.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N; a device that is absent is an error.")]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Files prepared at a time; by default one per core, at most 8.",
        show_default=False,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        metavar="N",
        help="Threads of the scorer; by default one per core.",
        show_default=False,
    ),
]
Record = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Also write the record of the run as JSON: artifact, device, threads, precision, libraries.",
        show_default=False,
    ),
]
ArtifactName = Annotated[
    str | None,
    typer.Option(
        "--artifact",
        metavar="NAME",
        help="NAME or NAME@VERSION of the artifact for generated pictures; by default the one that serves the task.",
        show_default=False,
    ),
]
PictureFolder = Annotated[
    Path | None,
    typer.Option(
        "--pictures",
        metavar="DIR",
        help="Also write pictures there that show where each score comes from.",
        show_default=False,
    ),
]
Trust = Annotated[
    Path | None,
    typer.Option(
        "--trust",
        metavar="FILE",
        help="Certificates in PEM: signers of Content Credentials that lead to one of them are told as trusted.",
        show_default=False,
    ),
]
KnownList = Annotated[
    Path | None,
    typer.Option(
        "--known",
        metavar="FILE",
        help="A list of known pictures (hashes of files or of what is shown, with labels) to look each file up in.",
        show_default=False,
    ),
]
TwinsFile = Annotated[
    Path | None,
    typer.Option(
        "--twins",
        metavar="FILE",
        help="Also write the groups of near twins of the batch there, as JSON lines.",
        show_default=False,
    ),
]
Depth = Annotated[
    Profile, typer.Option("--profile", help="fast: fewest crops, no stability test; full: every laundering.")
]


def must_be_writable(path: Path | None, option: str) -> None:
    """Refuse a file that cannot be written before the work that it is for.

    Raises
    ------
    typer.BadParameter
        There can be no file at `path`.
    """
    if path is not None and (path.is_dir() or not os.access(path.absolute().parent, os.W_OK | os.X_OK)):
        raise typer.BadParameter(
            f"{path} cannot be written: name a file in a folder that you may write to", param_hint=option
        )


_LARGEST_PEM = 1_000_000


def pem_text(path: Path | None, option: str) -> str:
    """The certificates in a file, empty for none.

    Raises
    ------
    typer.BadParameter
        It cannot be read, is larger than a megabyte, or holds no certificate.
    """
    if path is None:
        return ""
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST_PEM + 1)
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}", param_hint=option) from error
    if len(data) > _LARGEST_PEM or b"-----BEGIN CERTIFICATE-----" not in data:
        raise typer.BadParameter(
            f"{path} is no list of certificates in PEM of at most {_LARGEST_PEM:,} bytes", param_hint=option
        )
    return data.decode("ascii", "replace")
