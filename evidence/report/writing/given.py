"""What a person asked for, as far as the report must repeat it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..model import Command, Tool

if TYPE_CHECKING:
    from ...keys import SigningKey

__all__ = ["Given", "tool"]


@dataclass(frozen=True, slots=True)
class Given:
    """The command that made a report.

    Attributes
    ----------
    words : tuple of str
        ``assay``, the command, and its paths and options; without ``--report`` and its folder.
    language : str
        Of the pages.
    redact : bool
        Whether names, places and identities are taken out.
    notes : tuple of str
        Codes of what else must be at hand to do it again.
    key : SigningKey | None
        Seals the folder; None: the user's.
    """

    words: tuple[str, ...]
    language: str = "en"
    redact: bool = False
    notes: tuple[str, ...] = ()
    key: "SigningKey | None" = None

    def command(
        self,
        answers: str,
        sha256: str,
        needs: Sequence[str],
        called: Mapping[str, str],
        notes: Sequence[str] = (),
        *,
        place: Path,
    ) -> Command:
        """How to do it again.

        Parameters
        ----------
        answers
            File that must come out byte for byte, and its `sha256`.
        needs
            Artifacts.
        called
            Paths that the report names otherwise.
        notes
            More of what must be at hand.
        place
            Folder of the report.
        """
        words = [called.get(word, word) for word in self.words]
        extra = ["--lang", self.language] if self.language != "en" else []
        extra += ["--redact"] if self.redact else []
        return Command(
            line=shlex.join([*words, *extra, "--report", "again"]),
            compare=shlex.join(["cmp", f"again/{answers}", str(place / answers)]),
            answers=answers,
            sha256=sha256,
            needs=list(needs),
            notes=[*self.notes, *notes, *(["redacted"] if self.redact else []), "processor"],
        )


def tool() -> Tool:
    """This program and what it runs on."""
    import platform

    from .... import __version__

    return Tool(
        name="assay", version=__version__, python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
    )  # fmt: skip
