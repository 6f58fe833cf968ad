"""``assay models import`` and ``assay models calibrate``: detectors that others published."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .options import Json
from .terminal import json_line


def import_(
    source: Annotated[
        Path,
        typer.Argument(
            help="A description (YAML or JSON) of a published detector, or its folder.", show_default=False
        ),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace one of the same name and version.")
    ] = False,
    graph: Annotated[
        bool, typer.Option("--graph/--no-graph", help="Export to ONNX, so that it runs without torch.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Import a detector that others published: timm, CLIP with a linear head, Community Forensics or ONNX.

    Nothing in its files is run. It has no calibration, so its scores answer nothing until it is calibrated.
    """
    from ..detect.published.importing import import_detector
    from .terminal import console, visible

    done = import_detector(source, replace=replace, graph=graph)
    if as_json:
        line = {"id": done.artifact.id, "sha256": done.artifact.sha256, "folder": str(done.artifact.folder)}
        sys.stdout.write(json_line(line | {"max_difference": done.difference, "notes": list(done.notes)}))
        return
    screen = console()
    screen.print(f"imported {visible(done.artifact.id)} in {visible(done.artifact.folder)}")
    if done.difference is not None:
        screen.print(f"its graph differs from its network in torch by at most {done.difference:.2g}")
    for note in done.notes:
        screen.print(visible(note))
    screen.print(f"not calibrated yet: assay models calibrate {visible(done.artifact.id)} MANIFEST")


def calibrate(
    name: Annotated[
        str, typer.Argument(help="NAME or NAME@VERSION of an imported detector.", show_default=False)
    ],
    manifest: Annotated[
        Path,
        typer.Argument(
            help="A manifest (.csv, .parquet) of pictures of known origin, or a folder.",
            metavar="MANIFEST",
            show_default=False,
        ),
    ],
    split: Annotated[str | None, typer.Option(help="Only entries of this split.", show_default=False)] = None,
    version: Annotated[
        str | None,
        typer.Option(help="Version of the calibrated artifact; the next one by default.", show_default=False),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            help="Code of a fault of the manifest that you accept; may be repeated.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides how pictures are laundered.", min=0)] = 0,
    cache: Annotated[
        Path | None,
        typer.Option(help="Folder that remembers what the files say.", metavar="DIR", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Calibrate an imported detector on pictures of known origin, and install it as a new version.

    Give pictures that its makers did not train on, of the sources and the kind that cases will bring.
    """
    from ..detect.published.calibrating import calibrate as calibrated
    from ..intake.manifest import list_folder, read_manifest
    from ..models.registry import Registry
    from .progress import watched
    from .terminal import console, visible

    registry = Registry()
    given = list_folder(manifest) if manifest.is_dir() else read_manifest(manifest)
    if split is not None:
        given = given.where(lambda entry: entry.split == split, f"the split {split!r}")
    with watched("pictures") as show:
        done = calibrated(
            registry.get(name), given, registry, version=version, accept=accept or (), seed=seed, cache=cache,
            progress=lambda at, of: show("scored", at),
        )  # fmt: skip
    if as_json:
        line = {"id": done.artifact.id, "sha256": done.artifact.sha256, "folder": str(done.artifact.folder)}
        tiers = {tier: {"real": real, "fake": fake} for tier, (real, fake) in done.tiers.items()}
        refused = [{"name": name, "code": code} for name, code in done.refused]
        sys.stdout.write(json_line(line | {"tiers": tiers, "refused": refused}))
        return
    screen = console()
    screen.print(f"installed {visible(done.artifact.id)} in {visible(done.artifact.folder)}")
    for tier, (real, fake) in done.tiers.items():
        screen.print(f"{tier}: calibrated on {real:,} recordings and {fake:,} generated pictures")
    for file, code in done.refused[:20]:
        screen.print(f"not scored: {visible(file)} [{visible(code)}]")
    if len(done.refused) > 20:
        screen.print(f"and {len(done.refused) - 20:,} more")
