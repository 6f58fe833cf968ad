"""What is there to run the service in containers fits the program, and its linter has nothing to say."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.evidence.keys.private import PASSPHRASE, PASSPHRASE_FILE, PLACE
from assay.service.settings import Settings

KNOWN = {f"ASSAY_{name.upper()}" for name in Settings.model_fields} | {"ASSAY_MODELS"}


@pytest.fixture
def compose(repository: Path) -> dict[str, Any]:
    page = yaml.safe_load((repository / "compose.yaml").read_text())
    assert isinstance(page, dict)
    return page


def test_the_linter_is_content(repository: Path) -> None:
    program = Path(sys.executable).with_name("hadolint")
    found = str(program) if program.exists() else shutil.which("hadolint")
    if found is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run([found, str(repository / "Dockerfile")], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_names_what_is_there(repository: Path) -> None:
    text = (repository / "Dockerfile").read_text()
    names = set(re.findall(r"\b(ASSAY_[A-Z_]+)=", text))
    assert names and names <= KNOWN
    extras = re.search(r"install '\.\[([a-z0-9,]+)\]'", text)
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    assert extras and set(extras[1].split(",")) <= set(project["optional-dependencies"])
    assert (
        text.splitlines()[-2:] == ['ENTRYPOINT ["assay"]', 'CMD ["serve"]'] and "assay" in project["scripts"]
    )
    last = text.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER 10001$", last, re.MULTILINE), "the service runs as a user of its own"


def test_what_the_image_leaves_out_is_there_or_made(repository: Path) -> None:
    left_out = (repository / ".dockerignore").read_text().split()
    folders = {
        path.name for path in repository.iterdir() if path.is_dir() and (path / "__init__.py").exists()
    }
    assert folders.isdisjoint(left_out), "the image needs every folder of code"
    assert {".git", ".venv", "tests"} <= set(left_out)


def test_services_fit_together(compose: dict[str, Any]) -> None:
    assert set(compose) <= {"name", "services", "volumes", "networks", "x-assay"}
    services = compose["services"]
    for name, service in services.items():
        assert "image" in service or "build" in service, name
        for other, condition in service.get("depends_on", {}).items():
            assert condition == {"condition": "service_healthy"} and "healthcheck" in services[other]
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in compose["volumes"]
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), "only this machine reaches it"
        if service.get("image") == "assay":
            assert {key for key in service["environment"] if key.startswith("ASSAY")} <= KNOWN
            assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
            assert service.get("command", ["serve"]) in (["serve"], ["worker"])
    used = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert used == set(compose["volumes"])


def test_its_settings_are_taken(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for service in compose["services"].values():
        if service.get("image") != "assay":
            continue
        with monkeypatch.context() as patch:
            for name, value in service["environment"].items():
                patch.setenv(name, re.sub(r"\$\{POSTGRES_PASSWORD:\?[^}]*\}", "abc123", value))
            settings = Settings.read(home=tmp_path)
        assert settings.database_url == "postgresql+psycopg://assay:abc123@database/assay"
        assert settings.store_place == "/var/lib/assay/evidence"


def test_the_settings_of_the_pages_exist(repository: Path) -> None:
    other = {"ASSAY_FEEDBACK", "ASSAY_STAMP", "ASSAY_DATA", PLACE, PASSPHRASE, PASSPHRASE_FILE}
    for name in ("deployment.md", "service.md"):
        named = set(re.findall(r"\bASSAY_[A-Z_]+\b", (repository / "docs" / name).read_text()))
        assert named <= KNOWN | other, name


def test_the_metrics_of_the_page_are_counted(repository: Path, tmp_path: Path) -> None:
    from assay.service.room import Room

    page = (repository / "docs" / "deployment.md").read_text()
    with Room.open(Settings(home=tmp_path, spare_bytes=0)) as room:
        text = room.measure().decode()
    counted = set(re.findall(r"^# TYPE (assay_\w+) ", text, re.MULTILINE))
    counted = {name for name in counted if not name.endswith("_created")}
    documented = set(re.findall(r"`(assay_\w+)`", page))
    assert counted == documented
