"""Evidence and cases: sent without being sent twice, looked up, read back."""

import base64
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from .answers import Case, Entry, Exhibit, Held
from .connection import Connection, Values, sha256_of, within
from .troubles import NothingFound, StateRefused

__all__ = ["Content", "Evidence", "opened", "rows"]

Content = str | os.PathLike[str] | bytes
"""What is sent: a path, or the bytes themselves."""


class Evidence:
    """Exhibits and the cases that hold them.

    Parameters
    ----------
    connection
        To the service.
    case
        The one that is meant where none is named; None: the only one that the key sees.
    """

    def __init__(self, connection: Connection, case: str | None) -> None:
        self._connection, self._case = connection, case

    def cases(self) -> list[Case]:
        """The cases that the key may see."""
        return [Case.of(each) for each in self._connection.page("GET", within("cases"))["cases"]]

    def open_case(
        self, name: str, *, note: str = "", quota_bytes: int | None = None, keep_days: int | None = None
    ) -> Case:
        """Open a case; needs an admin's key. Not tried twice: a second one would be another case."""
        body = {"name": name, "note": note, "quota_bytes": quota_bytes, "keep_days": keep_days}
        return Case.of(self._connection.page("POST", within("cases"), body=body))

    def submit(self, content: Content, *, name: str | None = None, case: str | None = None) -> Held:
        """Bring an exhibit into a case. What the case holds already is not sent again.

        The content is hashed first, and the service keeps it only if it arrives with this hash.

        Parameters
        ----------
        content
            A path, or the bytes themselves.
        name
            What it is called; by default the last part of the path.
        case
            Id.

        Raises
        ------
        RequestRefused
            `RequestUnfit` with the code ``upload-differs`` when the file changed meanwhile or was damaged on its way.
        """
        with opened(content) as (file, size, own):
            sha256 = sha256_of(file)
            meant = case if case is not None else self._case if self._case is not None else self._only_case()
            if self.has(sha256):
                query: Values = {"case": meant, "sha256": sha256, "rows": 1}
                for each in self._connection.page("GET", within("evidence"), query=query)["exhibits"]:
                    return Held.of(each)
            headers = {
                "Content-Type": "application/octet-stream",
                "Content-Length": str(size),
                "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:",
            }
            called = (own if name is None else name).encode("utf-8", "replace").decode()
            # The same content twice is the same exhibit, so that a broken connection does no harm.
            with self._connection.asked(
                "POST",
                within("evidence"),
                query={"case": meant, "name": called or None},
                body=file,
                headers=headers,
                again=True,
            ) as answer:
                return Held.of(answer.page())

    def has(self, sha256: str) -> bool:
        """Whether the key may see an exhibit of this hash."""
        try:
            self._connection.page("HEAD", within("evidence", sha256))
        except NothingFound:
            return False
        return True

    def exhibit(self, sha256: str) -> Exhibit:
        """An exhibit with its whole custody, as far as the key may see."""
        custody: list[Entry] = []
        after = -1
        while True:
            page = self._connection.page("GET", within("evidence", sha256), query={"custody_after": after})
            custody += [Entry.of(each) for each in page["custody"]]
            if page["custody_next"] is None:
                held = tuple(Held.of(each) for each in page["held"])
                return Exhibit.of(page, held=held, custody=tuple(custody))
            after = page["custody_next"]

    def exhibits(
        self, *, case: str | None = None, name: str | None = None, sha256: str | None = None
    ) -> Iterator[Held]:
        """Exhibits that the key may see, newest first; `name` is a part of it, `sha256` its beginning."""
        query = {"case": case, "name": name, "sha256": sha256}
        for each in rows(self._connection, within("evidence"), "exhibits", query):
            yield Held.of(each)

    def content(self, sha256: str, target: str | os.PathLike[str]) -> Path:
        """Download an exhibit into a file that is there only if it has this hash.

        Raises
        ------
        DownloadDamaged
        """
        return self._connection.fetch(within("evidence", sha256, "content"), target, sha256=sha256)

    def release(self, sha256: str, *, case: str | None = None, reason: str = "") -> None:
        """Delete an exhibit from a case, or from all; needs an admin's key. The custody log keeps who did it."""
        query = {"case": case, "reason": reason or None}
        self._connection.page("DELETE", within("evidence", sha256), query=query)

    def custody(self, *, case: str | None = None, exhibit: str | None = None) -> Iterator[Entry]:
        """The custody log in its order."""
        query = {"case": case, "exhibit": exhibit}
        for each in rows(self._connection, within("custody"), "entries", query):
            yield Entry.of(each)

    def _only_case(self) -> str:
        seen = self.cases()
        if len(seen) != 1:
            raise StateRefused("name the case: the key sees several, or none", "case-needed", 409)
        return seen[0].id


class opened:
    """Content as an open file, its size and its name; as a context manager.

    Parameters
    ----------
    content
        A path, or bytes.
    """

    def __init__(self, content: Content) -> None:
        self._content = content

    def __enter__(self) -> tuple[BinaryIO, int, str]:
        if isinstance(self._content, bytes):
            self._file: BinaryIO = io.BytesIO(self._content)
            return self._file, len(self._content), ""
        place = Path(self._content)
        self._file = place.open("rb")
        return self._file, os.fstat(self._file.fileno()).st_size, place.name

    def __exit__(self, *_: object) -> None:
        self._file.close()


def rows(connection: Connection, path: str, name: str, query: Values) -> Iterator[Any]:
    """All rows of a list that comes in pages."""
    after: str | int | None = None
    while True:
        page = connection.page("GET", path, query={**query, "after": after})
        yield from page[name]
        after = page["next"]
        if after is None:
            return
