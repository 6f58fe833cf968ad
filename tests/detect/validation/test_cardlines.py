"""Figures of a card beside those measured here: equal, exact, of other rows, or not measured."""

from assay.detect.validation.cardlines import WITHIN, card_lines
from assay.detect.validation.held import HeldFigure
from assay.detect.validation.result import Figure
from assay.models.card import Metric
from assay.models.metrics import Interval


class _Card:
    """The part of a card that is looked at."""

    def __init__(self, *metrics: Metric) -> None:
        self.metrics = metrics


def _metric(name: str, value: float, n: int, tier: str | None, part: str | None, note: str) -> Metric:
    return Metric(name=name, value=value, n=n, tier=tier, source=part, note=note)  # type: ignore[arg-type]


def test_every_figure_of_the_card_is_told_or_counted_as_not_measured() -> None:
    card = _Card(
        _metric("auc", 0.8, 100, "clean", None, "test sources, not used for any choice"),
        _metric("auc", 0.7, 50, "web", None, "test sources, not used for any choice"),
        _metric("tpr", 0.5, 40, "clean", "self", "held people: self"),
        _metric("tpr-film", 0.4, 400, None, "self", "frames of videos; held people: self"),
        _metric("false-alarms", 1 / 80, 80, "web", "few", "held people: few"),
        _metric("false-alarms", 1 / 80, 80, "hard", "few", "held people: few"),
        _metric("cllr", 0.6, 40, "hard", None, "held people"),
        _metric("auc", 0.9, 10, None, None, "left-out sources: fold 1"),
        _metric("eer", 0.2, 10, None, None, "left-out sources: fold 2"),
    )
    files = [
        Figure("auc", "clean", "all", "", 0.8 + WITHIN / 2, None, None, 100),
        Figure("auc", "web", "all", "", 0.7, None, None, 49),
        Figure("auc", "clean", "generator", "one", 0.1, None, None, 100),
    ]
    held = [
        HeldFigure("tpr", "clean", "self", Interval(0.50001, 0.4, 0.6, 40)),
        HeldFigure("tpr-film", None, "self", Interval(0.4 + 2 * WITHIN, 0.3, 0.5, 400)),
        HeldFigure("false-alarms", "web", "few", Interval(2 / 80, 0.0, 0.1, 80)),
        HeldFigure("false-alarms", "hard", "few", Interval(3 / 80, 0.0, 0.1, 80)),
        HeldFigure("cllr", "hard", None, Interval(0.6, 0.5, 0.7, 41)),
    ]
    lines, left = card_lines(card, files, held)  # type: ignore[arg-type]
    told = {(line.name, line.condition, line.of): line for line in lines}
    assert len(lines) + sum(left.values()) == len(card.metrics)
    assert told["auc", "clean", ""].equal and not told["auc", "clean", ""].exact
    assert told["tpr", "clean", "self"].equal and told["tpr", "clean", "self"].exact
    assert not told["tpr-film", "", "self"].equal
    # One row of a share of few rows may cross the operating point, two may not.
    assert told["false-alarms", "web", "few"].equal and not told["false-alarms", "web", "few"].exact
    assert not told["false-alarms", "hard", "few"].equal
    # As good a value of other rows is not the figure of the card.
    assert not told["cllr", "hard", ""].equal and not told["cllr", "hard", ""].exact
    assert told["cllr", "hard", ""].n == 40 and told["cllr", "hard", ""].here == 41
    assert left == {"test sources, not used for any choice": 1, "left-out sources": 2}
