"""The distribution holds what the checkout holds."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
import tomllib
from glob import glob
from pathlib import Path

import assay
from assay.errors import AssayError

LEFT_OUT = {"tests", "notebooks", "benchmarks", "build", "dist", "runs"}


def _settings(repository: Path) -> dict:
    return tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["setuptools"]


def _folders_of_code(repository: Path) -> set[str]:
    found = {"assay"}
    for path in repository.glob("*/**/*.py"):
        parts = path.relative_to(repository).parts[:-1]
        if parts[0] not in LEFT_OUT and not any(part.startswith((".", "__")) for part in parts):
            found.add(".".join(("assay", *parts)))
    return found


def _modules() -> list[str]:
    names = [name for _, name, _ in pkgutil.walk_packages(assay.__path__, "assay.")]
    return [name for name in names if name.split(".")[1] not in LEFT_OUT and not name.endswith("__main__")]


def test_every_folder_of_code_is_a_listed_package(repository: Path) -> None:
    listed = set(_settings(repository)["packages"])
    assert listed - {"assay.docs.schema"} == _folders_of_code(repository)


def test_every_folder_of_code_has_an_init(repository: Path) -> None:
    bare = [
        name
        for name in _folders_of_code(repository)
        if not (repository.joinpath(*name.split(".")[1:]) / "__init__.py").is_file()
    ]
    assert bare == []


def test_shipped_data_is_package_data(repository: Path) -> None:
    settings = _settings(repository)
    taken = set()
    for package, patterns in settings["package-data"].items():
        folder = repository.joinpath(*package.split(".")[1:])
        found = (Path(name) for pattern in patterns for name in glob(str(folder / pattern), recursive=True))
        taken |= {path for path in found if path.is_file()}
    zoo = {path for path in (repository / "models" / "zoo").rglob("*") if path.is_file()}
    schemas = set((repository / "docs" / "schema").glob("*.json"))
    assert zoo and schemas
    assert {path for path in zoo | schemas if "__pycache__" not in path.parts} <= taken


def test_the_exception_tree_is_the_drawn_one() -> None:
    for name in _modules():
        importlib.import_module(name)
    real = {(base.__name__, error.__name__) for error in _all(AssayError) for base in error.__bases__}
    real = {(parent, child) for parent, child in real if child != "AssayError" and parent in _names()}
    assert _drawn() == real


def _drawn() -> set[tuple[str, str]]:
    """Pairs of parent and child, by the depth at which each star of the docstring stands."""
    assert assay.errors.__doc__ is not None
    pairs, above = set(), []
    for line in assay.errors.__doc__.splitlines():
        if line.lstrip().startswith("* "):
            depth = line.index("*") // 2
            above[depth:] = [line.strip(" *`")]
            if depth:
                pairs.add((above[depth - 1], above[depth]))
    return pairs


def _names() -> set[str]:
    return {error.__name__ for error in _all(AssayError)}


def test_every_error_has_a_code_of_its_own_and_a_docstring() -> None:
    errors = _all(AssayError)
    codes = [error.__dict__.get("code") for error in errors]
    assert None not in codes and len(set(codes)) == len(codes)
    assert all(code == code.lower() and " " not in code and "_" not in code for code in codes)
    assert [error.__name__ for error in errors if not inspect.getdoc(error)] == []


def _all(error: type[AssayError]) -> list[type[AssayError]]:
    below = [child for child in error.__subclasses__() if child.__module__.startswith("assay.")]
    return [error] + [sub for child in below for sub in _all(child)]


def test_public_names_exist_and_are_listed() -> None:
    for name in assay.__all__:
        assert getattr(assay, name) is not None
    assert callable(assay.detect) and callable(assay.triage)
    assert set(assay.__all__) <= set(dir(assay))


def test_importing_assay_is_cheap() -> None:
    code = "import sys, assay; print(sorted({'numpy', 'torch', 'polars', 'cv2', 'onnxruntime'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
