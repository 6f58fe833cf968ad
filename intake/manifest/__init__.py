"""Lists of labelled files: what a researcher trains on and validates with."""

from .entry import COLUMNS, Entry, Label, Manifest, ManifestError, Problem
from .layouts import LAYOUTS, list_folder
from .reading import read_manifest
from .writing import write_manifest

__all__ = [
    "COLUMNS",
    "LAYOUTS",
    "Entry",
    "Label",
    "Manifest",
    "ManifestError",
    "Problem",
    "list_folder",
    "read_manifest",
    "write_manifest",
]
