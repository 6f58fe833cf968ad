"""A verdict on the disk and back, with its pictures and maps: what lies between the look at an exhibit and its report.

One safetensors file: arrays as tensors, everything else as JSON in the tensor ``page``.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....detect.values import (
    Answer,
    ArtifactRef,
    Explanation,
    FaceTrack,
    Film,
    Finding,
    LikelihoodRatio,
    Outcome,
    Part,
    Proposition,
    Reason,
    Verdict,
)
from ....models.artifact.tensors import pack_tensors, unpack_tensors

__all__ = ["packed", "unpacked"]

_PAGE = "page"
_FILM = "film"


def packed(verdict: Verdict, of: str = "") -> bytes:
    """The verdict as bytes, which say what it is `of` so that no two jobs have the same ones."""
    arrays: dict[str, NDArray[Any]] = {}
    page = {
        "of": of,
        "path": verdict.path,
        "sha256": verdict.sha256,
        "kind": verdict.kind,
        "outcome": verdict.outcome.value,
        "reasons": [_reason(each) for each in verdict.reasons],
        "score": verdict.score,
        "proposition": None if verdict.proposition is None else verdict.proposition.value,
        "tier": verdict.tier,
        "answers": {
            name.value: [_ratio(a.ratio), a.support, a.answered] for name, a in verdict.answers.items()
        },
        "findings": [_finding(each, place, arrays) for place, each in enumerate(verdict.findings)],
        "artifacts": [[ref.name, ref.version, ref.sha256] for ref in verdict.artifacts],
        "seconds": verdict.seconds,
        "timeline": [list(each) for each in verdict.timeline],
        "faces": [[f.track, f.begin, f.end, f.score, _plain(f.detail)] for f in verdict.faces],
    }
    if verdict.overlay is not None:
        page["overlay"] = verdict.overlay.ending
        arrays[_FILM] = np.frombuffer(verdict.overlay.data, np.uint8)
    text = json.dumps(page).encode("ascii")
    return pack_tensors({**arrays, _PAGE: np.frombuffer(text, np.uint8)})


def unpacked(data: bytes) -> Verdict:
    """A verdict as it was before `packed`.

    Raises
    ------
    AssayError, KeyError, ValueError
        These are not its bytes.
    """
    arrays = unpack_tensors(np.frombuffer(bytearray(data), np.uint8), "a kept verdict")
    page = json.loads(arrays[_PAGE].tobytes())
    return Verdict(
        path=page["path"],
        sha256=page["sha256"],
        kind=page["kind"],
        outcome=Outcome(page["outcome"]),
        reasons=_reasons(page["reasons"]),
        score=page["score"],
        proposition=None if page["proposition"] is None else Proposition(page["proposition"]),
        tier=page["tier"],
        answers={
            Proposition(name): Answer(_ratio_of(ratio), support, answered)
            for name, (ratio, support, answered) in page["answers"].items()
        },
        findings=tuple(_finding_of(each, place, arrays) for place, each in enumerate(page["findings"])),
        artifacts=tuple(ArtifactRef(*each) for each in page["artifacts"]),
        seconds=page["seconds"],
        timeline=tuple((t, score) for t, score in page["timeline"]),
        faces=tuple(FaceTrack(*each) for each in page["faces"]),
        overlay=Film(arrays[_FILM].tobytes(), page["overlay"]) if "overlay" in page else None,
    )


def _finding(finding: Finding, place: int, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    if finding.picture is not None:
        arrays[f"{place}.picture"] = finding.picture
    told = finding.explanation
    if told is not None:
        for name, values in told.maps.items():
            arrays[f"{place}.map.{name}"] = values
    return {
        "analyzer": finding.analyzer,
        "proposition": finding.proposition.value,
        "applies": finding.applies,
        "why_not": None if finding.why_not is None else _reason(finding.why_not),
        "score": finding.score,
        "ratio": _ratio(finding.ratio),
        "words": finding.words,
        "reasons": [_reason(each) for each in finding.reasons],
        "detail": _plain(finding.detail),
        "explanation": None
        if told is None
        else {
            "parts": [[part.x, part.y, part.side, part.score, part.scored] for part in told.parts],
            "neutral": told.neutral,
            "reach": told.reach,
            "patch": told.patch,
            "origin": list(told.origin),
            "maps": sorted(told.maps),
        },
    }


def _finding_of(page: Mapping[str, Any], place: int, arrays: Mapping[str, NDArray[Any]]) -> Finding:
    told = page["explanation"]
    return Finding(
        page["analyzer"],
        Proposition(page["proposition"]),
        page["applies"],
        why_not=None if page["why_not"] is None else Reason(*page["why_not"]),
        score=page["score"],
        ratio=_ratio_of(page["ratio"]),
        words=page["words"],
        reasons=_reasons(page["reasons"]),
        detail=page["detail"],
        picture=arrays.get(f"{place}.picture"),
        explanation=None
        if told is None
        else Explanation(
            parts=tuple(Part(*each) for each in told["parts"]),
            neutral=told["neutral"],
            reach=told["reach"],
            patch=told["patch"],
            origin=(told["origin"][0], told["origin"][1]),
            maps={name: arrays[f"{place}.map.{name}"] for name in told["maps"]},
        ),
    )


def _reason(reason: Reason) -> list[str]:
    return [reason.code, reason.words]


def _reasons(pages: list[list[str]]) -> tuple[Reason, ...]:
    return tuple(Reason(*each) for each in pages)


def _ratio(ratio: LikelihoodRatio | None) -> list[float] | None:
    return None if ratio is None else [ratio.log10, ratio.low, ratio.high]


def _ratio_of(page: list[float] | None) -> LikelihoodRatio | None:
    return None if page is None else LikelihoodRatio(*page)


def _plain(value: Any) -> Any:
    """JSON values; numbers of arrays become plain ones, with every digit."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.item()
