"""Settings come from the environment, and the page says what each one does."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from assay.service.settings import Settings, SettingsInvalid
from assay.service.settings.page import page


def test_every_setting_is_documented(repository: Path) -> None:
    assert (repository / "docs" / "settings.md").read_text() == page()


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    monkeypatch.setenv("ASSAY_PORT", "81")
    settings = Settings.read(port=82)
    assert settings.port == 82 and settings.database_url == f"sqlite:///{tmp_path}/room.sqlite3"
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "70000"),
        ("DATABASE", "mysql://host/x"),
        ("DATABASE", "nothing"),
        ("RATE_PER_MINUTE", "0"),
    ],
)
def test_what_a_setting_cannot_be_is_said(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ASSAY_{name}", value)
    with pytest.raises(SettingsInvalid, match=f"^ASSAY_{name}: "):
        Settings.read()


def test_a_password_is_not_shown() -> None:
    settings = Settings(database="postgresql+psycopg://assay:hush@db/room")  # type: ignore[arg-type]
    assert "hush" not in repr(settings) and "hush" in settings.database_url
