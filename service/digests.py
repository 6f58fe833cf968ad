"""Content named by its hash in headers, so that a client can check it, and need not get it twice."""

import base64
from typing import Annotated

from fastapi import Header

__all__ = ["Seen", "has_it", "named_by"]

Seen = Annotated[
    str | None,
    Header(
        alias="If-None-Match",
        max_length=2000,
        description="The `ETag` of what the client has; 304 when it is still that.",
    ),
]


def named_by(sha256: str) -> dict[str, str]:
    """Headers that name content by its SHA-256 (RFC 9110, RFC 9530)."""
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    return {"ETag": f'"{sha256}"', "Repr-Digest": f"sha-256=:{digest}:"}


def has_it(seen: str | None, sha256: str) -> bool:
    """Whether ``If-None-Match`` names this content."""
    tags = {tag.strip().removeprefix("W/") for tag in (seen or "").split(",")}
    return f'"{sha256}"' in tags or tags == {"*"}
