"""The options of a signing key, and where its passphrase comes from: never from the command line."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .terminal import say

if TYPE_CHECKING:
    from ..evidence import SigningKey

__all__ = ["KeyFile", "PassphraseFile", "asked", "open_key"]

KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="The signing key; by default the one that ASSAY_KEY names, else the user's own, made on first use.",
        show_default=False,
    ),
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="File whose first line is the key's passphrase; by default ASSAY_KEY_PASSPHRASE(_FILE), else a prompt.",
        show_default=False,
    ),
]


def asked(file: Path | None, *, twice: bool = False) -> Callable[[], bytes | None]:
    """How the passphrase of a key is got: from a file, the environment, or a person at a terminal.

    Parameters
    ----------
    file
        As given by an option.
    twice
        Whether a person types it a second time.
    """

    def ask() -> bytes | None:
        from ..evidence.keys import stored_passphrase

        found = stored_passphrase(file)
        if found is None and sys.stdin.isatty() and sys.stderr.isatty():
            typed = typer.prompt("passphrase", hide_input=True, confirmation_prompt=twice, err=True)
            found = os.fsencode(typed)
        return found

    return ask


def open_key(path: Path | None, passphrase: Path | None) -> "SigningKey":
    """The key that is meant; one that is made now is said aloud."""
    from ..evidence import SigningKey
    from ..evidence.keys import key_place

    if path is not None:
        return SigningKey.open(path, asked(passphrase))
    key, new = SigningKey.default(asked(passphrase))
    if new:
        say(
            f"assay: a new signing key was made in {key_place()[0]}; keep a copy, and give its fingerprint to others:"
        )
        say(f"assay: {key.public.fingerprint} ({key.public.words})")
    return key
