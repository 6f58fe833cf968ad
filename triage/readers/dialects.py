"""Dialects of JSON logs: which of their names mean what, where the usual names would mislead or say nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from .lines.pairs import Places, places
from .lines.zeeknames import named


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the records of one program are written.

    Attributes
    ----------
    kind
        Value of `raw_kind`.
    places
        Names that mean something else here than in `generic.ALIASES`, or nothing there.
    given
        Columns that hold this value where a record has none.
    copies
        Columns that hold what another one holds where a record has no value of their own.
    further
        Names that have a column elsewhere and stay further fields here.
    """

    kind: str
    places: Places = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    further: frozenset[str] = frozenset()


JSON: Final = Dialect("json")

CLOUDTRAIL: Final = Dialect(
    "cloudtrail",
    places(
        {
            "user": "useridentity.arn useridentity.username useridentity.principalid useridentity.invokedby "
            "useridentity.type",
            "target_user": "requestparameters.username requestparameters.rolearn requestparameters.rolename "
            "requestparameters.groupname",
            "outcome": "errorcode",
            "status": "errormessage",
        }
    ),
    {"outcome": "success"},
)
"""AWS CloudTrail: a record without an error code tells of a success."""

SURICATA: Final = Dialect(
    "suricata",
    places(
        {
            "action": "alert.signature dns.type tls.version fileinfo.state flow.state anomaly.event "
            "ssh.client.software_version smb.command",
            "outcome": "alert.action flow.reason smb.status",
            "url": "http.url dns.rrname tls.sni",
            "path": "fileinfo.filename smb.filename",
            "hash": "fileinfo.sha256 fileinfo.md5 tls.fingerprint",
            "method": "http.http_method proto",
            "status": "http.status dns.rcode",
            "message": "alert.category",
        }
    ),
    copies={"action": "method", "outcome": "status"},
)
"""Suricata EVE: `event_type` is the channel."""

ECS: Final = Dialect(
    "ecs",
    places(
        {
            "host": "host.name host.hostname winlog.computer_name agent.name agent.hostname",
            "user": "user.name winlog.event_data.subjectusername winlog.user.name user.id",
            "target_user": "user.target.name winlog.event_data.targetusername user.effective.name",
            "source_ip": "source.ip client.ip source.address winlog.event_data.ipaddress",
            "source_port": "source.port client.port winlog.event_data.ipport",
            "destination_ip": "destination.ip server.ip destination.address",
            "process": "process.executable process.name winlog.event_data.image winlog.event_data.newprocessname "
            "winlog.event_data.processname",
            "parent": "process.parent.executable process.parent.name winlog.event_data.parentimage "
            "winlog.event_data.parentprocessname",
            "command": "process.command_line winlog.event_data.commandline winlog.event_data.scriptblocktext",
            "channel": "winlog.channel event.dataset data_stream.dataset",
            "event_id": "event.code winlog.event_id",
            "provider": "event.provider winlog.provider_name event.module",
            "outcome": "event.outcome",
            "logon_type": "winlog.event_data.logontype winlog.logon.type",
            "path": "file.path registry.path winlog.event_data.targetfilename winlog.event_data.targetobject url.path",
            "hash": "file.hash.sha256 process.hash.sha256 process.hash.md5 winlog.event_data.hashes",
            "url": "url.original url.full dns.question.name url.domain",
            "method": "http.request.method network.transport",
            "bytes": "network.bytes source.bytes http.response.body.bytes",
        }
    ),
)
"""The Elastic Common Schema, nested or with dots in the names; also as Filebeat and Winlogbeat write it."""

# A Zeek log in JSON need not say which log it is; one of these fields shows it.
_ZEEK_PATHS: Final = {
    "conn_state": "conn",
    "qtype_name": "dns",
    "query": "dns",
    "status_code": "http",
    "uri": "http",
    "server_name": "ssl",
    "cipher": "ssl",
    "auth_success": "ssh",
    "note": "notice",
    "mime_type": "files",
    "request_type": "kerberos",
    "endpoint": "dce_rpc",
    "share_type": "smb_mapping",
    "mailfrom": "smtp",
    "addl": "weird",
}


_ZEEK_FURTHER: Final = frozenset(("host", "proto", "name", "version", "_path"))


@lru_cache(256)
def _zeek(path: str) -> Dialect:
    copies = {"method": "action", "status": "outcome"} if path == "http" else {}
    return Dialect("zeek", named(path), {"channel": path} if path else {}, copies, _ZEEK_FURTHER)


def of(record: Mapping[str, Any]) -> Dialect:
    """Dialect of a decoded record."""
    if "eventSource" in record and "eventName" in record:
        return CLOUDTRAIL
    if "@timestamp" in record and not _ECS.isdisjoint(record):
        return ECS
    if "event_type" in record and ("flow_id" in record or "src_ip" in record):
        return SURICATA
    if "id.orig_h" in record or ("_path" in record and "ts" in record):
        said = record.get("_path")
        if type(said) is str:
            return _zeek(said[:40])
        return _zeek(next((path for name, path in _ZEEK_PATHS.items() if name in record), ""))
    if "ecs" in record:
        return ECS
    return JSON


_ECS: Final = frozenset(
    (
        *("ecs", "ecs.version", "event", "event.action", "event.kind", "event.category", "event.dataset"),
        *("event.code", "agent", "agent.type", "host.name", "winlog", "winlog.channel"),
    )
)
