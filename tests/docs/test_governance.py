"""docs/governance.md names only commands and files that exist, and every principle and function has both columns."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from assay.cli import app
from assay.cli.default_command import DEFAULT

PRINCIPLES = (
    "Transparency and interpretability", "Reliability, robustness and security", "Fairness", "Diversity and inclusion",
    "Human oversight", "Lawfulness and compliance", "Data privacy", "Safety", "Accountability", "Beneficial AI",
    "Cooperation and openness", "Sustainability and just transition",
)  # fmt: skip
FUNCTIONS = {"Govern": 6, "Map": 5, "Measure": 4, "Manage": 4}


@pytest.fixture(scope="module")
def page() -> str:
    return (Path(__file__).parents[2] / "docs" / "governance.md").read_text(encoding="utf-8")


def named(page: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", page)


def trouble(command: str) -> str | None:
    """What is wrong with a command line, None where it could be typed."""
    here: Any = typer.main.get_command(app)
    words = command.split()[1:]
    while words and not words[0].startswith("-"):
        commands = getattr(here, "commands", {})
        if words[0] not in commands:
            # An argument, such as the folder that an option takes, comes only after options here.
            return f"{here.name} has no command {words[0]}"
        here = commands[words.pop(0)]
    here = getattr(here, "commands", {}).get(DEFAULT, here)
    options = {name for parameter in here.params for name in (*parameter.opts, *parameter.secondary_opts)}
    wrong = [word for word in words if word.startswith("--") and word not in options]
    return f"{command}: no option {wrong[0]}" if wrong else None


def test_every_command_exists(page: str) -> None:
    commands = [text for text in named(page) if text.startswith("assay ")]
    assert len(commands) > 40
    assert [found for text in commands if (found := trouble(text)) is not None] == []


def test_a_command_that_is_not_there_would_be_found() -> None:
    assert trouble("assay models judge") == "models has no command judge"
    assert trouble("assay detect --never") == "assay detect --never: no option --never"
    assert trouble("assay models card --to docs/cards") is None


def test_every_file_exists(page: str, repository: Path) -> None:
    files = [text for text in named(page) if not text.startswith("assay ")]
    assert len(files) > 30
    assert [name for name in files if not (repository / name).exists()] == []


def test_every_principle_is_there_with_both_sides(page: str) -> None:
    titles = re.findall(r"^#### (\d+)\. (.+)$", page, re.MULTILINE)
    assert titles == [(str(n), title) for n, title in enumerate(PRINCIPLES, 1)]
    for part in re.split(r"^#### ", page, flags=re.MULTILINE)[1:]:
        own = part.split("\n## ")[0]
        assert re.search(r"^\| what Assay does \| where \|$", own, re.MULTILINE), own[:40]
        assert "**The operator** " in own, own[:40]
        for row in re.findall(r"^\| (?!what|-)(.+) \| (.*) \|$", own, re.MULTILINE):
            assert "`" in row[1] or "](" in row[1], row


def test_every_function_is_there_with_all_its_categories(page: str) -> None:
    for name, count in FUNCTIONS.items():
        (part,) = re.findall(rf"^### {name}$(.*?)(?=^###? |\Z)", page, re.MULTILINE | re.DOTALL)
        rows = re.findall(r"^\| (\d) [^|]+\| ([^|]+) \| ([^|]+) \|$", part, re.MULTILINE)
        assert [int(number) for number, _, _ in rows] == list(range(1, count + 1)), name
        assert all(does.strip() and must.strip() for _, does, must in rows)
