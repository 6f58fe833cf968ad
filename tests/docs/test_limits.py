"""docs/limits.md states the bounds that the code has."""

import dataclasses
import re
from pathlib import Path

import pytest

from assay.evidence.limits import DEFAULT as EVIDENCE
from assay.evidence.report.limits import DEFAULT as REPORT
from assay.intake.limits import DEFAULT as INTAKE
from assay.models.torchfile.limits import DEFAULT as TORCH_FILE
from assay.service.limits import DEFAULT as SERVICE
from assay.triage.limits import DEFAULT as TRIAGE
from assay.triage.limits import RULES

UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


def _stated(page: str) -> dict[str, float]:
    """Names of the first column with the values of the second, one by one."""
    found: dict[str, float] = {}
    for row in re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", page, re.MULTILINE):
        names = re.findall(r"`(\w+)`", row[0])
        values = [value.strip() for value in re.split(r", (?=\d)", row[1])]
        assert len(names) == len(values), row
        for name, value in zip(names, values, strict=True):
            number, _, unit = value.partition(" ")
            found[name] = float(number.replace(",", "")) * UNITS.get(unit, 1)
    return found


BOUNDS = {"intake": INTAKE, "triage": TRIAGE, "rules": RULES, "evidence": EVIDENCE, "report": REPORT}
BOUNDS |= {"torchfile": TORCH_FILE, "service": SERVICE}


@pytest.mark.parametrize("limits", BOUNDS.values(), ids=BOUNDS)
def test_every_bound_is_stated_with_its_value(limits: object, repository: Path) -> None:
    stated = _stated((repository / "docs" / "limits.md").read_text())
    assert dataclasses.is_dataclass(limits)
    for name, value in dataclasses.asdict(limits).items():  # type: ignore[arg-type]
        assert stated.get(name) == value, name


def test_no_link_of_the_pages_is_dead(repository: Path) -> None:
    for page in (repository / "README.md", *(repository / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_no_file_named_in_the_pages_is_missing(repository: Path) -> None:
    for page in (repository / "docs").glob("*.md"):
        for name in re.findall(
            r"`((?:intake|models|detect|triage|evidence|service|cli|demo|benchmarks)/[\w/.]+)`", page.read_text()
        ):
            assert (repository / name).exists(), f"{page.name} names {name}"
