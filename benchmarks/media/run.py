"""Measure the shipped picture artifact beside other detectors: every test source, three tiers, everything saved alike.

    python benchmarks/media/run.py [--page docs/validation/media.md] [--record FILE] [--only PART]...
        [--settings FILE] [--thin N]

Parts, all of them without --only:

    peers       every detector on every test picture; the paired gain over the pilot recipe
    operating   what `assay detect` answers on the delivered files
    leave-out   one source, one generator left out of the training
    ablations   the recipe with one thing changed
    speed       every detector on the same views, one after the other
    page        nothing is measured; the page is written from what is known

Other detectors are trained on the split `train` and measured on `dev`, which no choice has seen. What takes long is
kept in runs/benchmarks by what decides it (code, pictures, artifact), so that a killed run goes on where it was. The
page goes to --page, and the head of all pages to the file of its folder's name beside that folder.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ablations
import figures
import leave_out
import measuring
import operating
import speed
import store
from figures import Ground, gain
from index import index
from page import page
from peers.pilot import Pilot
from views import Material

from assay.detect.forge import folds, pool, probe, recipe, rows, seen, views
from assay.detect.forge.features import FeatureStore
from assay.detect.forge.rows import Rows
from assay.detect.forge.settings import Settings
from assay.models.artifact import Artifact
from assay.models.devices import cpu_name, usable_cores

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("peers", "operating", "leave-out", "ablations", "speed", "page")
FITTED = {
    "leave-out": (leave_out, folds, probe, recipe, rows, seen),
    "ablations": (ablations, figures, folds, probe, recipe, rows, seen),
}
"""Parts that fit the recipe many times: known as long as this code, the artifact and the pictures are the same."""


class Benchmark:
    """One benchmark: the pictures, the artifact, what is known already.

    Parameters
    ----------
    settings
        Of the training that made the artifact.
    home
        Where everything is kept.
    thin
        See `views.Material`.
    """

    def __init__(self, settings: Settings, home: Path, thin: int) -> None:
        self.settings, self.home = settings, home
        self.material = Material(settings, thin)
        self.artifact = Artifact.open(settings.zoo / settings.name)
        self.threshold = self.artifact.card.operating_points[0].threshold
        self.ground = Ground(self.material.seen, self.material.groups)
        self.features = FeatureStore(settings.encoder, settings.cache / "features", threads=settings.threads)
        self.store = store.Store(home, self.material)
        self._rows: tuple[Rows, list[pool.Picture]] | None = None

    def peers(self) -> dict[str, Any]:
        """All detectors, and the gain over the pilot."""
        several = measuring.peers(self.material, self.artifact, self.features, self.home / "wheels")
        found = measuring.measure(several, self.material, self.store, print)
        notes = {peer.name: {"note": peer.note, "takes": peer.takes} for peer in several}
        made: dict[str, Any] = {}
        for name, measured in found.items():
            if isinstance(measured, str):
                made[name] = {**notes[name], "absent": measured}
            else:
                made_lines = [line.plain() for line in figures.lines(measured, self.ground)]
                made[name] = {**notes[name], "threshold": measured.threshold, "lines": made_lines}
        mine, pilot = found[self.artifact.id], found[Pilot.name]
        if isinstance(mine, str) or isinstance(pilot, str):
            return {"peers": made}
        return {"peers": made, "gain": gain(mine.scores, pilot.scores, self.ground).plain()}

    def operating(self) -> dict[str, Any]:
        """Answers of the product."""
        said = operating.answers(self.material, self.artifact, self.home / "answers", print)
        tables = {
            "lines": operating.lines(said, self.ground),
            "flips": operating.flips(said, self.ground),
            "ratios": operating.ratios(said, self.ground, self.artifact, self.settings.test_crops),
        }
        return {"operating": {name: [line.plain() for line in found] for name, found in tables.items()}}

    def leave_out(self) -> dict[str, Any]:
        """One source, one generator left out."""
        fitted_on, pictures = self.rows()
        given = (leave_out.recipe_of(self.artifact), self.threshold, self.settings, print)
        found = {
            "sources": leave_out.sources(fitted_on, *given),
            "generators": leave_out.generators(fitted_on, pictures, *given),
        }
        return {"leave_out": {name: [line.plain() for line in made] for name, made in found.items()}}

    def ablations(self) -> dict[str, Any]:
        """The recipe with one thing changed."""
        fitted_on, _ = self.rows()
        whole = leave_out.recipe_of(self.artifact)
        several = ablations.Ablations(
            fitted_on, whole, self.settings, self.material.seen, self.ground, self.features
        )
        return {"ablations": [variant.plain() for variant in several.run(print)]}

    def speed(self) -> dict[str, Any]:
        """Speed of every detector; the pilot gets a store of features that knows none."""
        with TemporaryDirectory() as folder:
            empty = FeatureStore(self.settings.encoder, Path(folder), threads=usable_cores())
            several = measuring.peers(self.material, self.artifact, empty, self.home / "wheels")
            found = speed.speeds(several, self.material, self.store, print)
        return {"speed": {name: {"pictures": s.pictures, "crops": s.crops} for name, s in found.items()}}

    def rows(self) -> tuple[Rows, list[pool.Picture]]:
        """The training rows as `assay train media` makes them, and the pictures that their items number."""
        if self._rows is None:
            pictures = [p for p in self.material.training if views.fits(views.load(p.path))]
            shown = seen.seen(self.settings, pictures, _said)
            self._rows = rows.gather(shown, self.settings, self.features, _said), pictures
        return self._rows


def main() -> None:
    """Run the command."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--settings", type=Path, default=ROOT / "detect" / "training.yaml")
    options.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmarks" / "media.json")
    options.add_argument("--page", type=Path, help="also write the tables as Markdown to this file")
    options.add_argument("--record", type=Path, help="also write what the page was made of to this file")
    options.add_argument("--only", action="append", choices=PARTS, help="run this part; may be given again")
    options.add_argument("--thin", type=int, default=1, help="every N-th picture, to try the benchmark out")
    given = options.parse_args()
    settings = Settings.read(given.settings)
    manifest = settings.data / settings.manifest
    if not manifest.is_file():
        print(f"no pictures at {manifest}: name the data with ASSAY_DATA; nothing was measured")
        return
    home = given.out.parent / "media"
    bench = Benchmark(settings, home if given.thin == 1 else home / f"thin-{given.thin}", given.thin)
    record = known(given.out, bench)
    parts: Mapping[str, Callable[[], dict[str, Any]]] = {
        "peers": bench.peers,
        "operating": bench.operating,
        "leave-out": bench.leave_out,
        "ablations": bench.ablations,
        "speed": bench.speed,
    }
    for name, measure in parts.items():
        state = store.code(FITTED[name]) if name in FITTED else None
        if not given.only and state is not None and record["fitted"].get(name) == state:
            print(f"== {name}: known")
        elif not given.only or name in given.only:
            print(f"== {name}")
            record |= measure()
            record["fitted"] |= {} if state is None else {name: state}
            given.out.parent.mkdir(parents=True, exist_ok=True)
            given.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if given.record:
        given.record.write_text(json.dumps(record, separators=(",", ":")) + "\n", encoding="utf-8")
    if given.page:
        given.page.parent.mkdir(parents=True, exist_ok=True)
        given.page.write_text(page(record, bench.artifact.card), encoding="utf-8")
        head = given.page.parent.with_suffix(".md")
        head.write_text(index(record, bench.artifact.card, given.page.parent), encoding="utf-8")


def known(path: Path, bench: Benchmark) -> dict[str, Any]:
    """What an earlier run of the same artifact on the same pictures wrote, else only what is fixed."""
    material, artifact = bench.material, bench.artifact
    fixed = {
        "artifact": {"id": artifact.id, "sha256": artifact.sha256},
        "threshold": bench.threshold,
        "pictures": {
            "test": len({view.picture.name for view in material.seen}),
            "training": len(material.training),
            "crops": bench.settings.test_crops,
        },
        "machine": f"{cpu_name()}, {usable_cores()} cores",
    }
    if path.exists():
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if all(stored.get(name) == value for name, value in fixed.items() if name != "machine"):
            return {"fitted": {}} | stored | fixed
    return {"fitted": {}} | fixed


def _said(line: str, **facts: object) -> None:
    print(line)


if __name__ == "__main__":
    main()
