"""Counts as an artifact of task "log-rarity": what an `Engine` runs and what a baseline is saved as."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ...errors import AssayError
from ...models.artifact import Artifact
from ...models.artifact.tensors import pack_tensors
from ...models.calibration.conformal import ConformalP
from ...models.card import Architecture, Card, Tensor, TrainingData
from ...models.jsontext import write_json
from .contexts import ALONE_PAIRS, EVENT_PAIRS, PAIRS, SLOT, SPREAD_PAIR, SPREAD_PART, STRONG_PAIRS
from .counts import Counts

TASK: Final = "log-rarity"

ENCODING: Final = 5
"""Version of how records become keys and of what the network takes; other versions cannot be looked up in."""

STATE_FILE: Final = "counts.safetensors"
REFERENCE_FILE: Final = "reference.json"


class BaselineMismatch(AssayError):
    """An artifact that holds no counts of this kind, or of another version of the keys."""

    code = "baseline-mismatch"


def write_tables(
    folder: Path,
    name: str,
    version: str,
    counts: Counts,
    *,
    included: bool,
    reference: ConformalP | None,
    sources: Sequence[TrainingData],
    replace: bool = False,
) -> Artifact:
    """Write counts as an artifact.

    Parameters
    ----------
    folder
        Where; its parent is created.
    name, version
        Of the card.
    counts
        What to save.
    included
        Whether the rows to be scored are among the counts (a batch scored against itself).
    reference
        Bits of held-out windows, for p.
    sources
        What the counts were made from.
    replace
        Whether another artifact there may be replaced.

    Returns
    -------
    Artifact
        Opened, every byte verified.
    """
    limits = [
        "Rare is not malicious, and what was common while these counts were made is normal to them: "
        "do not fit on a period that holds an intrusion.",
        "Holds 64-bit keys and numbers, no text and no records; who can guess a value can test whether it was seen.",
    ]
    if counts.spilled:
        limits.append(
            f"{counts.spilled} observations were dropped to keep the table within its bound; "
            "they count as values seen once."
        )
    card = Card(
        name=name,
        version=version,
        task=TASK,
        title="Counts of log values in their contexts",
        summary="Tail-mass bits of every field of a log record in its contexts, from counts of what was seen.",
        licence="The owner of the logs decides",
        use="any",
        architecture=Architecture(
            family="rarity",
            parameters={
                "included": included,
                "event_pairs": len(EVENT_PAIRS),
                "alone_pairs": len(ALONE_PAIRS),
                "strong_pairs": len(STRONG_PAIRS),
                "named_pairs": len(PAIRS),
                "slot": SLOT,
                "spread": [PAIRS.index(SPREAD_PAIR), PAIRS.index(SPREAD_PART)],
                "encoding": ENCODING,
                "entries": len(counts),
                "contexts": counts.contexts.height,
                "spilled": counts.spilled,
                "pairs": [pair.name for pair in PAIRS],
            },
        ),
        inputs=(
            Tensor(name="entry", per="batch", shape=(None,), dtype="int64"),
            Tensor(name="context", per="batch", shape=(None,), dtype="int64"),
            Tensor(name="index", shape=(None,), dtype="int32"),
            Tensor(name="pair", per="batch", shape=(None,), dtype="int16"),
            Tensor(name="burst", shape=(), dtype="float32"),
        ),
        outputs=(
            Tensor(name="raw", shape=(), dtype="float32"),
            Tensor(name="bits", per="batch", shape=(None,), dtype="float32"),
            Tensor(name="seen", per="batch", shape=(None,), dtype="int64"),
            Tensor(name="of", per="batch", shape=(None,), dtype="int64"),
            Tensor(name="spread_bits", per="batch", shape=(None,), dtype="float32"),
            Tensor(name="spread_seen", per="batch", shape=(None,), dtype="int64"),
            Tensor(name="spread_of", per="batch", shape=(None,), dtype="int64"),
        ),
        raw="raw",
        precision="counts",
        tolerance=0.0,
        training_data=tuple(sources),
        limits=tuple(limits),
        created=datetime.now(UTC).date().isoformat(),
        code="assay baseline fit PATH... --name NAME",
    )
    files: dict[str, tuple[str, bytes | Path]] = {STATE_FILE: ("state", pack_tensors(counts.state()))}
    if reference is not None:
        files[REFERENCE_FILE] = ("document", write_json(reference.to_json()))
    return Artifact.write(folder, card, files, replace=replace)


def read_counts(artifact: Artifact) -> Counts:
    """The counts of an artifact.

    Parameters
    ----------
    artifact
        Of task "log-rarity".

    Returns
    -------
    Counts

    Raises
    ------
    BaselineMismatch
        Another task, or keys made in another way.
    """
    check_tables(artifact)
    return Counts.from_state(artifact.tensors("state"))


def read_reference(artifact: Artifact) -> ConformalP | None:
    """Bits of held-out windows, or None when the artifact has none.

    Parameters
    ----------
    artifact
        Of task "log-rarity".

    Returns
    -------
    ConformalP or None
    """
    if not any(file.path == REFERENCE_FILE for file in artifact.card.files):
        return None
    return ConformalP.from_json(artifact.json(REFERENCE_FILE))


def check_tables(artifact: Artifact) -> None:
    """Refuse an artifact whose counts these keys cannot be looked up in.

    Parameters
    ----------
    artifact
        Any artifact.

    Raises
    ------
    BaselineMismatch
        Another task, or keys made in another way.
    """
    card = artifact.card
    if card.task != TASK or card.architecture.family != "rarity":
        raise BaselineMismatch(f"{artifact.id} is of task {card.task}, not a baseline; see `assay baseline list`")
    if card.architecture.parameters.get("encoding") != ENCODING:
        raise BaselineMismatch(
            f"{artifact.id} was made with another version of the keys; fit it again with `assay baseline fit`"
        )
