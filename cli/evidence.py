"""``assay evidence``: seal a folder, check a sealed one, and the keys that sign."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json
from .signing import KeyFile, PassphraseFile, asked, open_key
from .terminal import json_line, say, visible

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

app = typer.Typer(
    help="Seal a folder of evidence, and check that it is what was sealed.", no_args_is_help=True
)
keys = typer.Typer(
    help="Signing keys: Ed25519, in a file that only its owner may read.", no_args_is_help=True
)
app.add_typer(keys, name="key")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder.", show_default=False)]


@app.command("seal")
def seal(
    folder: Folder,
    key: KeyFile = None,
    passphrase: PassphraseFile = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who seals; by default the user's name.", show_default=False),
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Kept in the manifest.", show_default=False)] = "",
    reproduce: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND",
            help="The command that makes the content again, to be kept.",
            show_default=False,
        ),
    ] = None,
    stamp: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Stamp server (RFC 3161) to ask; by default ASSAY_STAMP, else none.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Hash every file of a folder, and sign the hashes and the custody log; sealing again adds to the history.

    Exit code 2: nothing was sealed, and the message says why.
    """
    from ..evidence import Server
    from ..evidence import seal as sealed

    if not folder.is_dir():
        raise typer.BadParameter(f"{visible(folder)} is no folder", param_hint="DIR")
    address = stamp or os.environ.get("ASSAY_STAMP")
    server = Server(address) if address else None
    done = sealed(
        folder,
        key=open_key(key, passphrase),
        who=by,
        reproduce=reproduce,
        note=note,
        stamp=server,
    )
    for line in done.notes:
        say(f"assay: {line}")
    stamped = None if done.stamped is None else done.stamped.strftime("%Y-%m-%dT%H:%M:%SZ")
    if as_json:
        page = {
            "folder": str(done.folder),
            "number": done.number,
            "head": done.head,
            "entries": done.count,
            "files": done.files,
            "bytes": done.size,
            "key": done.key.fingerprint,
            "key_words": done.key.words,
            "stamp": stamped,
            "notes": list(done.notes),
        }
        sys.stdout.write(json_line(page))
        return
    typer.echo(
        f"sealed {visible(done.folder)}: seal {done.number}; files: {done.files:,} of {done.size:,} bytes; "
        f"entries in the log: {done.count:,}"
    )
    typer.echo(f"  signed by   {done.key.fingerprint}")
    typer.echo(f"              {done.key.words}")
    typer.echo(f"  time stamp  {stamped or 'absent: no stamp server was asked'}")
    typer.echo(f"  head        {done.head}")
    typer.echo("Note the first and the last hash elsewhere. Whoever has them checks with")
    typer.echo(f"  assay evidence verify {_quoted(folder)} --key {done.key.fingerprint} --head {done.head}")


@app.command("verify")
def verify(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]", help="The folder; without it the store of the service.", show_default=False
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE|FINGERPRINT",
            help="A signer who is trusted, as a file with the public key or its fingerprint; may be repeated.",
            show_default=False,
        ),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="HASH",
            help="Hash of an entry that the log must hold, as sealing gave it.",
            show_default=False,
        ),
    ] = None,
    stamps: Annotated[
        Path | None,
        typer.Option(
            "--stamps",
            metavar="FILE",
            help="Certificates in PEM of stamp servers that are trusted.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a sealed folder, and name every file, log entry and range of bytes that is not what was sealed.

    Without a folder the store of the service is walked: every byte of it, its tables and its custody log.
    Exit code 1: something is wrong, or the signer is not one that --key names.
    """
    if folder is None:
        if key or stamps:
            raise typer.BadParameter("signers are those of a sealed folder: name it", param_hint="DIR")
        from .store_view import show_inspection

        if not show_inspection(head=head, as_json=as_json):
            raise typer.Exit(1)
        return
    from ..evidence import pinned
    from ..evidence import verify as verified

    trusted = {pinned(text) for text in key or ()}
    result = verified(folder, trusted=trusted, roots=_certificates(stamps), head=head)
    from .seal_view import seal_json, show_verification

    if as_json:
        sys.stdout.write(json_line(seal_json(result)))
    else:
        from .terminal import console

        show_verification(console(), result)
    if not result.intact:
        raise typer.Exit(1)


@keys.command("new")
def new(
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            metavar="FILE",
            help="Where to; by default what ASSAY_KEY names, else the user's own place.",
            show_default=False,
        ),
    ] = None,
    passphrase: Annotated[
        bool,
        typer.Option(
            "--passphrase", help="Lock the key with a passphrase: a prompt, or as --passphrase-file says."
        ),
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make a signing key; one that is there is never replaced."""
    from ..evidence import SigningKey
    from ..evidence.keys import key_place

    place = key_place()[0] if key is None else key
    secret = asked(passphrase_file, twice=True)() if passphrase or passphrase_file else None
    if passphrase and secret is None:
        raise typer.BadParameter(
            "there is no terminal to ask at: name a file with --passphrase-file", param_hint="--passphrase"
        )
    _told(place, SigningKey.create(place, secret).public.pem, as_json=False)


@keys.command("show")
def show(
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            metavar="FILE",
            help="A signing key or a public key; by default the user's own.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the public half of a key, its fingerprint in hex and in words, and where it lies."""
    from ..evidence.keys import key_place, shown

    place = key_place()[0] if key is None else key
    _told(place, shown(place).pem, as_json=as_json)


def _told(place: Path, pem: bytes, *, as_json: bool) -> None:
    from ..evidence.keys import public_key

    public = public_key(pem)
    assert public is not None
    if as_json:
        page = {
            "file": str(place),
            "fingerprint": public.fingerprint,
            "words": public.words,
            "pem": pem.decode(),
        }
        sys.stdout.write(json_line(page))
        return
    typer.echo(f"file         {visible(place)}")
    typer.echo(f"fingerprint  {public.fingerprint}")
    typer.echo(f"             {public.words}")
    typer.echo(pem.decode("ascii").rstrip("\n"))


def _certificates(path: Path | None) -> "list[Certificate]":
    if path is None:
        return []
    from ..evidence.stamps import certificates
    from .options import pem_text

    return certificates(pem_text(path, "--stamps").encode("ascii"))


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(visible(path))
