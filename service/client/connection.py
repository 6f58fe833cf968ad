"""One address, one key: requests over HTTP with what the standard library has, tried again where that is safe."""

import base64
import hashlib
import http.client
import json
import os
import random
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import quote, urlencode, urlsplit

from ... import __version__
from .troubles import AnswerStrange, DownloadDamaged, RequestRefused, ServiceBusy, ServiceUnreachable, refusal

__all__ = ["Answer", "Connection", "Values", "sha256_of", "within"]

Values = Mapping[str, str | int | float | bool | Sequence[str] | None]
"""Of a query; None is left out, a sequence is repeated."""

_BLOCK: Final = 256 * 1024
_ANSWER_BYTES: Final = 256 * 1024 * 1024
"""Longest answer that is taken into memory; longer things are downloads."""
_FIRST_WAIT: Final = 0.5
_BROKEN: Final = (OSError, http.client.HTTPException)


class Answer:
    """The head of an answer, and its body while it comes.

    Parameters
    ----------
    response
        Not read yet.
    """

    def __init__(self, response: http.client.HTTPResponse, host: str) -> None:
        self._response, self._host = response, host
        self.status = response.status

    def header(self, name: str) -> str | None:
        """A header."""
        return self._response.getheader(name)

    def lines(self) -> Iterator[bytes]:
        """Lines as they come."""
        while line := self._heard(self._response.readline, _BLOCK):
            yield line

    def blocks(self) -> Iterator[bytes]:
        """Bytes as they come."""
        while block := self._heard(self._response.read, _BLOCK):
            yield block

    def page(self) -> Any:
        """The JSON of the whole body.

        Raises
        ------
        AnswerStrange
        """
        text = self._heard(self._response.read, _ANSWER_BYTES + 1)
        if len(text) > _ANSWER_BYTES:
            raise AnswerStrange("the answer is longer than any that the service gives")
        try:
            return json.loads(text)
        except ValueError:
            raise AnswerStrange(f"the answer ({self.status}) is no JSON: is this an Assay service?") from None

    def _heard(self, read: Callable[[int], bytes], most: int) -> bytes:
        try:
            return read(most)
        except _BROKEN as error:
            raise ServiceUnreachable(
                f"{self._host}: the answer broke off: {error or type(error).__name__}"
            ) from None


class Connection:
    """Asks a service. Thread-safe: each request has a connection of its own. Redirections are not followed.

    Parameters
    ----------
    address
        ``http://HOST:PORT`` or ``https://HOST``, with a path before it if a proxy wants one.
    key
        ``ak_ID_SECRET``.
    timeout
        Seconds that the service may say nothing.
    tries
        How often a request is sent at most when it may be sent again.
    patience
        Longest wait in seconds between two tries; a service that wants a longer one is not asked again.
    tls
        How certificates are checked; by default as the system does.
    """

    def __init__(
        self,
        address: str,
        key: str,
        *,
        timeout: float,
        tries: int,
        patience: float,
        tls: ssl.SSLContext | None,
    ) -> None:
        place = urlsplit(address)
        if place.scheme not in ("http", "https") or place.hostname is None:
            raise ValueError("address: http://HOST:PORT or https://HOST")
        if not key.isascii() or not key.isprintable():
            raise ValueError("key: ak_ID_SECRET")
        self._host, self._port = place.hostname, place.port
        self._before = place.path.rstrip("/")
        self._timeout, self._tries, self._patience = timeout, tries, patience
        self._tls = (tls or ssl.create_default_context()) if place.scheme == "https" else None
        self._headers = {"Authorization": f"Bearer {key}", "User-Agent": f"assay-client/{__version__}"}

    def page(
        self,
        method: str,
        path: str,
        *,
        query: Values | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        again: bool | None = None,
    ) -> Any:
        """Ask for JSON; None when the answer has no body.

        Parameters
        ----------
        method, path, query, headers
            Of the request.
        body
            Sent as JSON unless it is None.
        again
            Whether the request may be sent twice; by default a method that changes nothing, or the same twice.

        Raises
        ------
        RequestRefused, ServiceUnreachable, AnswerStrange
        """
        sent = None if body is None else json.dumps(body).encode()
        more = {"Content-Type": "application/json"} if sent is not None else {}
        with self.asked(
            method, path, query=query, body=sent, headers={**more, **(headers or {})}, again=again
        ) as answer:
            return None if answer.status == 204 or method == "HEAD" else answer.page()

    @contextmanager
    def asked(
        self,
        method: str,
        path: str,
        *,
        query: Values | None = None,
        body: bytes | BinaryIO | None = None,
        headers: Mapping[str, str] | None = None,
        again: bool | None = None,
        timeout: float | None = None,
    ) -> Iterator[Answer]:
        """Ask, and read the answer within the context; see `page`.

        An open file as the body is sent from where it stands, without being held in memory.
        """
        safe = method in ("GET", "HEAD", "PUT") if again is None else again
        begins = None if body is None or isinstance(body, bytes) else body.tell()
        for tried in range(1, self._tries + 1):
            last = tried == self._tries
            wire = self._wire(timeout)
            response: http.client.HTTPResponse | None = None
            try:
                try:
                    response = self._sent(wire, method, path, query, body, headers or {})
                except _BROKEN as error:
                    if last or not safe:
                        raise ServiceUnreachable(f"{self._host}: {error or type(error).__name__}") from None
                    wait = self._pause(tried, None)
                else:
                    trouble = _trouble(response)
                    if trouble is None:
                        yield Answer(response, self._host)
                        return
                    # A refusal for its rate was given before anything was done, so that every request may come again.
                    waits = isinstance(trouble, ServiceBusy) and (safe or trouble.status == 429)
                    wait = self._pause(tried, trouble.retry_after)
                    if last or not waits or wait > self._patience:
                        raise trouble
            finally:
                if response is not None:
                    response.close()
                wire.close()
            time.sleep(wait)
            if begins is not None:
                assert body is not None and not isinstance(body, bytes)
                body.seek(begins)

    def fetch(self, path: str, target: str | os.PathLike[str], *, sha256: str | None = None) -> Path:
        """Download into a file, which is there only when all of it came as it should.

        Parameters
        ----------
        path
            What.
        target
            File; one that is there is replaced.
        sha256
            Hash that it must have; by default the one that the service names, if it does.

        Raises
        ------
        DownloadDamaged
            It has another one.
        """
        place = Path(target)
        handle, name = tempfile.mkstemp(prefix=f".{place.name}-", dir=place.parent)
        try:
            digest = hashlib.sha256()
            with os.fdopen(handle, "wb") as file, self.asked("GET", path) as answer:
                for block in answer.blocks():
                    digest.update(block)
                    file.write(block)
                expected = sha256 or _named(answer.header("repr-digest"))
                length = answer.header("content-length")
                if length is not None and file.tell() != int(length):
                    raise DownloadDamaged(f"{place.name}: {file.tell():,} of {int(length):,} bytes came")
            if expected is not None and digest.hexdigest() != expected:
                raise DownloadDamaged(f"{place.name} has the SHA-256 {digest.hexdigest()}, not {expected}")
            Path(name).replace(place)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()
        return place

    def _wire(self, timeout: float | None) -> http.client.HTTPConnection:
        seconds = self._timeout if timeout is None else timeout
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=seconds, blocksize=_BLOCK)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=seconds, blocksize=_BLOCK, context=self._tls
        )

    def _sent(
        self,
        wire: http.client.HTTPConnection,
        method: str,
        path: str,
        query: Values | None,
        body: bytes | BinaryIO | None,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        shown = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        target = self._before + path + (f"?{urlencode(shown, doseq=True)}" if shown else "")
        try:
            wire.request(method, target, body, {**self._headers, **headers})
        except (BrokenPipeError, ConnectionResetError):
            # The service has answered before it had heard everything: what it says is worth more than the broken pipe.
            if wire.sock is None:
                raise
        return wire.getresponse()

    def _pause(self, tried: int, wanted: float | None) -> float:
        if wanted is not None:
            return wanted
        # Clients that were cut off together must not come back together.
        return min(self._patience, _FIRST_WAIT * 2.0 ** (tried - 1)) * random.uniform(0.5, 1.0)


def within(*parts: str) -> str:
    """A path out of parts, each of which stays one part whatever it holds."""
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def sha256_of(file: BinaryIO) -> str:
    """SHA-256 of a file from where it stands, in hexadecimal; it stands there again afterwards."""
    begins, digest = file.tell(), hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
    file.seek(begins)
    return digest.hexdigest()


def _trouble(response: http.client.HTTPResponse) -> RequestRefused | None:
    if response.status < 300 or response.status == 304:
        return None
    if response.status < 400:
        raise AnswerStrange(f"the service points elsewhere ({response.status}): give its own address")
    try:
        page = json.loads(response.read(_ANSWER_BYTES))
    except (ValueError, *_BROKEN):
        page = {}
    return refusal(response.status, page if isinstance(page, dict) else {}, response.getheader("retry-after"))


def _named(digest: str | None) -> str | None:
    """SHA-256 out of a ``Repr-Digest``."""
    for part in (digest or "").split(","):
        name, _, value = part.strip().partition("=")
        if name == "sha-256" and value.startswith(":") and value.endswith(":"):
            return base64.b64decode(value[1:-1]).hex()
    return None


def _text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return list(value) if isinstance(value, (list, tuple)) else str(value)
