"""``assay triage reveal``: pseudonyms back to names, for whoever holds the key."""

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from .terminal import visible

if TYPE_CHECKING:
    from ..triage.pseudonyms.key import Key

KeyFile = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", help="The key; by default the user's own.", show_default=False),
]


def reveal(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Files of text, CSV or JSON lines, - for standard input, or pseudonyms.",
            metavar="FILE...",
            show_default=False,
        ),
    ],
    key: KeyFile = None,
) -> None:
    """Give pseudonyms their names back, in files or one by one; those of another key stay.

    Exit code 1: a pseudonym that was named is none of this key.
    """
    from ..triage.pseudonyms.token import TOKEN

    opened = open_key(key, create=False)
    failed = False
    for source in sources:
        if TOKEN.fullmatch(source) and not Path(source).exists():
            value = opened.value(source)
            failed |= value is None
            typer.echo(visible(source if value is None else value))
        elif source == "-":
            _told(sys.stdin, "", opened)
        else:
            path = Path(source)
            try:
                file = path.open(encoding="utf-8", errors="surrogateescape", newline="")
            except OSError as error:
                raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="FILE") from error
            with file:
                _told(file, path.suffix, opened)
    if failed:
        raise typer.Exit(1)


def open_key(path: Path | None, *, create: bool) -> "Key":
    """The key that is meant; a new one is said, since it is all that gives names back."""
    from ..triage.pseudonyms.key import Key, user_key
    from .terminal import say

    place = user_key() if path is None else path
    new = create and not place.exists()
    key = Key.open(place, create=create)
    if new:
        say(f"assay: a new key of pseudonyms is in {place}; without it nobody can give the names back")
    return key


def _told(file: TextIO, ending: str, key: "Key") -> None:
    from ..triage.pseudonyms.reveal import reveal_file

    terminal = sys.stdout.isatty()
    if not terminal and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape", newline="")
    for piece in reveal_file(file, ending, key):
        sys.stdout.write(visible(piece.rstrip("\r\n")) + "\n" if terminal else piece)
