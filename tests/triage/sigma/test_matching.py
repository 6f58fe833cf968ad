"""The plan gives what a naive reading of the rules gives, however rules, records and frames are mixed."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.triage.sigma import Rules

Names = {"Image": "process", "CommandLine": "command", "Company": "Company"}
"""Names of rules to those of the frame."""

words = st.text(alphabet="abAB.\\", min_size=1, max_size=4)
values = st.one_of(words, words.map("*{}*".format), words.map("{}*b".format), words.map("a?{}".format))
plain = st.sampled_from(["", "|contains", "|startswith", "|endswith", "|contains|all", "|contains|cased"])


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(sorted(Names)), min_size=1, max_size=2, unique=True)):
        kind = draw(st.sampled_from(["text", "text", "text", "null", "regex"]))
        if kind == "null":
            made[name] = None
        elif kind == "regex":
            made[f"{name}|re"] = draw(st.sampled_from(["^a", "b$", "[aA]{2}", "a.b"]))
        else:
            modifier = draw(plain)
            source = words if modifier else values
            made[name + modifier] = draw(st.lists(source, min_size=1, max_size=3))
    return made


conditions = st.sampled_from(
    ["x", "not x", "x and y", "x or y", "x and not y", "not (x or y)", "1 of them", "all of them", "x and not 1 of y*"]
)
several = st.one_of(items(), st.lists(items(), min_size=1, max_size=2))
rules = st.fixed_dictionaries({"x": items(), "y": several, "condition": conditions})
events = st.fixed_dictionaries({}, optional={
    column: st.text(alphabet="abAB.\\", min_size=1, max_size=6) for column in Names.values()
})  # fmt: skip


def unescaped(value: str) -> list[str]:
    """Characters of a value; a wildcard is a string of two."""
    out, at = [], 0
    while at < len(value):
        if value[at] == "\\" and at + 1 < len(value) and value[at + 1] in "*?\\":
            out.append(value[at + 1])
            at += 2
            continue
        out.append("%" + value[at] if value[at] in "*?" else value[at])
        at += 1
    return out


def holds(value: str, modifiers: list[str], text: str | None) -> bool:
    if text is None:
        return False
    if "re" in modifiers:
        return re.search(value, text) is not None
    parts = unescaped(value)
    if "contains" in modifiers or "endswith" in modifiers:
        parts = ["%*", *parts]
    if "contains" in modifiers or "startswith" in modifiers:
        parts = [*parts, "%*"]
    pattern = "".join({"%*": ".*", "%?": "."}.get(p, re.escape(p)) for p in parts)
    return re.fullmatch(pattern, text, re.DOTALL | (0 if "cased" in modifiers else re.IGNORECASE)) is not None


def item_holds(item: dict[str, Any], event: dict[str, str]) -> bool:
    for key, wanted in item.items():
        name, *modifiers = key.split("|")
        text = event.get(Names[name])
        if wanted is None:
            if text is not None:
                return False
            continue
        tested = [holds(value, modifiers, text) for value in (wanted if isinstance(wanted, list) else [wanted])]
        if not (all(tested) if "all" in modifiers else any(tested)):
            return False
    return True


def naive(rule: dict[str, Any], event: dict[str, str]) -> bool:
    truth = {}
    for name in ("x", "y"):
        maps = rule[name] if isinstance(rule[name], list) else [rule[name]]
        truth[name] = any(item_holds(item, event) for item in maps)
    x, y = truth["x"], truth["y"]
    return {
        "x": x, "not x": not x, "x and y": x and y, "x or y": x or y, "x and not y": x and not y,
        "not (x or y)": not (x or y), "1 of them": x or y, "all of them": x and y, "x and not 1 of y*": x and not y,
    }[rule["condition"]]  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(rules, min_size=1, max_size=6), st.lists(events, min_size=1, max_size=12), st.integers(1, 12)
)
def test_it_fires_as_a_naive_reading_says(
    tmp_path: Path, rule_of: Callable[..., Any], frame_of: Callable[..., pl.DataFrame],
    made: list[dict[str, Any]], happened: list[dict[str, str]], piece: int,
) -> None:  # fmt: skip
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump_all([rule_of(rule, title=f"Rule {n}") for n, rule in enumerate(made)]))
    opened = Rules.open(path)
    assert len(opened) == len(made) and not opened.errors and not opened.gaps
    expected = {(100 + at, n) for at, event in enumerate(happened) for n, rule in enumerate(made) if naive(rule, event)}
    frame = frame_of(happened)
    assert set(opened.hits(frame).rows()) == expected
    # In pieces, with what the first pass remembered, the answer is the same.
    pieces = [opened.hits(frame[start : start + piece]) for start in range(0, frame.height, piece)]
    assert set(pl.concat(pieces).rows()) == expected


def test_the_naive_reading_is_not_trivial() -> None:
    assert naive({"x": {"Image": ["a*"]}, "y": {"CommandLine|contains": ["b"]}, "condition": "x and not y"},
                 {"process": "AB", "command": "a"})  # fmt: skip
    assert not naive({"x": {"Image": None}, "y": {"Image": None}, "condition": "x"}, {"process": "a"})


def test_rules_only_see_records_of_their_log_source(
    tmp_path: Path, rule_of: Callable[..., Any], frame_of: Callable[..., pl.DataFrame]
) -> None:
    sources = [
        {"product": "windows", "category": "process_creation"}, {"product": "windows", "category": "file_event"},
        {"product": "windows", "service": "security"}, {"product": "windows"}, {"product": "linux"},
    ]  # fmt: skip
    detection = {"a": {"Image|endswith": "x"}, "condition": "a"}
    made = [rule_of(detection, source, title=f"Rule {n}") for n, source in enumerate(sources)]
    made[-1]["detection"] = {"a": ["x"], "condition": "a"}
    (tmp_path / "r.yml").write_text(yaml.safe_dump_all(made))
    opened = Rules.open(tmp_path)

    def fired(**where: str) -> list[int]:
        return opened.hits(frame_of([{"process": "x"}], **where))["rule"].to_list()

    assert fired(event_id="1") == [0, 3]
    assert fired(event_id="11") == [1, 3]
    assert fired(channel="Security", event_id="4688") == [0]  # any other record of it: NewProcessName is no Image
    assert fired(channel="Security", event_id="4663") == []
    assert fired(channel="", event_id="", kind="syslog") == [4]
    assert fired(channel="", event_id="", kind="csv") == []


def test_one_spelling_is_not_read_for_another(fire: Callable[..., list[int]]) -> None:
    events = [{"process": "C:\\a.exe", "path": "C:\\b.exe"}]
    windows = {"product": "windows", "service": "sysmon"}
    source_image = {"a": {"SourceImage|endswith": "a.exe"}, "condition": "a"}
    assert fire(source_image, events, windows, event_id="10") == [0]
    assert fire(source_image, events, windows, event_id="1") == []
    target = {"a": {"TargetImage|endswith": "b.exe"}, "condition": "a"}
    assert fire(target, events, windows, event_id="10") == [0]
    assert fire(target, events, windows, event_id="11") == []
    named = {"a": {"TargetFilename|endswith": "b.exe"}, "condition": "a"}
    assert fire(named, events, windows, event_id="11") == [0]


def test_an_account_that_a_collector_adds_is_no_user_of_sysmon(fire: Callable[..., list[int]]) -> None:
    events = [{"user": "SYSTEM"}, {"user": "NT AUTHORITY\\SYSTEM"}]
    assert fire({"a": {"User|contains": "SYSTEM"}, "condition": "a"}, events) == [1]
