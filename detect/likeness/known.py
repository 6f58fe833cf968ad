"""Lists of known pictures, as the user supplies them: hashes of files and of what is shown, with labels."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...errors import AssayError
from ...intake.limits import DEFAULT, Limits
from ..values import Finding, Proposition, Reason
from .digests import Digests
from .fingerprint import BITS, Fingerprint
from .lines import Bad, Entry, entries
from .table import Near, Table

__all__ = ["NAME", "Known", "KnownListUnusable"]

NAME = "known-pictures"
"""What findings call it."""

_LISTED = 20
_EXAMPLES = 3


class KnownListUnusable(AssayError):
    """A list of known pictures cannot be read, or holds no hash."""

    code = "known-list-unusable"


class Known:
    """A list of known pictures, ready to be asked. Make one by `Known.read`.

    Attributes
    ----------
    name : str
        Of the list's file.
    size : int
        Entries.
    bad : Mapping[str, int]
        Lines that were left out, by reason.
    examples : Mapping[str, list of int]
        The first line numbers, from 1, of each reason.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.size = 0
        self.bad: dict[str, int] = {}
        self.examples: dict[str, list[int]] = {}
        self._labels: list[str] = []
        self._numbers: dict[str, int] = {}
        self._digests = {kind: Digests(kind) for kind in ("sha256", "sha1", "md5")}
        self._table = Table()
        self._rows: list[int] = []

    @classmethod
    def read(cls, path: str | os.PathLike[str], limits: Limits = DEFAULT) -> "Known":
        """Read a list; its format is told from its first line, see docs/commands.md.

        Raises
        ------
        KnownListUnusable
            The file cannot be read, or no line of it holds a hash.
        """
        known = cls(Path(path).name)
        try:
            with open(path, "rb") as stream:
                for number, entry in entries(stream, limits):
                    known._take(number, entry)
        except OSError as error:
            raise KnownListUnusable(
                f"{path} cannot be read ({error.strerror}): name a list of hashes"
            ) from None
        if not known.size:
            raise KnownListUnusable(
                f"{path} holds no SHA-256, SHA-1, MD5, pHash or dHash in {sum(known.bad.values()):,} lines: see "
                "`--known` in docs/commands.md for the format"
            )
        for digests in known._digests.values():
            digests.close()
        return known

    @property
    def also(self) -> tuple[str, ...]:
        """Digests of an exhibit that the list asks for beside SHA-256."""
        return tuple(kind for kind in ("sha1", "md5") if len(self._digests[kind]))

    def look(self, digests: Mapping[str, str], found: Fingerprint | None) -> Finding:
        """What the list says of an exhibit.

        Parameters
        ----------
        digests : Mapping[str, str]
            Of its file: ``sha256``, and those of `also`, in hexadecimal digits.
        found : Fingerprint | None
            Of what it shows; None when that is too even to be compared.
        """
        exact = [
            {"kind": kind, "label": self._labels[label], "distance": 0, "pose": "as it is"}
            for kind, digest in digests.items()
            for label in self._digests[kind].find(bytes.fromhex(digest))
        ]
        near = [] if found is None else self._table.near(found)
        listed = [
            {
                "kind": _kind(one),
                "label": self._labels[self._rows[one.entry]],
                "distance": one.distance,
                "pose": one.pose,
            }
            for one in near[:_LISTED]
        ]
        reasons = tuple(self._reasons(exact, near))
        words = " ".join(f"{one.words[0].upper()}{one.words[1:]}." for one in reasons) or (
            f"It is none of the {self.size:,} known pictures of {self.name}, as far as hashes tell."
        )
        return Finding(
            NAME,
            Proposition.PROVENANCE,
            True,
            words=words,
            reasons=reasons,
            detail={
                "list": self.name,
                "entries": self.size,
                "matches": [*exact, *listed][:_LISTED],
                "matches_found": len(exact) + len(near),
            },
        )

    def _take(self, number: int, entry: Entry | Bad) -> None:
        if isinstance(entry, Bad):
            self.bad[entry.code] = self.bad.get(entry.code, 0) + 1
            examples = self.examples.setdefault(entry.code, [])
            if len(examples) < _EXAMPLES:
                examples.append(number)
            return
        label = self._numbers.setdefault(entry.label, len(self._labels))
        if label == len(self._labels):
            self._labels.append(entry.label)
        for kind, digest in entry.digests:
            self._digests[kind].add(digest, label)
        if entry.phash is not None or entry.dhash is not None:
            self._table.add(entry.phash, entry.dhash)
            self._rows.append(label)
        self.size += 1

    def _reasons(self, exact: list[dict[str, object]], near: list[Near]) -> Iterator[Reason]:
        if exact:
            kind = {"sha256": "SHA-256", "sha1": "SHA-1", "md5": "MD5"}[str(exact[0]["kind"])]
            yield Reason(
                "known-file", f"the file is in {self.name} by its {kind}{_called(str(exact[0]['label']))}"
            )
        if near:
            first = near[0]
            label = self._labels[self._rows[first.entry]]
            pose = "" if first.pose == "as it is" else f" when it is {first.pose}"
            bits = BITS * ((first.phash is not None) + (first.dhash is not None))
            yield Reason(
                "known-picture",
                f"it looks like a picture in {self.name}{_called(label)}: {first.distance} of {bits} bits differ{pose}",
            )


def _kind(near: Near) -> str:
    return "+".join(name for name, bits in (("phash", near.phash), ("dhash", near.dhash)) if bits is not None)


def _called(label: str) -> str:
    return f", as {label!r}" if label else ""
