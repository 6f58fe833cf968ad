"""An artifact in a report: what it is, how it was calibrated, how often it was wrong, on what it was trained."""

from ..model import Artifact, Rate
from ..words import Words
from .block import Align, Block, Facts, Figures, Listing, Paragraph, Section, Table
from .figures import Shelf, plots
from .numbers import log10, rate
from .span import Line, code, faint, foreign, join, say
from .told import written

__all__ = ["artifact", "validation"]

_TIERS = ("clean", "web", "hard")


def artifact(made: Artifact, words: Words) -> Section:
    """Identity, preprocessing and calibration."""
    rows: list[tuple[str, Line]] = [
        (words("artifact.id"), code(f"{made.name}@{made.version}")),
        (words("artifact.sha256"), code(made.sha256)),
        (words("artifact.what"), written(made.title, words)),
        (words("artifact.summary"), written(made.summary, words)),
        (words("artifact.licence"), foreign(made.licence)),
        (words("artifact.created"), say(made.created)),
    ]
    if made.prior is not None:
        rows.append(
            (words("artifact.prior"), join(say(f"{made.prior:g}"), faint(words("artifact.prior_note"))))
        )
    if made.preprocessing:
        text = "; ".join(f"{name}: {value}" for name, value in made.preprocessing.items())
        rows.append((words("artifact.preprocessing"), foreign(text, 600)))
    blocks: list[Block] = [Facts(tuple(rows))]
    if made.calibrations:
        blocks.append(_calibrations(made, words))
    return Section(f"artifact-{made.name}", f"{made.name}@{made.version}", tuple(blocks), level=3)


def _calibrations(made: Artifact, words: Words) -> Table:
    rows = [
        (
            code(each.name),
            say(words(f"calibration.{each.method}")),
            say(f"{each.h1:,} ({each.effective_h1:,.0f})"),
            say(f"{each.h2:,} ({each.effective_h2:,.0f})"),
            say(f"{log10(each.bound_low)} … {log10(each.bound_high)}"),
        )
        for each in made.calibrations
    ]
    return Table(
        (
            (words("column.calibrator"), "left"),
            (words("column.curve"), "left"),
            (words("column.h1_rows"), "right"),
            (words("column.h2_rows"), "right"),
            (words("column.bound"), "right"),
        ),
        tuple(rows),
        words("calibration.caption"),
        (18, 22, 20, 20, 20),
    )


def validation(made: Artifact, words: Words, shelf: Shelf) -> Section:
    """Error rates at the operating point with intervals, for each tier and each source, and what was not tested."""
    blocks: list[Block] = [Paragraph(say(words("validation.intro")))]
    if made.points:
        blocks.append(_points(made, words))
    for name in ("false-alarms", "tpr"):
        table = _by_source(made, name, words)
        if table is not None:
            blocks.append(table)
    figures = plots(made, words, shelf)
    if figures:
        blocks.append(Figures(figures))
    overall = _overall(made, words)
    if overall is not None:
        blocks.append(overall)
    if made.limits:
        limits = tuple(written(each, words) for each in made.limits)
        blocks.append(Section(f"limits-{made.name}", words("validation.limits"), (Listing(limits),), level=4))
    if made.training:
        blocks.append(_training(made, words))
    return Section(
        f"validation-{made.name}",
        words("validation.title", name=f"{made.name}@{made.version}"),
        tuple(blocks),
        level=3,
    )


def _points(made: Artifact, words: Words) -> Table:
    rows = [
        (
            code(point.name),
            say(words(f"tier_short.{point.tier}") if point.tier else words("value.all")),
            say(f"{point.threshold:.2f}"),
            say(rate(point.false_alarms, words)),
            say(rate(point.found, words)),
            say(
                f"{point.false_alarms.n:,}"
                if point.false_alarms and point.false_alarms.n
                else words("value.none")
            ),
        )
        for point in made.points
    ]
    return Table(
        (
            (words("column.point"), "left"),
            (words("column.tier"), "left"),
            (words("column.threshold"), "right"),
            (words("column.false_alarms"), "right"),
            (words("column.found"), "right"),
            (words("column.rows"), "right"),
        ),
        tuple(rows),
        words("validation.points"),
        (14, 12, 14, 24, 24, 12),
    )


def _by_source(made: Artifact, name: str, words: Words) -> Table | None:
    """One row a source, one column a tier."""
    found: dict[str, dict[str, Rate]] = {}
    for each in made.rates:
        if each.name == name and each.source and each.tier:
            found.setdefault(each.source, {})[each.tier] = each
    if not found:
        return None
    rows = []
    for source, tiers in found.items():
        held = [tiers[tier].n for tier in _TIERS if tier in tiers and tiers[tier].n is not None]
        numbers = f"{max(each for each in held if each is not None):,}" if held else words("value.none")
        kind = _kept_out(next(iter(tiers.values())), words)
        rows.append(
            (
                foreign(source, 90),
                faint(kind),
                say(numbers),
                *(say(rate(tiers.get(tier), words)) for tier in _TIERS),
            )
        )
    head: list[tuple[str, Align]] = [
        (words("column.source"), "left"),
        (words("column.kept_out"), "left"),
        (words("column.rows"), "right"),
    ]
    head += [(words(f"tier_short.{tier}"), "right") for tier in _TIERS]
    caption = words("validation.false_alarms" if name == "false-alarms" else "validation.found")
    return Table(tuple(head), tuple(rows), caption, (28, 14, 8, 16, 17, 17))


def _overall(made: Artifact, words: Words) -> Table | None:
    """Figures over all sources: those left out of training, and those that no choice was made on."""
    found: dict[tuple[str, str], dict[str, Rate]] = {}
    for each in made.rates:
        if not each.source and each.tier and words.get(f"metric.{each.name}"):
            found.setdefault((each.name, _kept_out(each, words)), {})[each.tier] = each
    if not found:
        return None
    rows: list[tuple[Line, ...]] = []
    for (name, kept_out), tiers in found.items():
        cells = [_figure(tiers.get(tier), words) for tier in _TIERS]
        rows.append((join(say(words(f"metric.{name}")), code(name)), faint(kept_out), *cells))
    head: list[tuple[str, Align]] = [(words("column.figure"), "left"), (words("column.kept_out"), "left")]
    head += [(words(f"tier_short.{tier}"), "right") for tier in _TIERS]
    return Table(tuple(head), tuple(rows), words("validation.overall"), (34, 12, 18, 18, 18))


def _figure(each: Rate | None, words: Words) -> Line:
    if each is None:
        return faint(words("value.none"))
    if each.low is None or each.high is None:
        return say(f"{each.value:.3f}")
    return say(f"{each.value:.3f} [{each.low:.3f}, {each.high:.3f}]")


def _kept_out(each: Rate, words: Words) -> str:
    """What a source had no part in: the training of the probe that was measured on it, or any choice at all."""
    unseen = (each.note or "").startswith("test sources")
    return words("validation.unseen" if unseen else "validation.left_out")


def _training(made: Artifact, words: Words) -> Table:
    rows = [
        (foreign(each.name, 80), foreign(each.role, 80), say(f"{each.count:,}"), foreign(each.licence, 100))
        for each in made.training
    ]
    return Table(
        (
            (words("column.source"), "left"),
            (words("column.role"), "left"),
            (words("column.rows"), "right"),
            (words("column.licence"), "left"),
        ),
        tuple(rows),
        words("validation.training"),
        (36, 20, 10, 34),
    )
