"""From a raw score to a bounded log10 likelihood ratio, a probability and a conformal p."""

from .calibrated import Calibrated, CalibratedMany, probability, probability_among
from .calibrator import Calibrator, dump_calibrators, load_calibrators
from .conformal import CalibrationFormatError, CalibrationInputError, ConformalP
from .curves import balance

__all__ = [
    "Calibrated",
    "CalibratedMany",
    "CalibrationFormatError",
    "CalibrationInputError",
    "Calibrator",
    "ConformalP",
    "balance",
    "dump_calibrators",
    "load_calibrators",
    "probability",
    "probability_among",
]
