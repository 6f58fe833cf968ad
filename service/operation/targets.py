"""Where incidents are sent: addresses that the operator has allowed, and nothing that their names turn into."""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Final

from ...errors import AssayError

__all__ = ["TargetRefused", "allowed", "connect"]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_SECONDS: Final = 10.0


class TargetRefused(AssayError):
    """The address is not among those that may be sent to."""

    code = "target-refused"


def allowed(host: str, allow: Sequence[str]) -> bool:
    """Whether a host is named in a list, or is an address of a network in it."""
    named = {each.lower() for each in allow}
    address = _address(host)
    return host.lower() in named if address is None else _within(address, allow)


def connect(host: str, port: int, allow: Sequence[str], kind: socket.SocketKind) -> socket.socket:
    """Connect to a host that is allowed.

    A name that leads to this machine or to its own network segment, where cloud machines keep their secrets, is
    refused unless the list holds that very address or its network.

    Raises
    ------
    TargetRefused
        It is not allowed.
    OSError
        It cannot be reached.
    """
    if not allowed(host, allow):
        raise TargetRefused(f"{host} is not in ASSAY_OUTPUT_ALLOW")
    last: OSError = OSError("the name leads nowhere")
    for family, found, protocol, _, place in socket.getaddrinfo(host, port, type=kind):
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
        near = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
        if near and not _within(address, allow):
            raise TargetRefused(f"{host} leads to {address}, which is not in ASSAY_OUTPUT_ALLOW")
        connection = socket.socket(family, found, protocol)
        connection.settimeout(_SECONDS)
        try:
            connection.connect(place)
            return connection
        except OSError as error:
            connection.close()
            last = error
    raise last


def _address(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def _within(address: _Address, allow: Sequence[str]) -> bool:
    for each in allow:
        try:
            if address in ipaddress.ip_network(each, strict=False):
                return True
        except ValueError:
            continue
    return False
