"""What every test may ask for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# A busy machine is no failure, and a continuous run must not fail on examples that the author never met.
settings.register_profile(
    "assay",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("assay")


@pytest.fixture(scope="session", autouse=True)
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Places for artifacts, feedback, a room and keys of the tests, so that none touches the user's."""
    store = tmp_path_factory.mktemp("models")
    own = {
        "ASSAY_MODELS": str(store),
        "ASSAY_FEEDBACK": str(tmp_path_factory.mktemp("feedback")),
        "ASSAY_HOME": str(tmp_path_factory.mktemp("room")),
        "XDG_CONFIG_HOME": str(tmp_path_factory.mktemp("config")),
    }
    keys = ("ASSAY_KEY", "ASSAY_KEY_PASSPHRASE", "ASSAY_KEY_PASSPHRASE_FILE", "ASSAY_STAMP")
    keys += ("ASSAY_DATABASE", "ASSAY_STORE")
    before = {name: os.environ.get(name) for name in (*own, *keys)}
    for name in keys:
        os.environ.pop(name, None)
    os.environ.update(own)
    yield store
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout that is being tested."""
    return ROOT


@pytest.fixture(scope="session")
def assay_data() -> Path:
    """The evaluation data (media/, logs/): $ASSAY_DATA, else ``../shared/data`` beside the checkout."""
    folder = Path(os.environ.get("ASSAY_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no evaluation data at {folder}: let ASSAY_DATA name the folder of media/ and logs/")
    return folder
