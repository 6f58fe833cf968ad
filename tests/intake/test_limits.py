"""Every limit is named, documented and enforced somewhere."""

from dataclasses import fields
from pathlib import Path

import pytest

from assay.intake.limits import Limits


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
def test_each_limit_is_documented_used_and_tested(name: str, repository: Path) -> None:
    assert f"    {name} : " in (Limits.__doc__ or "")
    code = [*(repository / "intake").rglob("*.py"), *(repository / "detect").rglob("*.py")]
    assert any(name in path.read_text() for path in code if path.name != "limits.py"), "not enforced"
    tests = [
        *(repository / "tests" / "intake").rglob("*.py"),
        *(repository / "tests" / "detect").rglob("*.py"),
    ]
    assert any(f"{name}=" in path.read_text() for path in tests if path.name != "test_limits.py"), (
        "not tested"
    )
