"""An upload from the wire into the store: bounded, hashed as it comes, and off the event loop."""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from ..limits import DEFAULT
from ..refusals import Refused, UploadDiffers, UploadTooLong
from ..store import Arrival
from .form import Form

__all__ = ["DigestUnfit", "declared_digest", "declared_length", "kept_name", "must_match", "take_in"]

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class DigestUnfit(Refused):
    """The header with the hash of the content cannot be read."""

    code = "digest-unfit"
    status = 400


async def take_in(
    request: Request, arrival: Arrival, longest: int, fields: dict[str, str] | None = None
) -> str | None:
    """Let the body of a request arrive.

    Parameters
    ----------
    request
        Its body is a form with one file, or the bytes themselves.
    arrival
        Open.
    longest : int
        Most bytes of the body.
    fields : dict, optional
        Takes the other fields of a form.

    Returns
    -------
    str or None
        What a form calls the file; None for bytes that come without a form.

    Raises
    ------
    UploadTooLong, UploadMalformed, StoreFull
    """
    declared_length(request, longest)
    content_type = request.headers.get("content-type", "")
    form = Form(content_type, arrival.write, fields) if _is_form(content_type) else None
    await _pour(request, longest, arrival.write if form is None else form.feed)
    return None if form is None else form.finish()


async def _pour(request: Request, longest: int, write: Callable[[bytes], None]) -> None:
    size, held = 0, bytearray()

    def poured() -> Awaitable[None]:
        data = bytes(held)
        held.clear()
        return run_in_threadpool(write, data)

    async for chunk in request.stream():
        size += len(chunk)
        if size > longest:
            raise _too_long(longest)
        held += chunk
        if len(held) >= DEFAULT.chunk_bytes:
            await poured()
    if held:
        await poured()


def declared_length(request: Request, longest: int) -> int:
    """Length of the body as the request declares it, 0 when it does not.

    Raises
    ------
    UploadTooLong
        It is longer than allowed.
    """
    declared = request.headers.get("content-length", "")
    length = int(declared) if declared.isdecimal() and len(declared) < 20 else 0
    if length > longest:
        raise _too_long(longest)
    return length


def declared_digest(request: Request) -> str | None:
    """SHA-256 that the client says the content has (RFC 9530 ``Repr-Digest: sha-256=:BASE64:``), in hexadecimal.

    Raises
    ------
    DigestUnfit
        The header holds no SHA-256.
    """
    given = request.headers.get("repr-digest")
    if given is None:
        return None
    found = re.search(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]{44}):", given)
    try:
        if found is not None:
            digest = base64.b64decode(found[1], validate=True)
            if len(digest) == 32:
                return digest.hex()
    except binascii.Error:
        pass
    raise DigestUnfit("Repr-Digest holds no sha-256=:BASE64: of 32 bytes")


def must_match(declared: str | None, sha256: str) -> None:
    """Raise `UploadDiffers` unless the content has the hash that was declared, if one was."""
    if declared is not None and declared != sha256:
        raise UploadDiffers(
            f"what came has the SHA-256 {sha256}: it is not what was sent, so nothing was kept"
        )


def kept_name(name: str | None) -> str:
    """A name as it is kept: its last part, in one line, not too long."""
    last = re.split(r"[/\\]", name or "")[-1]
    clean = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", last).encode("utf-8", "replace").decode()
    return clean.strip()[: DEFAULT.title_chars] or "upload"


def _is_form(content_type: str) -> bool:
    return content_type.lower().startswith("multipart/form-data")


def _too_long(longest: int) -> UploadTooLong:
    return UploadTooLong(f"the body is longer than {longest:,} bytes")
