"""Error rates, calibration losses and their bootstrap intervals: one code for training, cards and benchmarks."""

from .bootstrap import Interval, Units, bootstrap, paired_bootstrap
from .floors import cllr_cal_noise_floor, ece_noise_floor
from .labelled import MetricInputError, SingleClassError
from .measures import (
    Coverage,
    Roc,
    accuracy,
    auc,
    average_precision,
    balanced_accuracy,
    brier,
    cllr,
    cllr_cal,
    cllr_min,
    coverage_and_error,
    ece,
    eer,
    partial_auc,
    precision_at_k,
    roc,
    threshold_at_fpr,
    tpr_at_fpr,
)

__all__ = [
    "Coverage",
    "Interval",
    "MetricInputError",
    "Roc",
    "SingleClassError",
    "Units",
    "accuracy",
    "auc",
    "average_precision",
    "balanced_accuracy",
    "bootstrap",
    "brier",
    "cllr",
    "cllr_cal",
    "cllr_cal_noise_floor",
    "cllr_min",
    "coverage_and_error",
    "ece",
    "ece_noise_floor",
    "eer",
    "paired_bootstrap",
    "partial_auc",
    "precision_at_k",
    "roc",
    "threshold_at_fpr",
    "tpr_at_fpr",
]
