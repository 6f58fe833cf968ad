"""An upload becomes a file in a folder of its own, streamed and bounded, gone when the answer is given."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import HTTPException, Request
from starlette.datastructures import UploadFile

__all__ = ["MAX_BODY_BYTES", "received"]

MAX_BODY_BYTES = 512 * 1024 * 1024
"""Longest request body, multipart overhead included; a longer one is refused with status 413."""
CHUNK_BYTES = 1024 * 1024


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[tuple[Path, str]]:
    """Yield the path of the uploaded bytes and the name that the sender gave them.

    The body is either ``multipart/form-data`` with exactly one file, or the bytes themselves. The path never
    contains anything that the sender chose.

    Raises
    ------
    HTTPException
        400 when a form does not hold exactly one file; 413 when the body is longer than `MAX_BODY_BYTES`.
    """
    with tempfile.TemporaryDirectory(prefix="assay-upload-") as folder:
        path = Path(folder) / "upload"
        name = "upload"
        with path.open("wb") as file:
            if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
                async with request.form(max_files=1, max_fields=8) as form:
                    sent = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
                    if len(sent) != 1:
                        raise HTTPException(400, "send one file: curl -F file=@photo.jpg URL")
                    name = sent[0].filename or name
                    while chunk := await sent[0].read(CHUNK_BYTES):
                        file.write(chunk)
            else:
                async for chunk in request.stream():
                    file.write(chunk)
        yield path, name
