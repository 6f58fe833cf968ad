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
    """A store of artifacts for the tests, so that none touches the user's."""
    store = tmp_path_factory.mktemp("models")
    before = os.environ.get("ASSAY_MODELS")
    os.environ["ASSAY_MODELS"] = str(store)
    yield store
    if before is None:
        del os.environ["ASSAY_MODELS"]
    else:
        os.environ["ASSAY_MODELS"] = before


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
