"""JSON objects with any keys, flattened to dotted names, to normalised columns.

Known names of many sources (the Elastic Common Schema, CloudTrail, Suricata, Zeek, Kubernetes,
Office 365, Wazuh, journald) find their column; every other scalar is kept as an extra field.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from ..limits import LogLimits

# Normalised column: lower-case dotted names, best first.
ALIASES: Final[Mapping[str, str]] = {
    "time": "@timestamp eventtime timestamp time ts event.created creationtime requestreceivedtimestamp "
    "date datetime _time __realtime_timestamp event_time logged_at created_at",
    "host": "host.name host.hostname hostname agent.name computer _hostname host node machine "
    "beat.hostname sourcehost",
    "user": "user.name useridentity.arn useridentity.username user.username user userid username "
    "account principal actor.alternateid authenticationinfo.principalemail useridentity.principalid "
    "data.srcuser caller uid_name",
    "target_user": "user.target.name data.dstuser target_user dstuser requestparameters.username",
    "source_ip": "source.ip sourceipaddress src_ip srcip client.ip clientip client_ip id.orig_h "
    "data.srcip remote_addr remote_ip sourceips ip ip_address ipaddress client source_ip",
    "source_port": "source.port src_port id.orig_p srcport data.srcport",
    "destination_ip": "destination.ip dest_ip dst_ip dstip id.resp_h server.ip data.dstip destination_ip",
    "destination_port": "destination.port dest_port dst_port id.resp_p dstport data.dstport",
    "process": "process.executable process.name image exe _exe _comm program process proc",
    "parent": "process.parent.executable process.parent.name parentimage parent",
    "command": "process.command_line command_line commandline cmdline _cmdline command cmd",
    "service": "service.name eventsource workload service syslog_identifier kubernetes.container_name app "
    "application logger",
    "channel": "winlog.channel event.dataset data_stream.dataset event_type channel log_name log.name "
    "logtype sourcetype decoder.name recordtype",
    "event_id": "event.code alert.signature_id rule.id event_id signature_id event.id_code eventid_code",
    "provider": "event.provider event.module provider source_name module",
    "action": "event.action eventname operation operationname alert.signature rule.description verb action "
    "eventtype methodname name event activity",
    "outcome": "event.outcome errorcode outcome resultstatus result responsestatus.code success conn_state "
    "flag",
    "path": "file.path objectref.resource requestparameters.bucketname filename path object objectid "
    "syscheck.path",
    "hash": "file.hash.sha256 process.hash.sha256 hash.sha256 sha256 md5 hash",
    "url": "url.original url.full http.url dns.rrname dns.question.name uri requesturi url request query "
    "tls.sni",
    "method": "http.request.method http.http_method method request_method proto protocol network.transport "
    "protocol_type",
    "status": "http.response.status_code http.status status_code status statuscode errormessage code",
    "user_agent": "user_agent.original useragent http.http_user_agent user_agent useragent.raw "
    "http_user_agent",
    "bytes": "network.bytes bytes flow.bytes_toserver http.response.bytes size orig_bytes body_bytes_sent",
    "message": "message msg full_log log @message text description payload",
}
RANKS: Final[Mapping[str, tuple[str, int]]] = {
    alias: (column, rank) for column, names in ALIASES.items() for rank, alias in enumerate(names.split())
}


def flatten(record: Mapping[str, Any], limits: LogLimits) -> Iterator[tuple[str, str]]:
    """Walk the scalars of a JSON object.

    Parameters
    ----------
    record
        Decoded JSON.
    limits
        Bounds on nesting and on the number of fields.

    Yields
    ------
    name, value
        Dotted name and text; nulls and empty strings are left out. A list of scalars is one value.

    Raises
    ------
    RecursionError
        The object is nested deeper than the limit.
    """
    stack: list[tuple[str, Any, int]] = [("", record, 0)]
    left = limits.fields
    while stack and left > 0:
        prefix, value, depth = stack.pop()
        if depth > limits.nesting:
            raise RecursionError("nested deeper than the limit")
        kind = type(value)
        if kind is dict:
            inner = [
                (f"{prefix}.{k}" if prefix else k, v, depth + 1)
                for k, v in value.items()
                if v is not None and v != ""
            ]
            stack.extend(reversed(inner))
            continue
        left -= 1
        if kind is str:
            yield prefix, value
        elif kind is bool:
            yield prefix, "true" if value else "false"
        elif kind is int or kind is float:
            yield prefix, str(value)
        elif kind is list and value:
            if depth_of(value, limits.nesting) > limits.nesting:
                raise RecursionError("nested deeper than the limit")
            yield prefix, listed(value)


def depth_of(value: Any, limit: int) -> int:
    """Levels of nesting of a decoded JSON value; looking stops just above *limit*."""
    depth, level = 0, [value]
    while level and depth <= limit:
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        depth += 1
    return depth


def listed(values: list[Any]) -> str:
    """Text of a list."""
    try:
        return ", ".join(values)
    except TypeError:  # not all of them are strings
        return msgspec.json.encode(values).decode("utf-8", "replace")
