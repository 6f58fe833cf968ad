"""The data of a training, checked before anything is learnt from it."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from ...intake.manifest import read_manifest
from ..dataset import check_dataset
from ..dataset.fault import DataFaulty

__all__ = ["inspect"]


def inspect(
    manifest: Path,
    accept: Sequence[str],
    cache: Path,
    say: Callable[..., None],
    test_sources: Collection[str] = (),
) -> None:
    """Refuse pictures that give their labels away, or that are tested on as well.

    Parameters
    ----------
    manifest
        Whose pictures of the split ``train`` are learnt from.
    accept
        Codes of faults that are known and accepted.
    cache
        Folder that remembers what the files say.
    say
        Called with a line for each fault.
    test_sources
        Sources of the split ``dev`` that the card is measured on.

    Raises
    ------
    DataFaulty
        With what is wrong.
    """
    listed = read_manifest(manifest)
    told = any(entry.split for entry in listed.entries)
    kept = listed.where(
        lambda e: e.kind in ("image", "")
        and (not told or e.split == "train" or (e.split == "dev" and e.source in test_sources)),
        "pictures to learn from",
    )
    # Files of the two splits differ by nature; what gives a label away is looked for in what is learnt from.
    learnt = kept.where(lambda e: not told or e.split == "train", "pictures to learn from")
    check = check_dataset(learnt, cache=cache)
    across = check_dataset(kept, cache=cache) if len(kept.entries) > len(learnt.entries) else check
    wrong = {fault.code: fault for fault in check.errors(accept)}
    wrong |= {f.code: f for f in across.errors(accept) if f.code in ("duplicate-across-splits", "unit-across-splits")}
    for fault in check.faults:
        accepted = " (accepted)" if fault.code in accept else ""
        say(f"data, {fault.severity}{accepted}: {fault.words} [{fault.code}]")
    if wrong:
        first = next(iter(wrong.values()))
        raise DataFaulty(
            f"{first.words} [{', '.join(wrong)}]. Repair the data, or accept what is known and harmless by its code "
            "(`accept` in the recipe)"
        )
