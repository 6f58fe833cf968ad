"""The data card of an artifact as a page: on what it was trained, chosen, calibrated and measured, on which terms."""

from collections import Counter
from collections.abc import Iterator

from ..artifact import Artifact
from ..card import Card
from .text import front, plain, table

__all__ = ["data_page"]


def data_page(artifact: Artifact) -> str | None:
    """The page, with the YAML head that a hub of data sets reads; None where the card states no data."""
    card = artifact.card
    if not card.training_data:
        return None
    head = {
        "license": "other",
        "license_name": "see the list of sets",
        "pretty_name": f"Data behind {card.id}",
        "tags": ["assay", "forensics", card.task],
    }
    return "\n".join([*front(head), *_lines(artifact, card)]).rstrip("\n") + "\n"


def _lines(artifact: Artifact, card: Card) -> Iterator[str]:
    data = card.training_data
    yield from (f"# Data card: what `{card.id}` was made of", "")
    yield (
        f"{sum(one.count for one in data):,} rows of {len(data)} sets. None of them is shipped with the artifact; each "
        "set is known by the SHA-256 of its list, where it has one. The card is part of the artifact whose SHA-256 is "
        f"`{artifact.sha256}`."
    )
    yield from ("", "## Sets", "")
    rows = [(one.name, f"{one.count:,}", one.role, one.licence, one.sha256, one.note) for one in data]
    yield from table(("set", "rows", "role", "licence", "SHA-256 of its list", "note"), rows, numbers=[1])
    yield from ("", "## Roles", "")
    roles: Counter[str] = Counter()
    sets: Counter[str] = Counter()
    for one in data:
        roles[one.role] += one.count
        sets[one.role] += 1
    yield from table(
        ("role", "sets", "rows"),
        [(role, sets[role], f"{n:,}") for role, n in roles.most_common()],
        numbers=[1, 2],
    )
    unclear = [
        one.name
        for one in data
        if "none stated" in one.licence.lower() or "not stated" in one.licence.lower()
    ]
    yield from ("", "## Terms and privacy", "")
    if unclear:
        yield (
            f"{len(unclear)} of the sets state no licence ({', '.join(map(plain, unclear[:12]))}"
            f"{', ...' if len(unclear) > 12 else ''}): what was learnt from them is for research and evaluation."
        )
    else:
        yield "Every set states its licence."
    yield (
        "Pictures of people may be among them. What an artifact keeps are weights, calibration curves with scores, and "
        "a few golden inputs; it holds no list of files and no names."
    )
    measured = sorted({metric.source for metric in card.metrics if metric.source is not None})
    if measured:
        yield from ("", "## Measured on", "", *(f"- {plain(name)}" for name in measured))
