"""``assay data``: lists of labelled files, and what would make any figure on them worthless."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .options import Json, Workers, must_be_writable
from .terminal import json_line

if TYPE_CHECKING:
    from ..detect.dataset import Check
    from ..intake.manifest import Manifest

app = typer.Typer(
    help="Lists of labelled files: make one of a folder, check it, split it by source, describe it.",
    no_args_is_help=True,
)


class Layout(StrEnum):
    """How a collection is laid out."""

    auto = "auto"
    faceforensics = "faceforensics"
    genimage = "genimage"
    cifake = "cifake"
    plain = "plain"


Listed = Annotated[
    Path,
    typer.Argument(help="A manifest (.csv, .parquet), or a folder.", metavar="MANIFEST", show_default=False),
]
To = Annotated[
    Path, typer.Option("--to", help="File to write: .csv or .parquet.", metavar="FILE", show_default=False)
]
Split = Annotated[str | None, typer.Option(help="Only entries of this split.", show_default=False)]
Kind = Annotated[str | None, typer.Option(help="Only entries of this kind.", show_default=False)]
Cache = Annotated[
    Path | None,
    typer.Option(help="Folder that remembers what the files say.", metavar="DIR", show_default=False),
]


@app.command("list")
def list_(
    folder: Annotated[Path, typer.Argument(help="Where a collection was unpacked.", show_default=False)],
    to: To,
    layout: Annotated[Layout, typer.Option(help="How it is laid out.")] = Layout.auto,
    licence: Annotated[str, typer.Option(help="On which terms it may be used.", show_default=False)] = "",
) -> None:
    """List a folder as a manifest: FaceForensics++, GenImage and CIFAKE layouts, or real/ and fake/ folders."""
    from ..intake.manifest import list_folder, write_manifest
    from .terminal import console, visible

    must_be_writable(to, "--to")
    made = list_folder(folder, _layout(layout), licence=licence)
    write_manifest(to, made.entries)
    real = sum(not entry.fake for entry in made.entries)
    console().print(
        f"{real:,} real and {len(made.entries) - real:,} fake files in {visible(to)}; "
        f"{len(made.problems):,} files were left out"
    )


@app.command("check")
def check(
    manifest: Listed,
    split: Split = None,
    kind: Kind = None,
    card: Annotated[
        Path | None,
        typer.Option(
            help="Also write the data card: .json, or .md as a page.", metavar="FILE", show_default=False
        ),
    ] = None,
    cache: Cache = None,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Look for what would make figures false: copies across splits, formats that give the label away, imbalance.

    Exit code 1: something must be repaired before anything is learnt from these files, or measured on them.
    """
    from ..detect.dataset.card import dataset_card, markdown
    from .terminal import console, visible

    must_be_writable(card, "--card")
    found = _checked(manifest, split, kind, cache, workers)
    if card is not None:
        made = dataset_card(found)
        title = manifest.stem or manifest.name
        page = markdown(made, title) if card.suffix.lower() == ".md" else json.dumps(made, indent=1) + "\n"
        card.write_text(page, encoding="utf-8")
    if as_json:
        sys.stdout.write(json_line(found.to_json()))
    else:
        show_check(found)
        if card is not None:
            console().print(f"wrote {visible(card)}")
    if found.errors():
        raise typer.Exit(1)


@app.command("split")
def split(
    manifest: Listed,
    to: To,
    shares: Annotated[
        str, typer.Option(help="Names of the splits and their shares of each class.")
    ] = "train=0.8,test=0.2",
    seed: Annotated[int, typer.Option(help="Decides between sources of the same size.", min=0)] = 0,
    cache: Cache = None,
    workers: Workers = None,
) -> None:
    """Split by source: whole sources, what belongs together, and copies of a picture go one way."""
    from collections import Counter

    from ..detect.dataset import duplicates, gather_facts, split_by_source
    from ..intake.manifest import write_manifest
    from .progress import watched
    from .terminal import console, visible

    must_be_writable(to, "--to")
    wanted = _shares(shares)
    listed = _read(manifest, None, None)
    with watched("files") as show:
        facts = gather_facts(
            listed.entries, cache=cache, workers=workers, progress=lambda done, of: show("read", done)
        )
    made = split_by_source(listed.entries, wanted, pairs=duplicates.pairs(facts), seed=seed)
    write_manifest(to, made)
    counted = Counter((entry.split, entry.label) for entry in made)
    for name in wanted:
        sources = len({entry.source for entry in made if entry.split == name})
        line = (
            f"{counted[name, 'real']:,} real and {counted[name, 'fake']:,} fake files of {sources:,} sources"
        )
        console().print(f"{visible(name)}: {line}")


def _layout(layout: Layout) -> Literal["auto", "plain", "cifake", "genimage", "faceforensics"]:
    return layout.value


def _shares(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in text.split(","):
        name, sign, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign or not name.strip():
            raise typer.BadParameter(f"{part!r} is no NAME=SHARE, as in train=0.8", param_hint="--shares")
    return found


def _read(manifest: Path, split: str | None, kind: str | None) -> "Manifest":
    from ..intake.manifest import list_folder, read_manifest

    listed = list_folder(manifest) if manifest.is_dir() else read_manifest(manifest)
    for name, wanted in (("split", split), ("kind", kind)):
        if wanted is not None:
            listed = listed.where(lambda entry: getattr(entry, name) == wanted, f"the {name} {wanted!r}")  # noqa: B023
    return listed


def _checked(
    manifest: Path, split: str | None, kind: str | None, cache: Path | None, workers: int | None
) -> "Check":
    from ..detect.dataset import check_dataset
    from .progress import watched

    listed = _read(manifest, split, kind)
    with watched("files") as show:
        return check_dataset(
            listed, cache=cache, workers=workers, progress=lambda done, of: show("read", done)
        )


def show_check(found: "Check") -> None:
    """Show what was found: the control, then every fault, the worst first."""
    from rich.text import Text

    from .card_view import table
    from .terminal import console, visible
    from .terminal import show as show_text

    screen = console()
    told = found.to_json()
    real, fake = (told["labels"].get(label, 0) for label in ("real", "fake"))
    screen.print(f"{told['files']:,} files, {real:,} real and {fake:,} fake")
    if found.controls:
        rows = [(one.family, str(one.value), "leaks" if one.leaks else "holds") for one in found.controls]
        screen.print(table(("format-only control", "AUC", ""), rows))
    styles = {"error": "bold red", "warning": "yellow", "note": "dim"}
    for fault in found.faults:
        head = Text(f"{fault.severity:<8}", style=styles[fault.severity])
        show_text(screen, head.append(f"{visible(fault.words)} [{fault.code}]", style="not bold default"), 8)
    if not found.faults:
        screen.print("nothing was found")
