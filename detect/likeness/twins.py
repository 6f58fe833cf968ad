"""Near twins within a batch: told of each picture for those before it, and as groups at the end.

Verdicts stream out in order, so a picture can name only twins that came before it. Who wants to know of later ones
reads the groups once the batch is done: they hold every picture that has a near twin, whichever came first.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ..values import Finding, Proposition, Reason
from .fingerprint import BITS, Fingerprint
from .table import Near, Table

__all__ = ["NAME", "Group", "Member", "Twins"]

NAME = "near-twins"
"""What findings call it."""

_LISTED = 20
"""Twins that a finding lists, the nearest first; how many there are is told."""


@dataclass(frozen=True, slots=True)
class Member:
    """A picture of a batch: what the submitter calls it, and its SHA-256."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures of which each is a near twin of at least one other, in order of the batch.

    Nearness does not carry over: the first and the last of a long group may look less alike than twins do.
    """

    members: tuple[Member, ...]


class Twins:
    """The pictures of one batch so far.

    Parameters
    ----------
    most : int
        Pictures that are remembered, the limit ``remembered_pictures``; later ones are compared with those and
        forgotten.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._table = Table()
        self._rows: list[int] = []
        self._paths: list[str] = []
        self._digests: list[bytes] = []
        self._first: dict[bytes, int] = {}
        self._leader: list[int] = []
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._paths)

    def place(self, path: str, sha256: str, found: Fingerprint | None) -> Finding:
        """Compare a picture with those before it, and remember it.

        Parameters
        ----------
        path, sha256 : str
            Of the exhibit.
        found : Fingerprint | None
            None when it is too even to be compared; its file may still be the same as another.
        """
        before = len(self)
        digest = bytes.fromhex(sha256)
        same = self._first.get(digest)
        near = [] if found is None else self._table.near(found)
        matches = [(self._rows[one.entry], one) for one in near]
        others = [(at, one) for at, one in matches if at != same]
        self._remember(path, digest, found, [at for at, _ in matches] + ([] if same is None else [same]))
        detail = {
            "phash": None if found is None else f"{found.phash:016x}",
            "dhash": None if found is None else f"{found.dhash:016x}",
            "compared_with": before,
            "twins": [
                *([] if same is None else [self._told(same, None)]),
                *(self._told(*one) for one in others),
            ][:_LISTED],
            "twins_found": len(others) + (same is not None),
        }
        why_not = _why_not(before, found, same)
        if why_not is not None:
            return Finding(NAME, Proposition.PROVENANCE, False, why_not=why_not, detail=detail)
        reasons = tuple(self._reasons(same, others))
        words = " ".join(f"{one.words[0].upper()}{one.words[1:]}." for one in reasons) or (
            f"{_none(before)} in this batch; later ones are not known yet, and "
            "a copy that is cropped by a tenth or more is mostly not found."
        )
        return Finding(NAME, Proposition.PROVENANCE, True, words=words, reasons=reasons, detail=detail)

    def recall(self, path: str, sha256: str, phash: int | None, dhash: int | None) -> None:
        """Remember a picture that was placed in an earlier run, by what its finding says of it.

        Later ones are compared with it; which of those before it are its twins is not known here, so that `groups`
        does not hold it for them.
        """
        found = None if phash is None or dhash is None else Fingerprint(phash, dhash, ())
        self._remember(path, bytes.fromhex(sha256), found, [])

    def groups(self) -> list[Group]:
        """All groups of two or more, in order of their first pictures."""
        by_leader: dict[int, list[int]] = {}
        for at in range(len(self)):
            leader = self._led_by(at)
            if leader != at or leader in by_leader:
                by_leader.setdefault(leader, [leader]).append(at)
        return [
            Group(tuple(Member(self._paths[at], self._digests[at].hex()) for at in sorted(set(members))))
            for _, members in sorted(by_leader.items())
        ]

    def _remember(self, path: str, digest: bytes, found: Fingerprint | None, twins: list[int]) -> None:
        if len(self) >= self._most:
            self.forgotten += 1
            return
        at = len(self)
        self._paths.append(path)
        self._digests.append(digest)
        self._first.setdefault(digest, at)
        self._leader.append(at)
        if found is not None:
            self._table.add(found.phash, found.dhash)
            self._rows.append(at)
        for twin in twins:
            first, second = sorted((self._led_by(twin), self._led_by(at)))
            self._leader[second] = first

    def _led_by(self, at: int) -> int:
        """First picture of the group; the way there is made shorter."""
        while self._leader[at] != at:
            self._leader[at] = self._leader[self._leader[at]]
            at = self._leader[at]
        return at

    def _told(self, at: int, near: Near | None) -> dict[str, object]:
        return {
            "path": self._paths[at],
            "sha256": self._digests[at].hex(),
            "same_file": near is None,
            "phash_distance": 0 if near is None else near.phash,
            "dhash_distance": 0 if near is None else near.dhash,
            "pose": "as it is" if near is None else near.pose,
        }

    def _reasons(self, same: int | None, others: list[tuple[int, Near]]) -> Iterator[Reason]:
        if same is not None:
            yield Reason(
                "same-file", f"the same file, byte for byte, as {self._paths[same]} before it in this batch"
            )
        if others:
            at, near = others[0]
            more = f", and of {len(others) - 1:,} more" if len(others) > 1 else ""
            yield Reason(
                "near-twin",
                f"a near twin of {self._paths[at]} before it in this batch{more}: {_distance(near)}",
            )


def _why_not(before: int, found: Fingerprint | None, same: int | None) -> Reason | None:
    if not before:
        return Reason(
            "first-of-batch", "no picture came before it in this batch, so there is none to compare it with"
        )
    if found is None and same is None:
        return Reason("too-even", "the picture is too even to be told from others")
    return None


def _none(before: int) -> str:
    if before == 1:
        return "It does not look like the one picture before it"
    return f"It looks like none of the {before:,} pictures before it"


def _distance(near: Near) -> str:
    parts = [
        f"{bits} of {BITS} bits of {name}"
        for name, bits in (("pHash", near.phash), ("dHash", near.dhash))
        if bits is not None
    ]
    pose = "" if near.pose == "as it is" else f" when it is {near.pose}"
    return f"they differ in {' and '.join(parts)}{pose}"
