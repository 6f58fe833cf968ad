"""``assay room``: the evidence room of `assay serve`, from the machine that it runs on."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json
from .terminal import json_line, visible

if TYPE_CHECKING:
    from ..service.operation.backup import Saved

app = typer.Typer(help="The evidence room behind `assay serve`: its keys and backups.", no_args_is_help=True)
keys = typer.Typer(help="Keys that open the service.", no_args_is_help=True)
app.add_typer(keys, name="key")


@app.command("backup")
def backup(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to; may hold an earlier one.", show_default=False)
    ],
) -> None:
    """Write the tables and the evidence into a folder, while the service works; again into it copies what is new."""
    from ..service.operation.backup import back_up
    from ..service.room import Room
    from ..service.settings import Settings

    with Room.open(Settings.read()) as room:
        saved = back_up(room, folder, by="command line")
    _told("backed up", saved)


@app.command("restore")
def restored(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The backup.", show_default=False)],
) -> None:
    """Make the room that the settings name from a backup; its database must be empty."""
    from ..service.operation.backup import restore
    from ..service.settings import Settings

    _told("restored", restore(Settings.read(), folder, by="command line"))
    typer.echo("Check it: assay evidence verify")


def _told(word: str, saved: "Saved") -> None:
    typer.echo(f"{word}: rows: {saved.rows:,}; files: {saved.blobs:,} of {saved.bytes:,} bytes")
    typer.echo(f"  head of the custody log {saved.head}")


@keys.command("new")
def new(
    roles: Annotated[
        str,
        typer.Option(
            "--roles",
            metavar="ROLE,...",
            help="What it is for: submit, analyse, triage, auditor, admin.",
            show_default=False,
        ),
    ],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="For people.", show_default=False)
    ] = "made by hand",
    cases: Annotated[
        list[str] | None,
        typer.Option(
            "--case",
            metavar="ID",
            help="Case that it is bound to, may be repeated; by default it sees all.",
            show_default=False,
        ),
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="When it ends, in UTC.", show_default=False
        ),
    ] = None,
) -> None:
    """Make a key and print it, this once: only its hash is kept."""
    from datetime import UTC

    from ..service.access import Role
    from ..service.room import Room
    from ..service.settings import Settings

    try:
        granted = [Role(word.strip()) for word in roles.split(",")]
    except ValueError:
        raise typer.BadParameter(f"roles are {', '.join(Role)}", param_hint="--roles") from None
    ends = None if expires is None else expires.replace(tzinfo=UTC)
    with Room.open(Settings.read()) as room:
        _, token = room.keys.make(name, granted, cases=cases or None, expires=ends, by="command line")
    typer.echo(token)


@keys.command("list")
def listed(as_json: Json = False) -> None:
    """List every key that was ever made, without its secret."""
    from ..service.room import Room
    from ..service.settings import Settings

    with Room.open(Settings.read()) as room:
        for key in room.keys.all():
            if as_json:
                page = {name: getattr(key, name) for name in key.__slots__}
                sys.stdout.write(json_line(page))
                continue
            state = "revoked" if key.revoked else "valid" if key.valid else "expired"
            bound = "all cases" if key.cases is None else f"{len(key.cases)} cases"
            typer.echo(f"{key.id}  {state:8} {','.join(key.roles)}  {bound}  {visible(key.name)}")


@keys.command("revoke")
def revoke(key: Annotated[str, typer.Argument(metavar="ID", help="Of the key.", show_default=False)]) -> None:
    """Revoke a key: it opens nothing from now on."""
    from ..service.room import Room
    from ..service.settings import Settings

    with Room.open(Settings.read()) as room:
        room.keys.revoke(key, by="command line")
