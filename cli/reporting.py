"""The options of a report, and how its command is repeated."""

import os
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .terminal import say

if TYPE_CHECKING:
    from ..evidence.report import Given
    from ..evidence.sealing import Sealed

__all__ = ["Language", "Redact", "ReportFolder", "ReportLanguage", "asked", "place_for", "told"]


class Language(StrEnum):
    """Of the pages of a report."""

    en = "en"
    zh_Hant = "zh-Hant"


ReportFolder = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="DIR",
        help="Also write a report (HTML, PDF, JSON) into a new folder, and seal it.",
        show_default=False,
    ),
]
ReportLanguage = Annotated[Language, typer.Option("--lang", help="Language of the report.")]
Redact = Annotated[
    bool,
    typer.Option(
        "--redact", help="Leave names of files, places and identities out of the report, and say so in it."
    ),
]


def place_for(folder: Path | None, paths: Iterable[Path], redact: bool) -> None:
    """Refuse a report that could not be written, before the work that it is about.

    Raises
    ------
    typer.BadParameter
        The folder is taken or lies in one that is read; or something is asked for that only a report has.
    """
    if folder is None:
        if redact:
            raise typer.BadParameter("only a report is redacted: add --report DIR", param_hint="--redact")
        return
    where = Path(os.path.realpath(folder))
    for path in paths:
        if os.path.isdir(path) and where.is_relative_to(os.path.realpath(path)):
            raise typer.BadParameter(
                f"{folder} lies in {path}, so that the report would be read as well: name a folder elsewhere",
                param_hint="--report",
            )
    from ..evidence.report import ReportExists, ReportUnwritable, free

    try:
        free(folder)
    except (ReportExists, ReportUnwritable) as error:
        raise typer.BadParameter(str(error), param_hint="--report") from error


def asked(
    command: str,
    paths: Iterable[str | Path],
    options: Mapping[str, object],
    language: Language,
    redact: bool,
    notes: Iterable[str] = (),
) -> "Given":
    """What was asked for: the paths as they were given, and the options that an answer depends on.

    Parameters
    ----------
    command
        ``detect``, ``triage`` or ``validate``.
    options
        Option to value; None and False are left out, True is the option alone, a list is the option again and again.
    """
    from ..evidence.keys import SigningKey
    from ..evidence.report import Given

    # Opened before the work, since it may be absent or ask for its passphrase.
    key, made = SigningKey.default()
    if made:
        say(
            f"a new signing key was made; its fingerprint is {key.public.fingerprint}: keep it apart from the report"
        )
    words = ["assay", command]
    for name, value in options.items():
        if value is True:
            words.append(name)
        elif value is not None and value is not False:
            for each in value if isinstance(value, list) else [value]:
                words += [name, str(each)]
    return Given(tuple(words), tuple(map(str, paths)), language.value, redact, tuple(notes), key)


def told(sealed: "Sealed", troubles: Iterable[str]) -> None:
    """Say where the report is, who sealed it, what could not be written, and what to keep."""
    for trouble in troubles:
        say(f"report: {trouble}")
    say(
        f"report: {sealed.folder}/report.html, sealed: {sealed.files:,} files, key {sealed.key.fingerprint[:16]}"
    )
    for note in sealed.notes:
        say(note)
