"""The folder of a validation report: JSON, HTML, PDF, plots, and figures ready for a card; sealed."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from ....detect.validation.cardlines import metrics
from ....detect.validation.conditions import NATIVE
from ....detect.validation.result import Curve, Validation
from ...custody import Event
from ...events import reported
from ...sealing import Sealed, seal
from ..blocks.block import Figure
from ..html import Folder as Pictures
from ..html import rendered
from ..pdf import printed
from ..pictures.plot import HEIGHT, WIDTH
from ..writing.folder import Folder
from . import plots
from .page import page

if TYPE_CHECKING:
    from ...keys import SigningKey

__all__ = ["write_validation"]

_TITLES = {
    "native": "as it comes", "clean": "tier clean", "web": "tier web", "hard": "tier hard",
}  # fmt: skip
_TOLD = {
    "roc": (
        "ROC", "Every operating point: what is found against what is falsely accused.",
        "Not which point is used, and nothing of what the score is worth.",
    ),
    "det": (
        "DET", "The same on axes of normal deviates: misses against false alarms, so that the few are seen.",
        "Below one file in the set nothing is known: the line ends there.",
    ),
    "tippett": (
        "Tippett", "Share of the files with at least so large a likelihood ratio: real (solid), fake (dashed).",
        "Not how sure the ratios themselves are; see the intervals of each answer.",
    ),
    "reliability": (
        "Reliability",
        "How often it was true where a probability was stated, at the share of fakes in the set, in ten bins.",
        "A bin with few files lies off the line by chance: compare the noise floor in the table.",
    ),
}  # fmt: skip


def write_validation(
    made: Validation, place: Path, *, key: "SigningKey | None" = None, command: str | None = None
) -> Sealed:
    """Write the report of a validation, and seal it.

    Parameters
    ----------
    made
        What was found.
    place
        A new folder: gets ``report.json``, ``report.html``, ``report.pdf``, ``card-metrics.json`` and ``plots/``.
    key
        Seals the folder; None: the user's.
    command
        The line that makes it again.

    Raises
    ------
    ReportExists, ReportUnwritable, ReportUnprintable, SealRefused
        See each class.
    """
    folder = Folder(place)
    drawings = {"curves": list(_curves(made, folder)), "robustness": list(_axes(made, folder))}
    sheet = page(made, drawings)
    text = json.dumps(made.to_json(), indent=1, allow_nan=False) + "\n"
    files = {"report.json": folder.write("report.json", text.encode("ascii"))}
    note = f"{made.title}, {made.data['files']:,} files, manifest {made.data['sha256'][:16]}"
    stated = [metric.model_dump(mode="json") for metric in metrics(made.figures, note)]
    lines = (json.dumps(stated, indent=1, allow_nan=False) + "\n").encode("ascii")
    files["card-metrics.json"] = folder.write("card-metrics.json", lines)
    html = rendered(sheet, Pictures(place)).encode("utf-8", "backslashreplace")
    files["report.html"] = folder.write("report.html", html)
    files["report.pdf"] = folder.write("report.pdf", printed(sheet, place))
    folder.done()
    try:
        return seal(
            place, key=key, events=(*_events(made), reported(files, language="en")), reproduce=command
        )
    except BaseException:
        folder.undone()
        raise


def _events(made: Validation) -> Iterator[Event]:
    """What happened before: the list of the files came, and an artifact was measured on them."""
    name, sha256 = made.data["manifest"], made.data["sha256"]
    artifacts = tuple(f"{each.name}@{each.version} sha256:{each.sha256}" for each in made.subjects)
    yield Event("received", details={"name": name, "files": made.data["files"]})
    yield Event("hashed", exhibit=sha256, details={"name": name})
    yield Event(
        "assayed", exhibit=sha256, artifacts=artifacts, details={"name": name, "parts": list(made.parts)}
    )


def _curves(made: Validation, folder: Folder) -> Iterator[Figure]:
    held = {(curve.name, curve.condition): curve for curve in made.curves}
    for condition in dict.fromkeys(curve.condition for curve in made.curves):

        def one(name: str, condition: str = condition) -> Curve | None:
            return held.get((name, condition))

        roc, h1, h2, stated = (one(name) for name in ("roc", "tippett-h1", "tippett-h2", "reliability"))
        if roc is not None:
            yield _figure(folder, "roc", condition, plots.roc(roc))
            yield _figure(folder, "det", condition, plots.det(roc))
        if h1 is not None and h2 is not None:
            yield _figure(folder, "tippett", condition, plots.tippett(h1, h2))
        if stated is not None:
            yield _figure(folder, "reliability", condition, plots.reliability(stated))


def _figure(folder: Folder, kind: str, condition: str, svg: str) -> Figure:
    title, shows, hides = _TOLD[kind]
    file = f"plots/{kind}-{condition}.svg"
    folder.write(file, svg.encode())
    where = _TITLES.get(condition, condition)
    return Figure(
        file=file, alt=f"{title}, {where}. {shows}", title=f"{title}, {where}", shows=shows, hides=hides, width=WIDTH,
        height=HEIGHT, drawing=file,
    )  # fmt: skip


def _axes(made: Validation, folder: Folder) -> Iterator[Figure]:
    start = next((row for row in made.robustness if row.axis == NATIVE.axis), None)
    for axis, rows in groupby(made.robustness, key=lambda row: row.axis):
        if axis == NATIVE.axis:
            continue
        file = f"plots/robustness-{axis}.svg"
        folder.write(file, plots.robustness(list(rows), start).encode())
        shows = (
            "AUC (solid, with its interval) and false alarms (dashed) as the files are changed more and more."
        )
        yield Figure(
            file=file, alt=f"{axis}. {shows}", title=axis, shows=shows, hides="Two changes at a time are not shown.",
            width=WIDTH, height=HEIGHT, drawing=file,
        )  # fmt: skip
