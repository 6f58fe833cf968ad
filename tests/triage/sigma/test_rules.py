"""Rules out of files, folders and archives; what is broken or hostile is an error of its own."""

import gzip
import io
import tarfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
import zstandard

from assay.triage.limits import RULE_ERRORS, RULE_GAPS, RULES
from assay.triage.sigma import Rules
from assay.triage.sigma.files import RulesUnreadable, rule_texts
from assay.triage.sigma.rules import load_rules

Make = Callable[..., dict[str, Any]]
SIMPLE = {"a": {"CommandLine": "x"}, "condition": "a"}


@pytest.fixture
def folder(tmp_path: Path, rule_of: Make) -> Path:
    place = tmp_path / "rules"
    (place / "b").mkdir(parents=True)
    for name in ("b/two.yml", "one.yaml", "b/three.YML"):
        (place / name).write_text(yaml.safe_dump(rule_of(SIMPLE, title=name)))
    (place / "README.md").write_text("no rule")
    return place


def packed(folder: Path, path: Path) -> Path:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        archive.add(folder, "rules")
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as zipped:
            for file in sorted(folder.rglob("*")):
                zipped.write(file, file.relative_to(folder))
    else:
        pack = {".zst": zstandard.compress, ".gz": gzip.compress, ".tar": bytes}[path.suffix]
        path.write_bytes(pack(plain.getvalue()))
    return path


@pytest.mark.parametrize("name", ["r.tar", "r.tar.gz", "r.tar.zst", "r.zip"])
def test_an_archive_holds_the_rules_of_its_folder(folder: Path, tmp_path: Path, name: str) -> None:
    loaded = load_rules(packed(folder, tmp_path / name))
    assert {rule.title for rule in loaded.rules} == {rule.title for rule in load_rules(folder).rules}
    assert len(loaded.rules) == 3 and not loaded.errors


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(b"\x1f\x8b" + b"no" * 50)
    (tmp_path / "y.txt").write_text("no rules")
    for name in ("x.tar.gz", "y.txt", "absent"):
        with pytest.raises(RulesUnreadable, match=name):
            load_rules(tmp_path / name)


def test_a_rule_says_what_it_is(tmp_path: Path, rule_of: Make) -> None:
    tags = ["attack.t1003.001", "attack.credential-access", "attack.g0016", "car.2013-07-001"]
    rule = rule_of(SIMPLE, level="critical", id="6b5a6a8c-5a0c-4b5f-9d4e-3b0d2f7c1a11", tags=tags)
    (tmp_path / "r.yml").write_text(yaml.safe_dump(rule))
    (found,) = load_rules(tmp_path).rules
    assert (found.level, found.techniques, found.tactics) == ("critical", ("T1003.001",), ("credential-access",))
    assert found.source == ("windows", "process_creation", "")


def test_a_broken_rule_does_not_stop_the_others(folder: Path) -> None:
    (folder / "bad.yml").write_text("title: [unclosed")
    (folder / "twice.yml").write_text("title: a\ntitle: b\n")
    (folder / "text.yml").write_text("only words")
    (folder / "empty.yml").write_text("")
    (folder / "binary.yml").write_bytes(b"\x00\xff\xfe\x01")
    odd = {"title": "c", "logsource": {"product": "windows"}, "detection": {"a": {"b": "c"}, "condition": "a and ("}}
    (folder / "condition.yml").write_text(yaml.safe_dump(odd))
    loaded = load_rules(folder)
    assert len(loaded.rules) == 3
    assert {(e.rule, e.code) for e in loaded.errors} == {
        ("bad.yml", "broken-yaml"), ("twice.yml", "broken-yaml"), ("text.yml", "broken-rule"),
        ("binary.yml", "broken-yaml"), ("c", "broken-rule"),
    }  # fmt: skip
    assert {e.code for e in loaded.errors} <= {*RULE_ERRORS, *RULE_GAPS}


HOSTILE = {
    "deep flow": ("nested-too-deep", "a: " + "[" * 200 + "]" * 200),
    "endless flow": ("broken-yaml", "a: " + "[" * 100_000 + "]" * 100_000),  # the parser's own bound is met first
    "deep list": ("nested-too-deep", "- " * 100_000 + "x"),
    "deep key": ("nested-too-deep", "? " * 100_000 + "x"),
    "deep blocks": ("nested-too-deep", "\n".join(" " * n + "a:" for n in range(300))),
    "aliases": ("broken-rule", "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )),
    "merges": ("broken-yaml", "a: &a {k: 1}\nb: &b\n  <<: [*a, *a, *a]\n"),
    "a cycle": ("nested-too-deep", "title: t\ndetection: &d\n  a: *d\n  condition: a\nlogsource: {product: windows}\n"),
    "a tag": ("broken-yaml", "!!python/object/apply:os.system ['true']"),
    "a long number": ("broken-yaml", "title: " + "9" * 10_000),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_is_refused_at_once(folder: Path, name: str) -> None:
    code, text = HOSTILE[name]
    (folder / "hostile.yml").write_text(text)
    began = time.process_time()
    loaded = load_rules(folder)
    assert time.process_time() - began < 5
    assert len(loaded.rules) == 3
    assert [error.code for error in loaded.errors if error.rule in ("hostile.yml", "t")] == [code]


def detections() -> dict[str, tuple[str | None, dict[str, Any]]]:
    dashed = [f" -a -b -c{n}" for n in range(999)]
    many = {f"s{n}": {"CommandLine": [f"v{n}{i}" for i in range(100)]} for n in range(40)}
    return {
        "brackets": ("condition-too-big", {"a": {"Image": "x"}, "condition": "(" * 200 + "a" + ")" * 200}),
        "negations": ("condition-too-big", {"a": {"Image": "x"}, "condition": "not " * 500 + "a"}),
        "a long condition": ("condition-too-big", {"a": {"Image": "x"}, "condition": " or ".join(["a"] * 5000)}),
        "written out": ("condition-too-big", {**many, "condition": " or ".join(["1 of s*"] * 100)}),
        "dashes": ("condition-too-big", {"a": {"CommandLine|contains|windash": dashed}, "condition": "a"}),
        "more dashes": ("broken-rule", {"a": {"CommandLine|contains|windash": " -a" * 30}, "condition": "a"}),
        "a long value": ("value-too-long", {"a": {"CommandLine|contains": "x" * 5000}, "condition": "a"}),
        "brackets within bounds": (None, {"a": {"Image": "x"}, "condition": "(" * 12 + "a" + ")" * 12}),
        "wildcards": (None, {"a": {"CommandLine": "*a" * 500 + "*b"}, "condition": "a"}),
        "backtracking": (None, {"a": {"CommandLine|re": "^(a+)+(a|aa)+(a*)*$"}, "condition": "a"}),
    }  # fmt: skip


@pytest.mark.parametrize("name", detections())
def test_hostile_rules_cost_little(
    tmp_path: Path, rule_of: Make, frame_of: Callable[..., Any], name: str
) -> None:
    code, detection = detections()[name]
    (tmp_path / "r.yml").write_text(yaml.safe_dump(rule_of(detection)))
    began = time.process_time()
    rules = Rules.open(tmp_path)
    assert [error.code for error in rules.errors] == ([] if code is None else [code])
    rules.hits(frame_of([{"command": "a" * 4000 + "!"}, {"command": "ab" * 2000}]))
    assert time.process_time() - began < 10


def test_bounds_on_all_rules(folder: Path, tmp_path: Path) -> None:
    few = list(rule_texts(folder, replace(RULES, rule_files=1)))
    assert [text.refused for text in few] == [None, "too-many-rules"]
    small = list(rule_texts(folder, replace(RULES, rule_file_bytes=10)))
    assert {text.refused for text in small} == {"too-large"}
    bomb = tmp_path / "bomb.tar.gz"
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        entry = tarfile.TarInfo("zeros.bin")
        entry.size = 1 << 20
        archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    bomb.write_bytes(gzip.compress(plain.getvalue()))
    with pytest.raises(RulesUnreadable, match="more than the limit"):
        list(rule_texts(bomb, replace(RULES, rules_bytes=1 << 10)))


def test_correlations_are_named_as_gaps(tmp_path: Path, rule_of: Make) -> None:
    correlation = {"title": "Many", "correlation": {
        "type": "event_count", "rules": ["one"], "group-by": ["User"], "timespan": "5m", "condition": {"gte": 10},
    }}  # fmt: skip
    (tmp_path / "r.yml").write_text(yaml.safe_dump_all([rule_of(SIMPLE, name="one"), correlation]))
    loaded = load_rules(tmp_path)
    assert len(loaded.rules) == 1
    assert [(error.rule, error.code) for error in loaded.errors] == [("Many", "correlation")]
