"""What a person asked for, as far as the report must repeat it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...custody.log import user
from ..model import Command, Step, Tool
from ..shown import shown, sound

if TYPE_CHECKING:
    from ...keys import SigningKey

__all__ = ["Given", "joined", "steps", "tool"]


@dataclass(frozen=True, slots=True)
class Given:
    """The command that made a report.

    Attributes
    ----------
    words : tuple of str
        ``assay``, the command and its options; without ``--report`` and its folder.
    paths : tuple of str
        What was to be read, as it was given.
    language : str
        Of the pages.
    redact : bool
        Whether names, places and identities are taken out.
    notes : tuple of str
        Codes of what else must be at hand to do it again.
    key : SigningKey | None
        Seals the folder; None: the user's.
    called : str | None
        What the folder will be called by whoever reads it; None: as where it was made.
    """

    words: tuple[str, ...]
    paths: tuple[str, ...] = ()
    language: str = "en"
    redact: bool = False
    notes: tuple[str, ...] = ()
    key: "SigningKey | None" = None
    called: str | None = None

    @property
    def line(self) -> str:
        """How to do it again, with the report in a new folder ``again``."""
        return self._line(self.words, self.paths)

    def _line(self, words: Sequence[str], paths: Sequence[str]) -> str:
        extra = ["--lang", self.language] if self.language != "en" else []
        extra += ["--redact"] if self.redact else []
        return joined([*words, *extra, "--report", "again", *map(_plain, paths)])

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
        words, paths = list(self.words), [called.get(path, path) for path in self.paths]
        if self.redact:
            # What is named in no other place of the report still names something: a folder, a file of rules.
            words = ["FILE" if "/" in word else word for word in words]
            paths = [
                path if path in called.values() else f"path-{n:04d}" for n, path in enumerate(paths, start=1)
            ]
        return Command(
            line=self._line(words, paths),
            compare=joined(
                ["cmp", f"again/{answers}", f"{place if self.called is None else self.called}/{answers}"]
            ),
            answers=answers,
            sha256=sha256,
            needs=list(needs),
            notes=[*self.notes, *notes, *(["redacted"] if self.redact else []), "processor"],
        )


def joined(words: Sequence[str]) -> str:
    """Words as a line for bash, ksh and zsh; what could not be seen, or is no Unicode, is written as ``$'\\x1b'``."""
    return " ".join(shlex.quote(word) if shown(word) == word else f"$'{_bytes(word)}'" for word in words)


def _bytes(word: str) -> str:
    return "".join(
        chr(each) if 0x20 <= each < 0x7F and each not in b"\\'" else f"\\x{each:02x}"
        for each in word.encode("utf-8", "surrogateescape")
    )


def _plain(path: str) -> str:
    """A file that is called like an option must not be taken for one."""
    return f"./{path}" if path.startswith("-") and path != "-" else path


def steps(received: datetime) -> list[Step]:
    """The custody chain of all exhibits of one run, up to now."""
    who, now = sound(user()), datetime.now(UTC)
    times = (("received", received), ("assayed", now), ("reported", now))
    return [Step(when=_stamp(time), what=what, who=who) for what, time in times]  # type: ignore[arg-type]


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


def tool() -> Tool:
    """This program and what it runs on."""
    import platform

    from .... import __version__

    return Tool(
        name="assay", version=__version__, python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
    )  # fmt: skip
