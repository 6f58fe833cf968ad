"""What every test may ask for."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


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
