"""Whether a log is what was written: every entry, in its place, up to what was signed.

An entry that was changed no longer has the hash of its bytes. One that was changed and hashed again, taken away, added
or moved breaks the chain, and where it breaks is found from both ends: backwards from every signed head, so that what
the signature covers is told from what somebody put in its place, and forwards from the first entry for what lies behind
a break.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from ..canonical import NotCanonical, exact
from ..faults import Fault
from .entry import GENESIS, Entry
from .file import LOG

__all__ = ["Checked", "check"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a log has found.

    Attributes
    ----------
    faults : tuple of Fault
        Nothing else is wrong with it.
    count : int
        Entries that are sound and in their place.
    signed : int
        Entries that a checkpoint covers.
    announced : Mapping[int, Entry]
        Entries in their place that announce a checkpoint, by its number.
    hashes : frozenset of str
        Hashes of the entries that a signed head leads to; of all in their place where nothing is signed.
    head : str
        Hash of the last signed entry; of the last one where nothing is signed.
    """

    faults: tuple[Fault, ...]
    count: int
    signed: int
    announced: Mapping[int, Entry]
    hashes: frozenset[str]
    head: str


@dataclass(frozen=True, slots=True)
class _Slot:
    """A sound entry somewhere in the log."""

    line: int
    number: int
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class _Junk:
    """Lines that are no entries, between the sound slots before and after."""

    before: int
    lines: int
    first: int


def check(lines: Iterable[bytes], statements: Iterable[bytes], *, whole: bool = True) -> Checked:
    """Check a log.

    Parameters
    ----------
    lines
        Of the log, without newlines.
    statements
        Of the checkpoints whose signatures hold. Without one, nothing tells whether the whole log was written anew.
    whole
        Whether the last line has its end.
    """
    slots, junk, announced = _read(lines)
    heads = sorted((head for head in map(_head, statements) if head is not None), reverse=True)
    signed = heads[0][0] if heads else 0
    places = Places.of(slots, heads)
    end = max([signed, *(number + 1 for number in places.slot)])
    faults, cut = _lost(slots, junk, places, end)
    ours = set(places.slot.values())
    for index, slot in enumerate(slots):
        if index in ours:
            if slot.number in places.loose:
                text = f"entry {slot.number} does not hang on the one before it (line {slot.line + 1})"
                faults.append(Fault("entry-altered", LOG, text, entry=slot.number))
            if heads and slot.number >= signed:
                text = f"entry {slot.number} stands after the last signed checkpoint: nothing vouches for it"
                faults.append(Fault("entry-unsigned", LOG, text, entry=slot.number))
        elif slot.number in places.slot:
            text = (
                f"line {slot.line + 1} was put in: it says it is entry {slot.number}, which stands elsewhere"
            )
            faults.append(Fault("entry-inserted", LOG, text, entry=slot.number))
    for slot in _moved([slots[index] for index in sorted(ours)]):
        text = f"entry {slot.number} stands in another place, in line {slot.line + 1}"
        faults.append(Fault("entry-moved", LOG, text, entry=slot.number))
    if cut or not whole:
        faults.append(_torn(cut, end, slots))
    faults.sort(key=lambda fault: -1 if fault.entry is None else fault.entry)
    placed = {slots[index].hash for index in ours}
    kept = {number: entry for number, entry in announced.items() if entry.hash in placed}
    vouched = [slots[index] for number, index in places.slot.items() if not heads or number < signed]
    head = heads[0][1] if heads else max(vouched, key=lambda slot: slot.number).hash if vouched else GENESIS
    return Checked(tuple(faults), len(ours), signed, kept, frozenset(slot.hash for slot in vouched), head)


def _read(lines: Iterable[bytes]) -> tuple[list[_Slot], list[_Junk], dict[int, Entry]]:
    slots: list[_Slot] = []
    junk: list[_Junk] = []
    announced: dict[int, Entry] = {}
    run, digest, length = 0, hashlib.sha256(), 0
    line_number = -1
    for line_number, line in enumerate(lines):
        try:
            entry = Entry.read(line)
        except NotCanonical:
            digest.update(b"\n" + line if run else line)
            length += len(line) + bool(run)
            run += 1
            continue
        if run:
            if not _recovered(entry, digest, length):
                junk.append(_Junk(len(slots), run, line_number - run))
            run, digest, length = 0, hashlib.sha256(), 0
        slots.append(_Slot(line_number, entry.number, entry.previous, entry.hash))
        if type(number := entry.details.get("checkpoint")) is int:
            announced[number] = entry
    if run:
        junk.append(_Junk(len(slots), run, line_number + 1 - run))
    return slots, junk, announced


def _recovered(entry: Entry, digest: "hashlib._Hash", length: int) -> bool:
    """Whether an entry names the bytes before it as what an append left that was cut."""
    if entry.what != "recovered":
        return False
    ended = digest.copy()
    ended.update(b"\n")
    said = entry.details.get("bytes"), entry.details.get("sha256")
    return said in ((length, digest.hexdigest()), (length + 1, ended.hexdigest()))


def _head(statement: bytes) -> tuple[int, str] | None:
    try:
        page = exact(statement.removesuffix(b"\n"), "the checkpoint")
    except NotCanonical:
        return None
    count, head = page.get("count"), page.get("head")
    return (count, head) if type(count) is int and count > 0 and isinstance(head, str) else None


@dataclass(frozen=True, slots=True)
class Places:
    """Which line is which entry.

    Attributes
    ----------
    slot : Mapping[int, int]
        Number of an entry to the index of its slot.
    loose : frozenset of int
        Entries behind the last signed head that do not hang on the one before.
    """

    slot: Mapping[int, int]
    loose: frozenset[int]

    @classmethod
    def of(cls, slots: list[_Slot], heads: list[tuple[int, str]]) -> "Places":
        """Find the entries: those that signed heads lead to first, then those that hang together."""
        by_hash: dict[str, int] = {}
        for index, slot in enumerate(slots):
            # Of a line that stands there twice, the one in its place.
            if slot.hash not in by_hash or (index and slots[index - 1].hash == slot.previous):
                by_hash[slot.hash] = index
        by_number: dict[int, list[int]] = {}
        for index, slot in enumerate(slots):
            by_number.setdefault(slot.number, []).append(index)
        found: dict[int, int] = {}

        def back(number: int, digest: str) -> int:
            """Follow the chain down; return the number at which it breaks, -1 when it does not."""
            while number >= 0:
                index = by_hash.get(digest)
                if index is None or slots[index].number != number or found.setdefault(number, index) != index:
                    return number
                digest, number = slots[index].previous, number - 1
                if found.get(number) == by_hash.get(digest, -1):
                    return -1
            return -1

        signed = heads[0][0] if heads else 0
        breaks = {back(count - 1, head) for count, head in heads}
        front = _front(slots, by_number)
        numbers = sorted(by_number)
        for broken in sorted(breaks, reverse=True):
            # Behind a break: what hangs on the first entry, else what hangs on what is nearest.
            for number in reversed(numbers[: bisect_left(numbers, broken)]):
                if number in breaks:
                    continue  # what a signature or a signed entry holds there is another one
                if number in front:
                    found.setdefault(number, front[number])
                elif number not in found:
                    back(number, slots[by_number[number][0]].hash)
        loose = set()
        for number in numbers[bisect_left(numbers, signed) :]:
            before = found.get(number - 1)
            head = GENESIS if number == 0 else None if before is None else slots[before].hash
            fits = [index for index in by_number[number] if slots[index].previous == head]
            found[number] = (fits or by_number[number])[0]
            if not fits and head is not None:
                loose.add(number)
        return cls(found, frozenset(loose))


def _front(slots: list[_Slot], by_number: Mapping[int, list[int]]) -> dict[int, int]:
    """Entries that hang together from the first one on."""
    found: dict[int, int] = {}
    previous, number = GENESIS, 0
    while True:
        index = next((i for i in by_number.get(number, ()) if slots[i].previous == previous), None)
        if index is None:
            return found
        found[number] = index
        previous, number = slots[index].hash, number + 1


def _lost(slots: list[_Slot], junk: list[_Junk], places: Places, end: int) -> tuple[list[Fault], bool]:
    """Entries that are not in their place, and whether lines at the end are no entries."""
    faults: list[Fault] = []
    spoilt: dict[int, int] = {}
    cut = False
    for run in junk:
        low = slots[run.before - 1].number if run.before else -1
        high = slots[run.before].number if run.before < len(slots) else end
        # Where the end of a line was spoilt, two entries became one line.
        absent = range(low + 1, min(high, low + 2 + run.lines))
        lost = [number for number in absent if number not in places.slot]
        for place, number in enumerate(lost if high - low - 1 <= run.lines + 1 else lost[: run.lines]):
            spoilt[number] = run.first + min(place, run.lines - 1)
        if not lost and run.before == len(slots):
            cut = True
        elif not lost:
            text = f"line {run.first + 1} was put in, or spoilt: it is no entry"
            faults.append(Fault("entry-inserted", LOG, text, entry=low + 1))
    for number, line in spoilt.items():
        faults.append(
            Fault("entry-altered", LOG, f"entry {number} was changed (line {line + 1})", entry=number)
        )
    others = {
        slot.number: slot.line for slot in slots if slot.number not in places.slot and slot.number < end
    }
    for number, line in others.items():
        if number not in spoilt:
            text = f"entry {number} was replaced: line {line + 1} is not what the next entry or a signature holds"
            faults.append(Fault("entry-altered", LOG, text, entry=number))
    there = sorted({*places.slot, *spoilt, *others})
    for before, after in pairwise([-1, *there, end]):
        if before + 1 < after:
            one = before + 2 == after
            text = (
                f"entry {before + 1} is missing"
                if one
                else f"entries {before + 1} to {after - 1} are missing"
            )
            faults.append(Fault("entry-missing", LOG, text, entry=before + 1))
    return faults, cut


def _torn(cut: bool, end: int, slots: list[_Slot]) -> Fault:
    if not cut and slots:
        text = "the last line lacks its end; its entry is whole, and the next one that is added ends it"
        return Fault("entry-torn", LOG, text, entry=slots[-1].number)
    text = f"entry {end} was cut while it was added; those before it are whole, and the next one that is added names it"
    return Fault("entry-torn", LOG, text, entry=end)


def _moved(slots: list[_Slot]) -> list[_Slot]:
    """The fewest entries that must be moved for the rest to be in order."""
    tops: list[int] = []
    place: list[int] = []
    for slot in slots:
        at = bisect_left(tops, slot.number)
        tops[at : at + 1] = [slot.number]
        place.append(at)
    keep, wanted = set(), len(tops) - 1
    for index in range(len(slots) - 1, -1, -1):
        if place[index] == wanted:
            keep.add(index)
            wanted -= 1
    return [slot for index, slot in enumerate(slots) if index not in keep]
