"""An upload becomes a file in a folder of its own, streamed and bounded, gone when the answer is given."""

import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

__all__ = ["MAX_BODY_BYTES", "received"]

MAX_BODY_BYTES = 512 * 1024 * 1024
"""Longest request body, multipart overhead included; a longer one is refused with status 413."""
MAX_FIELDS = 8
"""Most form fields beside the file."""
CHUNK_BYTES = 1024 * 1024


@asynccontextmanager
async def received(request: Request, max_body: int = MAX_BODY_BYTES) -> AsyncIterator[tuple[Path, str]]:
    """Yield the path of the uploaded bytes and the name that the sender gave them.

    The body is either ``multipart/form-data`` with exactly one file, or the bytes themselves. The path never
    contains anything that the sender chose.

    Raises
    ------
    HTTPException
        400 when a form does not hold exactly one file; 413 when the body is longer than `max_body` bytes.
    """
    with tempfile.TemporaryDirectory(prefix="assay-upload-") as folder:
        path = Path(folder) / "upload"
        if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            name = await _form_file(request, max_body, path)
        else:
            name = "upload"
            with path.open("wb") as file:
                async for chunk in _bounded(request, max_body):
                    file.write(chunk)
        yield path, name


async def _bounded(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """Give the body on, and stop at the first byte too many, declared or sent."""
    too_long = HTTPException(
        413, f"the body is longer than {limit:,} bytes: send less, or use the command line"
    )
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_long
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise too_long
        yield chunk


async def _form_file(request: Request, max_body: int, path: Path) -> str:
    stream = _bounded(request, max_body)
    try:
        form = await MultiPartParser(request.headers, stream, max_files=1, max_fields=MAX_FIELDS).parse()
    except MultiPartException as error:
        raise HTTPException(400, f"{error.message} Send one file: curl -F file=@photo.jpg URL") from error
    try:
        sent = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        if len(sent) != 1:
            raise HTTPException(400, "the form holds no file: curl -F file=@photo.jpg URL")
        with path.open("wb") as file:
            while chunk := await sent[0].read(CHUNK_BYTES):
                file.write(chunk)
        return sent[0].filename or "upload"
    finally:
        await form.close()
