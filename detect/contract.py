"""A verdict as the JSON object that other programs are written against.

The schema that ships is ``docs/schema/verdict.json``; a test holds the two together for every outcome.
"""

import math
import os
from collections.abc import Mapping
from typing import Any

from .values import Answer, Finding, Proposition, Reason, Verdict, support_words

__all__ = ["PROPOSITIONS", "verdict_json"]

PROPOSITIONS = (Proposition.SYNTHETIC, Proposition.FACE_SWAP, Proposition.EDITED)
"""Those that have a likelihood ratio, in the order of the contract."""


def verdict_json(verdict: Verdict, pictures: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The verdict as JSON values: every key is always there, null where there is nothing to say.

    Those of videos have `timeline`, `faces` and `overlay` as well.

    Path names that are no valid Unicode come with backslash escapes, so that the line is valid JSON in UTF-8.

    Parameters
    ----------
    verdict : Verdict
        The answer for one exhibit.
    pictures : mapping, optional
        Where the pictures of its findings were written: analyzer to path; ``overlay`` to that of a video.
    """
    ratio = verdict.ratio
    line: dict[str, Any] = {
        "path": _path(verdict.path),
        "sha256": verdict.sha256,
        "kind": verdict.kind,
        "outcome": verdict.outcome.value,
        "score": _number(verdict.score),
        "proposition": None if verdict.proposition is None else verdict.proposition.value,
        "log10_lr": None if ratio is None else _number(ratio.log10),
        "log10_lr_low": None if ratio is None else _number(ratio.low),
        "log10_lr_high": None if ratio is None else _number(ratio.high),
        "support": verdict.support,
        "tier": verdict.tier,
        "reasons": [_reason(reason) for reason in verdict.reasons],
        "propositions": {name.value: _answer(name, verdict.answers.get(name)) for name in PROPOSITIONS},
        "findings": [_finding(finding, pictures or {}) for finding in verdict.findings],
        "artifacts": [
            {"name": ref.name, "version": ref.version, "sha256": ref.sha256} for ref in verdict.artifacts
        ],
        "seconds": round(verdict.seconds, 6),
    }
    if verdict.kind == "video":
        line["timeline"] = [{"t": _number(t), "score": _number(score)} for t, score in verdict.timeline]
        line["faces"] = [
            {"track": face.track, "from": _number(face.begin), "to": _number(face.end), "score": _number(face.score)}
            | _plain(dict(face.detail))
            for face in verdict.faces
        ]
        overlay = (pictures or {}).get("overlay")
        line["overlay"] = None if overlay is None else _path(overlay)
    return line


def _path(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)


def _reason(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "words": reason.words}


def _answer(proposition: Proposition, answer: Answer | None) -> dict[str, Any]:
    ratio = None if answer is None else answer.ratio
    return {
        "log10_lr": None if ratio is None else _number(ratio.log10),
        "low": None if ratio is None else _number(ratio.low),
        "high": None if ratio is None else _number(ratio.high),
        "support": support_words(proposition, None) if answer is None else answer.support,
        "answered": answer is not None and answer.answered,
    }


def _finding(finding: Finding, pictures: Mapping[str, str]) -> dict[str, Any]:
    picture = pictures.get(finding.analyzer)
    return {
        "analyzer": finding.analyzer,
        "proposition": finding.proposition.value,
        "applies": finding.applies,
        "why_not": None if finding.why_not is None else _reason(finding.why_not),
        "score": _number(finding.score),
        "log10_lr": None if finding.ratio is None else _number(finding.ratio.log10),
        "detail": {
            "words": finding.words,
            "reasons": [_reason(reason) for reason in finding.reasons],
            **_plain(dict(finding.detail)),
        },
        # Pictures are written by whoever asked for them; the line itself then names the file.
        "picture": None if picture is None else _path(picture),
    }


def _plain(value: Any) -> Any:
    """JSON values only: what is not finite becomes null, floats are cut to six digits."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    return _number(float(value))
