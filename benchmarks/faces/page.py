"""The page of replaced faces, out of what was measured."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

HEAD = """# Replaced faces

Made by `python benchmarks/faces/run.py --page docs/validation/faces.md`; not edited by hand. The classifier was trained
on swaps that a program made of faces of the training data, and calibrated on people who were held back. Nothing was
trained, tuned or chosen on any clip or photo of this page.
"""

CLIPS = """They are too few to quote an accuracy: three were made by exchanging a face (`ffpp_...`, each beside the
clip that it was made from: 004, 519 and 634), ten by driving a still picture (`sadtalker`, `vlogger`), the rest by
other means or not at all. *Raw* is the median frame of the strongest track; *over*: a track passes the operating
point.
"""

PEERS = """The same looks at held people for all; the peers are logistic regressions on looks at the training people.
*Facts only* sees the tier and the distance of the eyes: it must stay at 0.5, or the pipeline tells the classes apart.
"""

AUDIT = """Share of real held faces above the operating point, over all deliveries, with 95 % intervals by person.
Groups are those that the data carry: guessed from pictures by others, asked of nobody. The gap is to the rate over all.
"""

KINDS = {
    "self": "self-blends, as published",
    "faint": "self-blends, fainter or in part",
    "person": "another's face",
    "redrawn": "redrawn by an auto-encoder",
}
COVERS = {"cover": "the other face two fifths or more of a pixel", "thin": "less than that everywhere, a veil"}
WAYS = ("clean", "web", "hard", "film")
_TITLES = ("clean", "web", "hard", "frames of videos")


def page(told: Mapping[str, Any]) -> str:
    """The page in Markdown."""
    parts = (_clips, _photos, _held, _peers, _audit)
    lines = [HEAD, *(line for part in parts for line in part(told)), "## Cost", ""]
    return "\n".join([*lines, f"All of this took {told['seconds']:.0f} s of processor time."]) + "\n"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{' --- |' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _clips(told: Mapping[str, Any]) -> Iterator[str]:
    rows = told["clips"]
    yield "## Clips, one by one\n"
    yield f"All {len(rows)} clips of the development data at the profile standard, by {told['artifact']}."
    yield CLIPS
    titles = (
        "clip",
        "is",
        "tracks",
        "scored",
        "eyes",
        "raw",
        "log10 LR",
        "over",
        "answered",
        "outcome",
        "why not",
    )
    yield from _table(titles, map(_clip, rows))
    named = {"real": "recordings", "fake": "generated, driven or exchanged", "edited": "edited by a model"}
    for kind, words in named.items():
        mine = [row for row in rows if row["is"] == kind]
        tracks = [each for row in mine for each in row["scored"]]
        over, clips = sum(each["over"] for each in tracks), sum(map(_over, mine))
        yield (
            f"- {len(mine)} clips, {words}: {len(tracks)} tracks were scored, {over} of them pass the operating point, "
            f"in {clips} clips."
        )
    yield ""


def _over(row: Mapping[str, Any]) -> bool:
    return any(each["over"] for each in row["scored"])


def _clip(row: Mapping[str, Any]) -> tuple[str, ...]:
    most = max(row["scored"], key=lambda each: each["raw"], default=None)
    told = ("-", "-") if most is None else (f"{most['eyes']:.0f}", f"{most['raw']:+.2f}")
    ratio = "-" if row["log10_lr"] is None else "{:+.2f} [{:+.2f}, {:+.2f}]".format(*row["log10_lr"])
    over = "-" if most is None else ("yes" if _over(row) else "no")
    answered = "yes" if row["answered"] else "no"
    why = row["why_not"] or "-"
    counts = (str(row["tracks"]), str(len(row["scored"])))
    return (row["clip"][:44], row["is"], *counts, *told, ratio, over, answered, row["outcome"], why)


def _photos(told: Mapping[str, Any]) -> Iterator[str]:
    yield "## Photos in which nobody replaced a face\n"
    titles = (
        "set",
        "photos",
        "face found",
        "judged",
        "faces judged",
        "over the point",
        "log10 LR of 0.3 or more",
    )
    names = ("set", "photos", "with_faces", "judged", "faces", "over", "above_2")
    yield from _table(titles, ([str(row[name]) for name in names] for row in told["photos"]))


def _held(told: Mapping[str, Any]) -> Iterator[str]:
    card = told["card"]

    def row(title: str, name: str, part: str | None) -> list[str]:
        return [title, *(_cell(card, name, way, part) for way in WAYS)]

    yield "## People held back\n"
    yield "AUC against real faces of the same delivery, with 95 % intervals by person, as the card states them.\n"
    rows = [row(words, "auc", kind) for kind, words in KINDS.items()] + [row("all four", "auc", None)]
    rows += [row(f"self-blends as published, {size} faces", "auc-self", size) for size in ("small", "medium", "large")]
    rows += [row(f"self-blends as published, {words}", "auc-self", part) for part, words in COVERS.items()]
    yield from _table(("swaps", *_TITLES), rows)
    yield "At the operating point:\n"
    rows = [row("real faces", "false-alarms", None)]
    rows.append(row("real faces, retouched, denoised, resaved ...", "false-alarms", "changed"))
    rows += [row(words, "tpr", kind) for kind, words in KINDS.items()]
    yield from _table(("share above it", *_TITLES), rows)
    yield "Calibration (people in two halves, each weighed by the other's calibrator):\n"
    yield from _table(
        ("figure", *_TITLES), [row(name, name, None) for name in ("cllr", "ece", "ece-noise-floor")]
    )


def _peers(told: Mapping[str, Any]) -> Iterator[str]:
    yield "## Beside simpler means\n"
    if told["peers"] is None:
        yield "Left out: the wheels that the forge needs were not at hand (`--wheels`).\n"
        return
    yield PEERS
    rows = []
    for name in dict.fromkeys(each["name"] for each in told["peers"]):
        for kind in ("self", "faint", "person"):
            mine = {
                each["way"]: each for each in told["peers"] if (each["name"], each["kind"]) == (name, kind)
            }
            rows.append([f"{name}, {KINDS[kind]}", *(_interval(mine[way], "auc") for way in WAYS)])
    yield from _table(("AUC", *_TITLES), rows)


def _audit(told: Mapping[str, Any]) -> Iterator[str]:
    yield "## False alarms by group, size, brightness and blur\n"
    yield AUDIT
    card = told["card"]
    parts = [each for each in card if each["name"] == "false-alarms" and each["tier"] is None]
    named = ("false-alarms", "false-alarms-film")
    wholes = [each for each in card if each["name"] in named and each["source"] is None]
    count = sum(each["n"] for each in wholes)
    total = sum(each["value"] * each["n"] for each in wholes) / max(1, count)
    rows = [["all", str(count), f"{total:.3f}", ""]]
    for each in parts:
        rows.append(
            [each["source"], str(each["n"]), _interval(each, "value"), f"{each['value'] - total:+.3f}"]
        )
    yield from _table(("real faces", "looks", "false alarms", "gap"), rows)


def _cell(card: Sequence[Mapping[str, Any]], name: str, way: str, part: str | None) -> str:
    wanted = (f"{name}-film", None) if way == "film" else (name, way)
    for each in card:
        if (each["name"], each["tier"]) == wanted and each["source"] == part:
            return _interval(each, "value")
    return "-"


def _interval(each: Mapping[str, Any], name: str) -> str:
    ends = "" if each["low"] is None else f" [{each['low']:.3f}, {each['high']:.3f}]"
    return f"{each[name]:.3f}{ends}"
