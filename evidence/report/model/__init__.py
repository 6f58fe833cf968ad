"""The report as a value: typed, versioned, free of language; ``report.json`` is it and nothing else."""

from .artifact import Artifact, Calibration, Point, Rate, TrainingSource
from .document import FORMAT, Command, Document, Kind, Part, Redaction, Run, Step, Tool
from .exhibit import (
    Answer,
    Coded,
    Exhibit,
    Face,
    File,
    Finding,
    Moment,
    Overlay,
    Picture,
    Ratio,
    Row,
    Shaken,
    Table,
)
from .incident import Incident, Neighbour, Reason, Record
from .logs import Baseline, Bin, Logs, Rejection, Source
from .media import Media

__all__ = [
    "FORMAT",
    "Answer",
    "Artifact",
    "Baseline",
    "Bin",
    "Calibration",
    "Coded",
    "Command",
    "Document",
    "Exhibit",
    "Face",
    "File",
    "Finding",
    "Incident",
    "Kind",
    "Logs",
    "Media",
    "Moment",
    "Neighbour",
    "Overlay",
    "Part",
    "Picture",
    "Point",
    "Rate",
    "Ratio",
    "Reason",
    "Record",
    "Redaction",
    "Rejection",
    "Row",
    "Run",
    "Shaken",
    "Source",
    "Step",
    "Table",
    "Tool",
    "TrainingSource",
]
