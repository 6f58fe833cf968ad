"""What the examples of the wire have in common."""

from typing import Any, Final

from pydantic import ConfigDict

__all__ = ["CASE", "JOB", "KEY", "SHA256", "WHEN", "example"]

CASE: Final = "0b0e7c1c-6a54-4d0e-8f5c-4f3f2a1d9c77"
JOB: Final = "6f1c9d0b8a9e4a7f9a54d3f4f0a51c22"
KEY: Final = "key 0123456789abcdef: desk"
SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
WHEN: Final = "2026-01-31T23:59:59.000000Z"


def example(page: dict[str, Any]) -> ConfigDict:
    """Settings of a model that shows this page as its example."""
    return ConfigDict(json_schema_extra={"examples": [page]})
