"""A line of ``assay detect --json`` and its file become an exhibit of the report."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from ..model import (
    Answer,
    Coded,
    Exhibit,
    Face,
    File,
    Finding,
    Moment,
    Picture,
    Ratio,
    Row,
    Shaken,
)
from .files import Reading

__all__ = ["STREAM", "exhibit", "row", "strength"]

Again = Literal["same", "different", "not-possible"]
STREAM: Final = "-"

_SCALE: Final = (
    (6.0, "extremely_strong"),
    (4.0, "very_strong"),
    (3.0, "strong"),
    (2.0, "moderately_strong"),
    (1.0, "moderate"),
    (math.log10(2.0), "weak"),
)


def strength(log10: float) -> str:
    """Word of the scale of support for a log10 LR, the same scale as `assay.detect.values.support_words`."""
    return next((word for least, word in _SCALE if abs(log10) >= least), "none")


def exhibit(
    number: int,
    told: Mapping[str, Any],
    verdict: Mapping[str, Any],
    reading: Reading | None,
    pictures: Sequence[Picture],
) -> Exhibit:
    """One exhibit.

    Parameters
    ----------
    number
        From 1, in the order of submission.
    told
        The verdict as the report tells it: redacted, where that was asked for.
    verdict
        As ``assay detect --json`` prints it.
    reading
        Of its file, None when it could not be read again.
    pictures
        Of it, written already.
    """
    findings = [_finding(each) for each in told["findings"]]
    return Exhibit(
        number=number,
        file=_file(told["path"], verdict, reading),
        kind=told["kind"],
        outcome=told["outcome"],
        proposition=told["proposition"],
        score=told["score"],
        ratio=_ratio(told["log10_lr"], told["log10_lr_low"], told["log10_lr_high"]),
        tier=told["tier"],
        answers=[_answer(name, answer) for name, answer in told["propositions"].items()],
        reasons=[_coded(reason) for reason in told["reasons"]],
        findings=findings,
        stability=[step for finding in findings for step in _stability(finding)],
        pictures=list(pictures),
        timeline=[
            Moment(t=each["t"], score=each["score"])
            for each in told.get("timeline") or ()
            if each["score"] is not None
        ],
        faces=[_face(each) for each in told.get("faces") or ()],
        artifacts=[f"{ref['name']}@{ref['version']}" for ref in told["artifacts"]],
        seconds=told.get("seconds", 0.0),
    )


def row(made: Exhibit, part: int | None) -> Row:
    """The exhibit in one line of the index."""
    return Row(
        number=made.number,
        name=made.file.name,
        sha256=made.file.sha256,
        outcome=made.outcome,
        proposition=made.proposition,
        ratio=made.ratio,
        why=made.reasons[0].code if made.reasons else None,
        part=part,
    )


def _file(name: str, verdict: Mapping[str, Any], reading: Reading | None) -> File:
    known = verdict["sha256"]
    again: Again = "not-possible" if reading is None else "same" if reading.sha256 == known else "different"
    same = reading is not None and again == "same"
    if reading is not None and known is None:
        # It was refused before it was hashed; what lies there now is told all the same.
        again, same, known = "not-possible", True, reading.sha256
    return File(
        name=name,
        received="stream" if verdict["path"] == STREAM else "path",
        size=reading.size if reading is not None and same else None,
        sha256=known,
        sha512=reading.sha512 if reading is not None and same else None,
        media_type=reading.media_type if reading is not None and same else None,
        modified=reading.modified if reading is not None and same else None,
        read_again=again,
    )


def _ratio(value: float | None, low: float | None, high: float | None) -> Ratio | None:
    if value is None or low is None or high is None:
        return None
    return Ratio(log10=value, low=low, high=high)


def _answer(name: str, answer: Mapping[str, Any]) -> Answer:
    ratio = _ratio(answer["log10_lr"], answer["low"], answer["high"])
    word = None if ratio is None else strength(ratio.log10)
    side = None if ratio is None or word == "none" else "h1" if ratio.log10 > 0 else "h2"
    return Answer(proposition=name, ratio=ratio, strength=word, side=side, answered=answer["answered"])  # type: ignore[arg-type]


def _coded(reason: Mapping[str, Any]) -> Coded:
    return Coded(code=reason["code"], words=reason["words"])


def _finding(finding: Mapping[str, Any]) -> Finding:
    detail = dict(finding["detail"])
    words, reasons = detail.pop("words", ""), detail.pop("reasons", [])
    why_not = finding["why_not"]
    return Finding(
        analyzer=finding["analyzer"],
        proposition=finding["proposition"],
        applies=finding["applies"],
        why_not=None if why_not is None else _coded(why_not),
        score=finding["score"],
        log10_lr=finding["log10_lr"],
        words=words,
        reasons=[_coded(reason) for reason in reasons],
        detail=detail,
    )


def _stability(finding: Finding) -> list[Shaken]:
    steps = finding.detail.get("stability")
    if not isinstance(steps, list):
        return []
    wanted = ("laundering", "tier", "score", "log10_lr")
    return [
        Shaken.model_validate({"analyzer": finding.analyzer} | {key: step[key] for key in wanted})
        for step in steps
        if isinstance(step, dict) and set(wanted) <= step.keys()
    ]


def _face(face: Mapping[str, Any]) -> Face:
    return Face(
        track=face["track"], start=face["from"], end=face["to"], score=face.get("score"),
        highest=[
            Moment(t=each["t"], score=each["score"]) for each in face.get("worst") or () if each["score"] is not None
        ],
    )  # fmt: skip
