"""Messages for a SIEM, one a line: syslog after RFC 5424, and CEF.

Severity 0..10 is that of `assay.triage.exports.rows.severity`. Syslog has it as 2 (critical) for 9 and 10, 3 (error)
for 7 and 8, 4 (warning) for 5 and 6, 5 (notice) below.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from .rows import Row, one_line, sound

FACILITY: Final = 13
"""Log audit."""

ENTERPRISE: Final = 32473
"""Private enterprise number of the structured data: the one that RFC 5612 reserves for documentation."""

LONGEST: Final = 1023
"""Most characters of one value: what CEF allows a message."""

LISTED: Final = 5
"""Most values of a list."""


def syslog(row: Row, what: str, version: str) -> str:
    """One row as a syslog message.

    Parameters
    ----------
    row
        Of `assay.triage.exports.rows`.
    what
        ``incidents`` or ``events``.
    version
        Of Assay.

    Returns
    -------
    str
        One line, without its end.
    """
    level = _LEVELS[row["severity"]]
    time = row["last_seen" if what == "incidents" else "time"] or "-"
    host = re.sub(r"[^!-~]", "_", (_texts(row["host"]) or [""])[0])[:255] or "-"
    kind = "incident" if what == "incidents" else "event"
    data = "".join(f' {name}="{_param(value)}"' for name, value in _named(row, what) if value)
    message = one_line(_message(row, what))[:LONGEST]
    mark = "" if message.isascii() else "\ufeff"
    header = f"<{FACILITY * 8 + level}>1 {time} {host} assay - {kind}"
    return f'{header} [assay@{ENTERPRISE} version="{_param(version)}"{data}] {mark}{message}'


def cef(row: Row, what: str, version: str) -> str:
    """One row as a CEF message.

    Parameters
    ----------
    row, what, version
        As for `syslog`.

    Returns
    -------
    str
        One line, without its end.
    """
    name = row["type"] or "records without a type"
    signature = f"{'incident' if what == 'incidents' else 'event'}:{row.get('field') or 'none'}"
    head = "|".join(_header(part) for part in ("Assay", "triage", version, signature, name))
    return f"CEF:0|{head}|{row['severity']}|" + " ".join(
        f"{key}={_extension(value)}" for key, value in _extensions(row, what)
    )


class MessageWriter:
    """Rows as messages, one a line, UTF-8."""

    def __init__(self, path: Path, what: str, form: Callable[[Row, str, str], str]) -> None:
        from ... import __version__

        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._what, self._form, self._version = what, form, __version__

    def write(self, row: Row) -> None:
        """Add a row."""
        self._file.write(self._form(row, self._what, self._version) + "\n")

    def close(self) -> None:
        """End the file."""
        self._file.close()


_LEVELS: Final[Mapping[int, int]] = {
    severity: 2 if severity >= 9 else 3 if severity >= 7 else 4 if severity >= 5 else 5 for severity in range(11)
}


def _message(row: Row, what: str) -> str:
    if what == "incidents":
        return str(row["summary"])
    return str(row["message"] or row["command"] or row["type"] or "")


def _named(row: Row, what: str) -> list[tuple[str, str]]:
    """Names and values of the structured data."""
    names = (
        ("id", "rank", "risk", "p", "severity", "first_seen", "last_seen", "count", "host", "user", "source_ip",
         "process", "type", "field", "value", "attack", "rules", "reasons", "continues")
        if what == "incidents"
        else ("source", "line", "score", "p", "severity", "incident_id", "type", "host", "user", "target_user",
              "source_ip", "destination_ip", "process", "reasons")
    )  # fmt: skip
    return [(name, _shown(row[name])) for name in names]


def _extensions(row: Row, what: str) -> list[tuple[str, str]]:
    incident = what == "incidents"
    host, user, address, process = (_texts(row[name]) for name in ("host", "user", "source_ip", "process"))
    first = row["first_seen" if incident else "time"]
    last = row["last_seen" if incident else "time"]
    pairs: list[tuple[str, Any]] = [
        ("rt", _millis(last)),
        ("start", _millis(first)),
        ("end", _millis(last)),
        ("externalId", row["id"] if incident else row["incident_id"]),
        ("cnt", row["count"] if incident else 1),
        ("dvchost", host[0] if host else None),
        ("suser", user[0] if user else None),
        ("sproc", process[0] if process else None),
        *_address(address[0] if address else None),
        ("msg", _message(row, what)),
        *_labelled("cfp1", "bits", row["risk" if incident else "score"]),
        *_labelled("cfp2", "p", row["p"]),
        *_labelled("cs1", "reasons", _shown(row["reasons"])),
        *_labelled("cs2", "attack", _shown(row["attack"]) if incident else None),
        *_labelled("cs3", "source addresses", _shown(address)),
        *_labelled("cs4", "users", _shown(user)),
        *_labelled("cs5", "continues" if incident else "source", row["continues" if incident else "source"]),
        *_labelled("cn1", "rank" if incident else "line", row["rank" if incident else "line"]),
    ]
    return [(key, str(value)) for key, value in pairs if value not in (None, "")]


def _address(text: str | None) -> list[tuple[str, str]]:
    """The source address under the key that CEF has for its kind; anything else only stands in the list."""
    try:
        address = ip_address(text or "")
    except ValueError:
        return []
    if address.version == 4:
        return [("src", str(address))]
    return [("c6a2", str(address)), ("c6a2Label", "Source IPv6 Address")]


def _labelled(key: str, label: str, value: Any) -> list[tuple[str, Any]]:
    return [] if value in (None, "") else [(key, value), (f"{key}Label", label)]


def _millis(text: str | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text).timestamp() * 1000)


def _texts(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [value] if value else []


def _shown(value: Any) -> str:
    if isinstance(value, list):
        more = f"; and {len(value) - LISTED} more" if len(value) > LISTED else ""
        return "; ".join(value[:LISTED]) + more
    return "" if value is None else str(value)


def _param(text: str) -> str:
    """Escape a value of structured data: the quote, the backslash and the closing bracket."""
    return re.sub(r'(["\\\]])', r"\\\1", one_line(sound(text[:LONGEST])))


def _header(text: str) -> str:
    """Escape a field of the CEF header: the bar and the backslash."""
    return re.sub(r"([|\\])", r"\\\1", one_line(sound(text[:LONGEST])))


def _extension(text: str) -> str:
    """Escape a value of a CEF extension: the backslash, the equals sign and the ends of lines."""
    parts = re.split(r"([\r\n])", text[:LONGEST])
    ends = {"\r": r"\r", "\n": r"\n"}
    return "".join(ends.get(part) or re.sub(r"([=\\])", r"\\\1", one_line(sound(part))) for part in parts)
