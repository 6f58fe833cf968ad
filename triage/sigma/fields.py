"""Fields of rules, and where a normalised record keeps them.

The Windows reader merges spellings of the same thing into one column (`Image`, `NewProcessName` and
`SourceImage` become `process`). Which spelling a value came from follows from the event's channel and
number, since no event has two of them; so a rule that asks for `Image` does not read the `SourceImage` of
another event. What no column has is kept among the extras under its own name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ..readers.generic import RANKS
from ..readers.vocabulary import DETAIL, SETTLED
from .sources import SECURITY, SYSMON, Family, Kind, Scope


@dataclass(frozen=True, slots=True)
class Place:
    """Where the values of a field are.

    Attributes
    ----------
    column
        Column of the normalised frame, or None.
    spellings
        Names under which a Windows event may have brought the column's value; empty is any.
    extras
        Names among the extra fields, looked at before the column.
    whole
        All text of the record instead, for keywords.
    """

    column: str | None = None
    spellings: frozenset[str] = frozenset()
    extras: tuple[str, ...] = ()
    whole: bool = False


WHOLE: Final = Place(whole=True)
"""Everything a record says."""

_HEADER: Final[Mapping[str, str]] = {
    "EventID": "event_id",
    "EventId": "event_id",
    "Channel": "channel",
    "Provider_Name": "provider",
    "ProviderName": "provider",
    "SourceName": "provider",
    "Computer": "host",
    "ComputerName": "host",
    "Hostname": "host",
}
_OWN: Final = {name: column for column, names in DETAIL.items() for name in names}
_LOST: Final = SETTLED | {"Message", "Keywords", "SubStatus", "MemberName", "EventTypeOrignal"}
"""Read by the Windows reader for other ends or not at all, or merged behind another field of the same event."""

_AUDIT: Final[Mapping[str, str]] = {"Image": "NewProcessName", "ParentImage": "ParentProcessName"}
"""Names of Sysmon to those of the audit event 4688, which is the other dialect of process creation."""

_NUMBERS: Final[Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]] = {
    (SYSMON, "process"): {"SourceImage": ("8", "10")},
    (SYSMON, "user"): {"SourceUser": ("8", "10")},
    (SYSMON, "path"): {
        "TargetImage": ("8", "10"),
        "TargetObject": ("12", "13", "14"),
        "PipeName": ("17", "18"),
        "ImageLoaded": ("6", "7"),
    },
    (SYSMON, "hash"): {"Hash": ("15",)},
    (SYSMON, "url"): {"DestinationHostname": ("3",)},
    (SECURITY, "process"): {
        "NewProcessName": ("4688",),
        "Application": ("5031", "5150", "5151", "5152", "5153", "5154", "5155", "5156", "5157", "5158", "5159"),
    },
    (SECURITY, "command"): {"TaskContent": ("4698", "4699", "4700", "4701")},
    (SECURITY, "source_ip"): {"SourceAddress": ("5152", "5153", "5154", "5155", "5156", "5157", "5158", "5159")},
    (SECURITY, "source_port"): {"SourcePort": ("5152", "5153", "5154", "5155", "5156", "5157", "5158", "5159")},
    (SECURITY, "method"): {"Protocol": ("5152", "5153", "5154", "5155", "5156", "5157", "5158", "5159")},
    (SECURITY, "user"): {"UserName": ("5440", "5441", "5442", "5443", "5444", "5446", "5447", "5448", "5449")},
}
_REST: Final[Mapping[tuple[str, str], str]] = {
    (SYSMON, "process"): "Image",
    (SYSMON, "user"): "User",
    (SYSMON, "path"): "TargetFilename",
    (SYSMON, "parent"): "ParentImage",
    (SYSMON, "command"): "CommandLine",
    (SYSMON, "hash"): "Hashes",
    (SYSMON, "url"): "QueryName",
    (SYSMON, "source_ip"): "SourceIp",
    (SYSMON, "destination_ip"): "DestinationIp",
    (SECURITY, "process"): "ProcessName",
    (SECURITY, "parent"): "ParentProcessName",
    (SECURITY, "user"): "SubjectUserName",
    (SECURITY, "path"): "ObjectName",
    (SECURITY, "command"): "CommandLine",
    (SECURITY, "source_ip"): "IpAddress",
    (SECURITY, "source_port"): "IpPort",
    (SECURITY, "method"): "AuthenticationPackageName",
    (SECURITY, "target_user"): "TargetUserName",
}
_WEB: Final[Mapping[str, str]] = {
    "c-ip": "source_ip",
    "c-uri": "url",
    "cs-uri-query": "url",
    "cs-uri-stem": "path",
    "cs-method": "method",
    "cs-user-agent": "user_agent",
    "c-useragent": "user_agent",
    "sc-status": "status",
}
_UNIX: Final[Mapping[str, str]] = {
    "user": "user", "exe": "process", "CommandLine": "command", "command": "command", "program": "service",
}  # fmt: skip


def place_of(field: str, scope: Scope) -> Place | None:
    """Where a field of a rule is.

    Parameters
    ----------
    field
        As the rule spells it.
    scope
        Of the rule's log source.

    Returns
    -------
    Place or None
        None when records do not keep it.
    """
    if scope.family == "windows":
        return _windows(field, scope)
    if scope.family == "json":
        known = None if field in ("eventID", "eventId") else RANKS.get(field.lower())
        return Place(column=None if known is None else known[0], extras=(field,))
    if scope.family == "web" and field in ("cs-referer", "cs-referrer"):
        return Place(extras=("referrer",))
    column = (_WEB if scope.family == "web" else _UNIX).get(field)
    return None if column is None else Place(column=column)


def _windows(field: str, scope: Scope) -> Place | None:
    if field in _HEADER:
        return Place(column=_HEADER[field])
    if field in _LOST:
        return None
    if field in _OWN:
        spellings = {field}
        if scope.creation and field in _AUDIT:
            spellings.add(_AUDIT[field])
        return Place(column=_OWN[field], spellings=frozenset(spellings))
    if scope.creation and field == "IntegrityLevel":
        return Place(extras=("IntegrityLevel", "MandatoryLabel"))
    return Place(extras=(field,))


@lru_cache(4096)
def spelling(column: str, channel: str, event_id: str) -> str | None:
    """The name under which a Windows event brings the value of a column; None when it may be any of them.

    Parameters
    ----------
    column
        Of the normalised frame.
    channel, event_id
        In lower case.

    Returns
    -------
    str or None
    """
    for name, numbers in _NUMBERS.get((channel, column), {}).items():
        if event_id in numbers:
            return name
    return _REST.get((channel, column))


def speaks(place: Place, kind: Kind) -> bool:
    """Whether the column of a place may hold, in records of a kind, what the rule's field means."""
    if place.column is None or not place.spellings or not kind.windows:
        return True
    name = spelling(place.column, kind.channel, kind.event_id)
    return name is None or name in place.spellings


def empty_values(family: Family) -> frozenset[str]:
    """Values, in lower case, that a record does not keep since they say "nothing"."""
    return frozenset(("", "-", "%%1833", "%%1843")) if family == "windows" else frozenset(("",))
