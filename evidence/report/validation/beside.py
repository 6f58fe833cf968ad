"""A validation beside what is known already: another artifact on the same files, and the card's own figures."""

from ....detect.validation.cardlines import WITHIN
from ....detect.validation.result import Validation
from ..blocks.block import Align, Block, Listing, Paragraph, Section, Table
from ..blocks.span import faint, foreign, say
from .cells import CONDITIONS, NAMES

__all__ = ["card", "comparison"]


def comparison(made: Validation) -> Section:
    assert made.against is not None
    names = (f"{made.artifact.name}@{made.artifact.version}", f"{made.against.name}@{made.against.version}")
    rows = tuple(
        (
            say(one.name), say(CONDITIONS.get(one.condition, one.condition)), say(f"{one.n:,}"),
            say(f"{one.first:.3f}"), say(f"{one.second:.3f}"),
            say(f"{one.difference:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"),
        )
        for one in made.comparisons
    )  # fmt: skip
    head: tuple[tuple[str, Align], ...] = (
        ("figure", "left"), ("delivered", "left"), ("files", "right"), (names[0], "right"), (names[1], "right"),
        ("difference", "right"),
    )  # fmt: skip
    words = Listing(tuple(say(one.words) for one in made.comparisons))
    return Section(
        "comparison", f"Beside {names[1]}", (words, Table(head, rows, widths=(16, 12, 8, 16, 16, 26)))
    )


def card(made: Validation) -> Section:
    equal, exact = (sum(each) for each in zip(*((one.equal, one.exact) for one in made.card), strict=True))
    words = (
        f"{equal} of {len(made.card)} figures that the card states, on as many files or faces, come out equal here, "
        f"{exact} of them to the last digit. Equal means: apart by {WITHIN}, or a share by one row, at most; "
        "the weights that ship may be rounded, and other libraries and processors move what lies next to an operating "
        "point."
    )
    left = tuple(say(f"{count:,} further figures of the card were not measured here: {note}.")
                 for note, count in made.card_left.items())  # fmt: skip
    head: tuple[tuple[str, Align], ...] = (
        ("figure", "left"), ("delivered", "left"), ("of", "left"), ("rows", "right"), ("card", "right"),
        ("here", "right"), ("", "left"),
    )  # fmt: skip
    rows = tuple(
        (
            say(NAMES.get(one.name, one.name)),
            say(one.condition) if one.condition else faint("–"),
            foreign(one.of, 60) if one.of else faint("all"),
            say(f"{one.n:,}" if one.n == one.here else f"{one.n:,} / {one.here:,}"),
            say(f"{one.stated:.4f}"),
            say(f"{one.measured:.4f}"),
            say("exact") if one.exact else say("equal") if one.equal else say("differs"),
        )
        for one in sorted(made.card, key=lambda line: line.equal)
    )
    blocks: list[Block] = [Paragraph(say(words))]
    if left:
        blocks.append(Listing(left))
    blocks.append(Table(head, rows, "Those that differ first", widths=(22, 10, 20, 12, 10, 10, 8)))
    return Section("card", "Beside the card", tuple(blocks))
