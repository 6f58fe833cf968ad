"""Handing out what a job made: a report in its forms, and the files that its pages show."""

import io
import mimetypes
import zipfile
from collections.abc import Iterator
from typing import Final, Literal

from fastapi.responses import Response, StreamingResponse

from ..digests import has_it, named_by
from ..limits import DEFAULT
from ..refusals import NotHere
from .bench import Bench

__all__ = ["Form", "Part", "delivered", "packed_report"]

Form = Literal["json", "html", "pdf", "zip"]
"""How a report is given; ``zip`` is the whole sealed folder, as `assay evidence verify` takes it."""
Part = Literal["pictures", "details", "index"]
"""Folders of a report."""

# A report quotes what hostile files say. It is text there; should that ever fail, it still runs nothing, asks nobody.
_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; font-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups"
    ),
}
_SEAL: Final = "report/"


def delivered(bench: Bench, job: str, name: str, *, seen: str | None = None) -> Response:
    """A file of a job.

    Parameters
    ----------
    bench
        Knows its results.
    job
        Id.
    name
        Within the job.
    seen
        ``If-None-Match``: what the client has already.

    Raises
    ------
    NotHere
    """
    blob = bench.results.find(job, name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind == "image/svg+xml":
        kind += "; charset=utf-8"
    headers = {**_HEADERS, **named_by(blob.sha256)}
    if has_it(seen, blob.sha256):
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(blob.size)
    return StreamingResponse(bench.results.store.chunks(blob.sha256), headers=headers, media_type=kind)


def packed_report(bench: Bench, job: str) -> StreamingResponse:
    """The sealed folder of a report as an archive, made while it is sent.

    Raises
    ------
    NotHere
        The job made no report.
    """
    names = [name for name in bench.results.names(job) if name.startswith(_SEAL)]
    if not names:
        raise NotHere("the job made no report, or has not ended")
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="assay-{job}.zip"'}
    return StreamingResponse(_packed(bench, job, names), headers=headers, media_type="application/zip")


def _packed(bench: Bench, job: str, names: list[str]) -> Iterator[bytes]:
    pipe = _Pipe()
    # Pictures are compressed already, and the same folder gives the same archive.
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            blob = bench.results.find(job, name)
            with archive.open(zipfile.ZipInfo(name.removeprefix(_SEAL)), "w", force_zip64=True) as file:
                for chunk in bench.results.store.chunks(blob.sha256):
                    file.write(chunk)
                    yield from pipe.taken(DEFAULT.chunk_bytes)
    yield from pipe.taken(1)


class _Pipe(io.RawIOBase):
    """What is written comes out again; nothing is kept."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | memoryview | bytearray") -> int:  # type: ignore[override]
        self._held += data
        return len(data)

    def taken(self, least: int) -> Iterator[bytes]:
        if len(self._held) >= least:
            data = bytes(self._held)
            self._held.clear()
            yield data
