"""The command line as a whole: what it costs to start, what it documents, how it ends."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from assay import __version__
from assay.cli import app
from assay.cli.default_command import DEFAULT

HEAVY = ("torch", "polars", "cv2", "onnxruntime", "sklearn", "numpy", "fastapi", "rich")


def _commands(command: Any, name: str = "assay") -> Iterator[tuple[str, Any]]:
    # A command that is a group too has its options in the default one.
    yield name, getattr(command, "commands", {}).get(DEFAULT, command)
    for word, child in sorted(getattr(command, "commands", {}).items()):
        if word != DEFAULT:
            yield from _commands(child, f"{name} {word}")


COMMANDS = dict(_commands(typer.main.get_command(app)))
LEAVES = [name for name, command in COMMANDS.items() if not hasattr(command, "commands")]


@pytest.mark.parametrize("arguments", [["--help"], ["detect", "--help"], ["triage", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom assay.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as left:\n    assert not left.code\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assay", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"assay {__version__}\n"


def test_the_commands_of_the_contract_are_there() -> None:
    groups = {"baseline": ["add", "fit", "list"], "train": ["edits", "faces", "media", "triage"]}
    groups["data"] = ["check", "list", "split"]
    groups["models"] = ["calibrate", "card", "default", "export", "import", "install", "list", "show", "verify"]
    groups["detect"] = ["analyzers"]
    groups["triage"] = ["detectors"]
    groups["evidence"] = ["seal", "verify"]
    groups["evidence key"] = ["new", "show"]
    groups["room"] = ["backup", "restore"]
    groups["room key"] = ["list", "new", "revoke"]
    groups["triage feedback"] = ["list", "remove"]
    wanted = {f"assay {group} {word}" for group, words in groups.items() for word in words}
    words = ("detect", "triage", "triage feedback", "triage reveal", "demo", "serve", "worker", "validate")
    assert set(LEAVES) == wanted | {f"assay {word}" for word in words}


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_and_option_is_documented(name: str, repository: Path) -> None:
    page = (repository / "docs" / "commands.md").read_text()
    assert f"## `{name}" in page
    section = page.split(f"## `{name}", 1)[1].split("\n## ", 1)[0]
    command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        if parameter.name == "help":
            continue
        assert parameter.help, f"{name} {parameter.name} has no help"
        if parameter.param_type_name == "option":
            assert f"`{parameter.opts[0]}" in section, (
                f"{name} {parameter.opts[0]} is not in docs/commands.md"
            )


@pytest.mark.parametrize(
    "arguments",
    [
        ["detect"],
        ["detect", "photo.jpg", "--profile", "slow"],
        ["triage", "a.log", "--budget", "0"],
        ["triage", "a.log", "--events", "events.txt"],
        ["triage", "a.log", "--export", "xml:events.xml"],
        ["triage", "a.log", "--key", "a.key"],
        ["triage", "a.log", "--pseudonyms", "--dry-run"],
        ["triage", "reveal", "a.log", "--key", "no-such.key"],
        ["triage", "a.log", "--export", "csv:no/such/folder/a.csv"],
        ["nonsense"],
        ["models", "show", "no-such-artifact"],
        ["models", "default", "no-such-artifact"],
        ["models", "install", "no/such/folder"],
        ["triage", "a.log", "--baseline", "no-such-baseline"],
        ["baseline", "add", "no-such", "nor-this", "--name", "sum"],
        ["detect", "photo.jpg", "--device", "cuda:99"],
    ],
)
def test_wrong_use_is_code_2_and_says_what_to_do(assay: Callable[..., Any], arguments: list[str]) -> None:
    ran = assay(*arguments)
    assert ran.code == 2
    assert ran.out == "" and len(ran.err.strip()) > 20


def test_an_error_of_assay_shows_its_code(assay: Callable[..., Any]) -> None:
    ran = assay("models", "show", "no-such\x1b[2J")
    assert ran.err.endswith("[registry-unknown]\n") and "\x1b" not in ran.err


def test_a_reader_that_leaves_early_sees_no_complaint(pictures: dict[str, Any]) -> None:
    folder = next(iter(pictures.values())).path.parent
    command = f"{sys.executable} -m assay models list --json | true"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True)
    assert done.stderr == ""


def test_a_place_that_cannot_be_written_is_code_2_without_a_traceback(
    assay: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    ran = assay("demo", "--to", tmp_path / "file")
    assert ran.code == 2 and "[not-writable]" in ran.err and str(tmp_path / "file") in ran.err
