"""An opened artifact becomes its page of the report: where its figures come from and how often it was wrong."""

import json

from ....models.artifact import Artifact as Opened
from ....models.calibration import Calibrator
from ....models.card import Metric, OperatingPoint
from ..model import Artifact, Calibration, Point, Rate, TrainingSource

__all__ = ["artifact"]


def artifact(opened: Opened) -> Artifact:
    """What its card and its calibration say."""
    card = opened.card
    calibrators = opened.calibrators() if card.calibration is not None else {}
    return Artifact(
        name=card.name,
        version=card.version,
        sha256=opened.sha256,
        task=card.task,
        title=card.title,
        summary=card.summary,
        licence=card.licence,
        created=card.created,
        prior=card.prior,
        preprocessing={name: json.dumps(value) for name, value in card.preprocessing.items()},
        calibrations=[_calibration(name, each) for name, each in calibrators.items()],
        points=[_point(point) for point in card.operating_points],
        rates=[_rate(metric) for metric in card.metrics],
        training=[
            TrainingSource(
                name=each.name, licence=each.licence, count=each.count, role=each.role, sha256=each.sha256
            )
            for each in card.training_data
        ],
        limits=list(card.limits),
    )


def _calibration(name: str, calibrator: Calibrator) -> Calibration:
    rows = calibrator.rows
    return Calibration(
        name=name,
        method=calibrator.method,
        h1=rows.h1,
        h2=rows.h2,
        effective_h1=rows.effective_h1,
        effective_h2=rows.effective_h2,
        bound_low=calibrator.bound[0],
        bound_high=calibrator.bound[1],
        level=calibrator.level,
    )


def _point(point: OperatingPoint) -> Point:
    def rate(name: str, value: float | None, low: float | None, high: float | None) -> Rate | None:
        if value is None:
            return None
        return Rate(
            name=name, value=value, low=low, high=high, n=point.n, tier=point.tier, source=None, note=None
        )

    return Point(
        name=point.name,
        tier=point.tier,
        threshold=point.threshold,
        chosen_on=point.chosen_on,
        false_alarms=rate("false-alarms", point.fpr, point.fpr_low, point.fpr_high),
        found=rate("tpr", point.tpr, point.tpr_low, point.tpr_high),
    )


def _rate(metric: Metric) -> Rate:
    return Rate(
        name=metric.name,
        value=metric.value,
        low=metric.low,
        high=metric.high,
        n=metric.n,
        tier=metric.tier,
        source=metric.source,
        note=metric.note,
    )
