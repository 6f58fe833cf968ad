"""One line of a manifest, a manifest, and what is wrong with its lines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from ...errors import AssayError

__all__ = ["COLUMNS", "Entry", "Label", "Manifest", "ManifestError", "Problem", "label_of"]

Label = Literal["real", "fake"]

COLUMNS: Final[Mapping[str, str]] = {
    "path": "the file, beside the manifest or absolute",
    "label": "real or fake, or another word for one of them (see `label_of`)",
    "kind": "what the file is, to choose by: image, video, face, log, ...",
    "generator": "what made it, or the camera; empty where nobody knows",
    "source": "where it comes from: a collection, a site, a person; splits are made by it",
    "split": "train, test, ...; empty where none was made yet",
    "licence": "on which terms it may be used",
    "group": "for audits: `name=value;name=value`, or one value",
    "unit": "files that must stay in one split have the same: frames of a clip, a photo and its twin",
    "lines": "logs only: records that are part of an attack, counted from 0, as in `3 7-9`",
    "note": "anything",
}
"""Columns that are known, `path` and `label` required; ``group:NAME`` is one more group."""

_WORDS: Final[Mapping[str, Label]] = {
    "real": "real", "authentic": "real", "untouched": "real", "original": "real", "pristine": "real",
    "normal": "real", "benign": "real", "0": "real",
    "fake": "fake", "generated": "fake", "synthetic": "fake", "ai": "fake", "edited": "fake", "forged": "fake",
    "manipulated": "fake", "attack": "fake", "malicious": "fake", "1": "fake",
}  # fmt: skip


class ManifestError(AssayError):
    """A manifest cannot be read or does not fit what is asked of it."""

    code = "manifest"


def label_of(word: str) -> Label | None:
    """The label that a word stands for, in any case; None when it stands for none."""
    return _WORDS.get(word.strip().lower())


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a manifest.

    Attributes
    ----------
    path
        The file.
    name
        Its path as the manifest writes it.
    label
        ``fake`` where the proposition that is tested for is true: generated, swapped, edited, part of an attack.
    kind, generator, source, split, licence, unit, lines, note
        See `COLUMNS`; empty where nothing is said.
    groups
        Values by the name of a group, for audits.
    """

    path: Path
    name: str
    label: Label
    kind: str = ""
    generator: str = ""
    source: str = ""
    split: str = ""
    licence: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    lines: str = ""
    note: str = ""

    @property
    def fake(self) -> bool:
        """The label as a truth value."""
        return self.label == "fake"


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was not taken: its number (the first line after the head is 1), a code, and words."""

    row: int
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A list of labelled files.

    Attributes
    ----------
    place
        Where it was read from: a file, or the folder that was walked.
    entries
        Those that can be used, in order.
    problems
        Lines that cannot.
    sha256
        Of the manifest's bytes; of the list itself where a folder was walked.
    ignored
        Columns that are not known.
    """

    place: Path
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()
    sha256: str = ""
    ignored: tuple[str, ...] = ()

    def where(self, keep: Callable[[Entry], bool], said: str) -> "Manifest":
        """The same with the entries that `keep` takes.

        Parameters
        ----------
        keep
            Says which.
        said
            What was asked for, in words.

        Raises
        ------
        ManifestError
            None is left.
        """
        left = tuple(entry for entry in self.entries if keep(entry))
        if not left:
            raise ManifestError(
                f"{self.place} lists nothing with {said}: look at its columns, or ask for something else"
            )
        return replace(self, entries=left)
