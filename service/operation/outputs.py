"""Incidents sent to other systems: to a webhook, to syslog, at least once each, however often it has to be tried."""

import hashlib
import hmac
import http.client
import json
import os
import socket
import ssl
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select, update

from ...errors import AssayError
from ...evidence.custody.entry import utc
from ..database import Database
from ..database.tables import output
from ..settings import Settings
from .log import logger
from .metrics import Metrics
from .rounds import Stop, go_round
from .targets import connect

__all__ = ["Outputs", "send_forever"]

_SHOWN: Final = (
    "id", "rank", "risk", "p", "percentile", "first_seen", "last_seen", "count", "summary", "entities",
    "attack", "kind",
)  # fmt: skip
_LEASE: Final = timedelta(seconds=60)
_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=1)
_TRIES: Final = 48
_BATCH: Final = 50
_EVERY_SECONDS: Final = 2.0
_DATAGRAM_BYTES: Final = 8192
# Facility 13 (log audit), severity 4 (warning).
_PRIORITY: Final = 13 * 8 + 4


class Undelivered(Exception):
    """The other system did not take it."""


class Outputs:
    """Sends incidents to where the settings say.

    Parameters
    ----------
    settings, database, metrics
        Of the room.
    """

    def __init__(self, settings: Settings, database: Database, metrics: Metrics) -> None:
        self._settings, self._database, self._metrics = settings, database, metrics
        self.targets = [name for name in ("webhook", "syslog") if getattr(settings, name) is not None]

    def offer(self, connection: Connection, case: str, job: str, incident: Mapping[str, Any]) -> None:
        """Note an incident to be sent, in the transaction that keeps it.

        Parameters
        ----------
        connection
            Of that transaction.
        case, job : str
            Where it was found.
        incident
            As ``assay triage --json`` has it. Its records stay here.
        """
        if not self.targets or incident["risk"] < self._settings.output_least_risk:
            return
        shown = {name: incident.get(name) for name in _SHOWN}
        page = {"type": "incident", "case": case, "job": job, "incident": shown}
        rows = [
            {
                "id": str(uuid.uuid4()),
                "target": target,
                "body": json.dumps(page),
                "created": utc(),
                "due": utc(),
                "tries": 0,
            }
            for target in self.targets
        ]
        connection.execute(insert(output), rows)

    def send_all(self, stop: Stop) -> None:
        """Send what is due until nothing more arrives."""
        while not stop() and self.send(stop):
            pass

    def send(self, stop: Stop = lambda: False) -> int:
        """Send what is due; return how much arrived. Several processes may.

        What is left when it has to stop is due again when the lease of this process ends.
        """
        sent = 0
        for name, target, body, tries in self._claimed():
            if stop():
                break
            try:
                if target == "webhook":
                    self._post(name, body.encode())
                else:
                    self._log(body)
            except (OSError, http.client.HTTPException, AssayError, Undelivered) as error:
                self._put_off(name, target, tries + 1, error)
                continue
            with self._database.writing() as connection:
                connection.execute(delete(output).where(output.c.id == name))
            self._metrics.sent.labels(target, "sent").inc()
            sent += 1
        return sent

    def _claimed(self) -> list[tuple[str, str, str, int]]:
        now = datetime.now(UTC)
        due = select(output).where(output.c.due <= utc(now), output.c.target.in_(self.targets))
        query = due.order_by(output.c.due, output.c.id).limit(_BATCH)
        with self._database.writing() as connection:
            rows = connection.execute(query.with_for_update(skip_locked=True)).all()
            names = [row.id for row in rows]
            later = update(output).where(output.c.id.in_(names)).values(due=utc(now + _LEASE))
            connection.execute(later)
        return [(row.id, row.target, row.body, row.tries) for row in rows]

    def _put_off(self, name: str, target: str, tries: int, error: Exception) -> None:
        gone = tries >= _TRIES
        with self._database.writing() as connection:
            if gone:
                connection.execute(delete(output).where(output.c.id == name))
            else:
                wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (tries - 1))
                values = {"due": utc(datetime.now(UTC) + wait), "tries": tries}
                connection.execute(update(output).where(output.c.id == name).values(values))
        self._metrics.sent.labels(target, "given up" if gone else "failed").inc()
        logger.warning(
            "output not delivered", output=name, target=target, tries=tries, given_up=gone, exc_info=error
        )

    def _post(self, name: str, body: bytes) -> None:
        assert self._settings.webhook is not None
        place = urlsplit(self._settings.webhook.get_secret_value())
        host, secure = place.hostname or "", place.scheme == "https"
        port = place.port or (443 if secure else 80)
        wire = connect(host, port, self._settings.output_allowed, socket.SOCK_STREAM)
        connection = http.client.HTTPConnection(host, port)
        try:
            connection.sock = _secured(wire, host) if secure else wire
            headers = {"Content-Type": "application/json", "X-Assay-Delivery": name}
            if self._settings.webhook_secret is not None:
                secret = self._settings.webhook_secret.get_secret_value().encode()
                headers["X-Assay-Signature"] = f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"
            path = (place.path or "/") + (f"?{place.query}" if place.query else "")
            connection.request("POST", path, body, headers)
            # A redirection is no delivery: it would lead to where nobody has allowed.
            if not 200 <= (status := connection.getresponse().status) < 300:
                raise Undelivered(f"status {status}")
        finally:
            connection.close()
            wire.close()

    def _log(self, body: str) -> None:
        assert self._settings.syslog is not None
        place = urlsplit(self._settings.syslog)
        host, datagram = place.hostname or "", place.scheme == "udp"
        kind = socket.SOCK_DGRAM if datagram else socket.SOCK_STREAM
        port = place.port or {"udp": 514, "tcp": 601, "tls": 6514}[place.scheme]
        line = f"<{_PRIORITY}>1 {utc()} {socket.gethostname()} assay {os.getpid()} incident - {body}".encode()
        with connect(host, port, self._settings.output_allowed, kind) as wire:
            if datagram:
                wire.send(line[:_DATAGRAM_BYTES])
                return
            with _secured(wire, host) if place.scheme == "tls" else wire as stream:
                stream.sendall(f"{len(line)} ".encode() + line)


def _secured(wire: socket.socket, host: str) -> socket.socket:
    return ssl.create_default_context().wrap_socket(wire, server_hostname=host)


async def send_forever(outputs: Outputs) -> None:
    """Send what is due again and again, until cancelled."""
    if outputs.targets:
        await go_round(outputs.send_all, every=_EVERY_SECONDS, name="outputs")
