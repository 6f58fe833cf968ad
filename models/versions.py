"""Semantic versions of artifacts."""

__all__ = ["SEMVER", "version_key"]

_NUMBER = r"(0|[1-9][0-9]*)"
_LABEL = r"[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*"
SEMVER = rf"^{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_LABEL})?(\+{_LABEL})?$"
"""Pattern of a version, by semver.org 2.0.0."""


def version_key(version: str) -> tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]:
    """Sort key of a semantic version by the precedence rules of semver.org 2.0.0 (build metadata ignored)."""
    core, _, before = version.split("+")[0].partition("-")
    major, minor, patch = (int(part) for part in core.split("."))
    parts = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in before.split(".") if before
    )
    return major, minor, patch, 0 if before else 1, parts
