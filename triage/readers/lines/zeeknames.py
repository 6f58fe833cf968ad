"""What the fields of Zeek's logs mean, log by log; the same for logs with tabs and in JSON."""

from typing import Final

from . import pairs

_COMMON: Final = {
    "time": "ts",
    "source_ip": "id.orig_h orig_h src tx_hosts client_addr",
    "source_port": "id.orig_p orig_p",
    "destination_ip": "id.resp_h resp_h dst rx_hosts server_addr",
    "destination_port": "id.resp_p resp_p",
    "service": "service",
    "method": "method proto trans_proto version",
    "status": "status_code rcode_name reply_code status",
    "user_agent": "user_agent",
    "bytes": "orig_bytes seen_bytes request_body_len",
    "message": "msg reply_msg sub",
    "hash": "sha256 sha1 md5 ja3",
    "url": "uri query server_name",
    "path": "filename path",
    "user": "username user client",
}
_OF_PATH: Final = {
    "conn": {"outcome": "conn_state"},
    "dns": {"action": "qtype_name", "outcome": "rcode_name"},
    "http": {
        "action": "method",
        "outcome": "status_code",
        "user": "username",
        "bytes": "response_body_len",
        "method": "",
    },
    "ssl": {"action": "version", "outcome": "established", "user": ""},
    "ssh": {"outcome": "auth_success", "user_agent": "client", "user": ""},
    "notice": {"action": "note", "outcome": "actions"},
    "weird": {"action": "name", "message": "addl"},
    "files": {"service": "source", "action": "mime_type"},
    "kerberos": {"action": "request_type", "outcome": "success", "status": "error_msg", "user": "client"},
    "ntlm": {"outcome": "success", "host": "server_nb_computer_name"},
    "smb_files": {"action": "action", "path": "name path"},
    "smb_mapping": {"action": "share_type"},
    "rdp": {"user": "cookie", "outcome": "result"},
    "dce_rpc": {"action": "operation", "service": "endpoint"},
    "ftp": {"action": "command", "path": "arg", "outcome": "reply_code", "message": "reply_msg"},
    "smtp": {"user": "mailfrom", "target_user": "rcptto", "message": "subject", "status": "last_reply"},
    "dhcp": {"host": "host_name", "outcome": "msg_types", "message": ""},
    "tunnel": {"action": "action", "service": "tunnel_type"},
    "x509": {"url": "certificate.subject", "provider": "certificate.issuer"},
    "syslog": {"action": "facility", "outcome": "severity", "message": "message"},
    "software": {"action": "software_type", "user_agent": "name", "source_ip": "host"},
    "intel": {"action": "seen.where", "url": "seen.indicator", "outcome": "sources"},
    "snmp": {"user": "community"},
    "radius": {"outcome": "result"},
    "mysql": {"action": "cmd", "command": "arg", "outcome": "success"},
    "modbus": {"action": "func", "outcome": "exception"},
}


def named(path: str) -> pairs.Places:
    """Which fields of a Zeek log, by its `_path`, have a column."""
    special = {column: (names, names.split()) for column, names in _OF_PATH.get(path, {}).items()}
    claimed = {name for _, names in special.values() for name in names}
    aliases = {
        column: " ".join(name for name in names.split() if name not in claimed)
        for column, names in _COMMON.items()
        if column not in special
    }
    return pairs.places(aliases | {column: names for column, (names, _) in special.items()})
