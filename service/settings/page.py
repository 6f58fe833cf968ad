"""``docs/settings.md``: every setting with its default and what it does.

``python -m assay.service.settings.page > docs/settings.md`` writes it; a test fails when a setting lacks a description
or the page is not what this makes.
"""

import sys
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from .settings import Settings

__all__ = ["page"]

_HEAD = """# Settings of the service

Read from the environment by `assay serve`, `assay worker` and `assay room`; processes of one room have the same. This
page is made by `python -m assay.service.settings.page > docs/settings.md`.

| variable | default | what it does |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(_row(name, field) for name, field in Settings.model_fields.items())


def _row(name: str, field: FieldInfo) -> str:
    if not field.description:
        raise ValueError(f"the setting {name} has no description")
    return f"| `ASSAY_{name.upper()}` | {_default(field)} | {field.description} |\n"


def _default(field: FieldInfo) -> str:
    extra: Any = field.json_schema_extra
    if isinstance(extra, dict) and "shown" in extra:
        return str(extra["shown"])
    if field.default is PydanticUndefined or field.default is None:
        return "none"
    if isinstance(field.default, int | float) and not isinstance(field.default, bool):
        return f"{field.default:,}"
    return f"`{field.default}`"


if __name__ == "__main__":
    sys.stdout.write(page())
