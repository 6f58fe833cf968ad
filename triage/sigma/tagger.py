"""Rules as a tagger: the tags of a record are the numbers of the rules that fire on it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from . import Rules


class RuleTagger:
    """Tags records with the rules that fire; see `assay.triage.taggers.Tagger`.

    Parameters
    ----------
    rules
        Opened rules.
    """

    kind = "sigma"

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.recipe: Mapping[str, Any] = {"path": str(rules.path.absolute())}

    def tag(self, frame: pl.DataFrame) -> pl.DataFrame:
        return self.rules.hits(frame).rename({"rule": "tag"})


def from_recipe(recipe: Mapping[str, Any]) -> RuleTagger:
    """Make a tagger from its recipe.

    Parameters
    ----------
    recipe
        ``path`` of the rules.

    Returns
    -------
    RuleTagger
    """
    return RuleTagger(Rules.open(Path(recipe["path"])))
