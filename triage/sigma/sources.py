"""Log sources of rules: which records a rule is about.

A rule names product, category and service. Here that becomes a `Scope`, which says of a record's *kind*
(its shape, channel, event id and service) whether it belongs. Channels and event numbers are those of
Windows, Sysmon and PowerShell as their makers document them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Family = Literal["windows", "json", "unix", "web"]

SYSMON: Final = "microsoft-windows-sysmon/operational"
SECURITY: Final = "security"
_POWERSHELL: Final = ("microsoft-windows-powershell/operational", "powershellcore/operational")
_CLASSIC: Final = ("windows powershell",)


@dataclass(frozen=True, slots=True)
class Kind:
    """What tells records of one sort from others.

    Attributes
    ----------
    shape
        `raw_kind` of the record.
    channel, event_id
        In lower case, empty when unknown; only for Windows events.
    service
        Program that wrote the record, in lower case; not for Windows events.
    """

    shape: str
    channel: str
    event_id: str
    service: str

    @property
    def windows(self) -> bool:
        """Whether the record is a Windows event."""
        return self.shape.startswith("windows")


@dataclass(frozen=True, slots=True)
class Scope:
    """The records that a log source means.

    Attributes
    ----------
    family
        How their fields are kept.
    events
        (channel, event id) of Windows events; an empty id is any. Empty: every channel.
    shapes
        Values of `raw_kind`; empty is any.
    services
        Programs; empty is any.
    creation
        Whether they are starts of processes, which Windows tells in two dialects.
    """

    family: Family
    events: frozenset[tuple[str, str]] = frozenset()
    shapes: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    creation: bool = False

    def holds(self, kind: Kind) -> bool:
        """Whether records of a kind are meant."""
        if self.family == "windows":
            if not kind.windows:
                return False
            return (
                not self.events
                or (kind.channel, "") in self.events
                or (kind.channel, kind.event_id) in self.events
            )
        if kind.windows or (self.shapes and kind.shape not in self.shapes):
            return False
        return not self.services or kind.service in self.services


def _sysmon(*numbers: int) -> frozenset[tuple[str, str]]:
    return frozenset((SYSMON, str(number)) for number in numbers)


def _each(channels: tuple[str, ...], number: str = "") -> frozenset[tuple[str, str]]:
    return frozenset((channel, number) for channel in channels)


CATEGORIES: Final[Mapping[str, frozenset[tuple[str, str]]]] = {
    "process_creation": _sysmon(1) | {(SECURITY, "4688")},
    "file_change": _sysmon(2),
    "network_connection": _sysmon(3),
    "sysmon_status": _sysmon(4, 16),
    "process_termination": _sysmon(5),
    "driver_load": _sysmon(6),
    "image_load": _sysmon(7),
    "create_remote_thread": _sysmon(8),
    "raw_access_thread": _sysmon(9),
    "process_access": _sysmon(10),
    "file_event": _sysmon(11),
    "registry_add": _sysmon(12),
    "registry_delete": _sysmon(12),
    "registry_set": _sysmon(13),
    "registry_rename": _sysmon(14),
    "registry_event": _sysmon(12, 13, 14),
    "create_stream_hash": _sysmon(15),
    "pipe_created": _sysmon(17, 18),
    "wmi_event": _sysmon(19, 20, 21),
    "dns_query": _sysmon(22),
    "file_delete": _sysmon(23, 26),
    "clipboard_change": _sysmon(24),
    "process_tampering": _sysmon(25),
    "file_block_executable": _sysmon(27),
    "file_block_shredding": _sysmon(28),
    "file_executable_detected": _sysmon(29),
    "sysmon_error": _sysmon(255),
    "ps_module": _each(_POWERSHELL, "4103"),
    "ps_script": _each(_POWERSHELL, "4104"),
    "ps_classic_start": _each(_CLASSIC, "400"),
    "ps_classic_provider_start": _each(_CLASSIC, "600"),
    "ps_classic_script": _each(_CLASSIC, "800"),
}
"""Category of a rule on Windows to the events that it means."""

_CHANNELS: Final = {
    "security": "security",
    "system": "system",
    "application": "application",
    "sysmon": SYSMON,
    "powershell-classic": _CLASSIC[0],
    "dns-server": "dns server",
    "dns-server-audit": "microsoft-windows-dns-server/audit",
    "dns-server-analytic": "microsoft-windows-dns-server/analytical",
    "msexchange-management": "msexchange management",
    "openssh": "openssh/operational",
    "iis-configuration": "microsoft-iis-configuration/operational",
    "microsoft-servicebus-client": "microsoft-servicebus-client",
    "taskscheduler": "microsoft-windows-taskscheduler/operational",
    "wmi": "microsoft-windows-wmi-activity/operational",
    "windefend": "microsoft-windows-windows defender/operational",
    "firewall-as": "microsoft-windows-windows firewall with advanced security/firewall",
    "bits-client": "microsoft-windows-bits-client/operational",
    "driver-framework": "microsoft-windows-driverframeworks-usermode/operational",
    "ntlm": "microsoft-windows-ntlm/operational",
    "dhcp": "microsoft-windows-dhcp-server/operational",
    "printservice-admin": "microsoft-windows-printservice/admin",
    "printservice-operational": "microsoft-windows-printservice/operational",
    "smbclient-security": "microsoft-windows-smbclient/security",
    "smbclient-connectivity": "microsoft-windows-smbclient/connectivity",
    "smbserver-connectivity": "microsoft-windows-smbserver/connectivity",
    "terminalservices-localsessionmanager": "microsoft-windows-terminalservices-localsessionmanager/operational",
    "codeintegrity-operational": "microsoft-windows-codeintegrity/operational",
    "appxdeployment-server": "microsoft-windows-appxdeploymentserver/operational",
    "appxpackaging-om": "microsoft-windows-appxpackaging/operational",
    "appmodel-runtime": "microsoft-windows-appmodel-runtime/admin",
    "shell-core": "microsoft-windows-shell-core/operational",
    "ldap": "microsoft-windows-ldap-client/debug",
    "lsa-server": "microsoft-windows-lsa/operational",
    "diagnosis-scripted": "microsoft-windows-diagnosis-scripted/operational",
    "capi2": "microsoft-windows-capi2/operational",
    "certificateservicesclient-lifecycle-system": (
        "microsoft-windows-certificateservicesclient-lifecycle-system/operational"
    ),
}
SERVICES: Final[Mapping[str, frozenset[tuple[str, str]]]] = {
    **{service: _each((channel,)) for service, channel in _CHANNELS.items()},
    "powershell": _each(_POWERSHELL),
    "dns-client": _each(
        ("microsoft-windows-dns-client/operational", "microsoft-windows-dns client events/operational")
    ),
    "security-mitigations": _each(
        ("microsoft-windows-security-mitigations/kernel mode", "microsoft-windows-security-mitigations/user mode")
    ),
    "applocker": _each(
        (
            "microsoft-windows-applocker/exe and dll",
            "microsoft-windows-applocker/msi and script",
            "microsoft-windows-applocker/packaged app-deployment",
            "microsoft-windows-applocker/packaged app-execution",
        )
    ),
}
"""Service of a rule on Windows to the channels that it means."""

_UNIX: Final[Mapping[str, tuple[str, ...]]] = {
    "": (),
    "syslog": (),
    "auth": ("sshd", "sshd-session", "sudo", "su", "login", "passwd", "useradd", "systemd-logind"),
    "sshd": ("sshd", "sshd-session"),
    "sudo": ("sudo",),
    "cron": ("cron", "crond", "crontab", "anacron"),
    "vsftpd": ("vsftpd",),
    "clamav": ("clamd", "clamav", "freshclam"),
}
_LINES: Final = frozenset(("syslog", "text"))


def scope(product: str, category: str, service: str) -> Scope | None:
    """The records of a log source.

    Parameters
    ----------
    product, category, service
        In lower case; empty where the rule says nothing.

    Returns
    -------
    Scope or None
        None when no reader gives such records.
    """
    if product == "windows":
        return _windows(category, service)
    if (product, category, service) == ("aws", "", "cloudtrail"):
        return Scope("json", shapes=frozenset(("cloudtrail",)))
    if product == "linux" and not category and service in _UNIX:
        return Scope("unix", shapes=_LINES, services=frozenset(_UNIX[service]))
    if category == "webserver" and not service:
        return Scope("web", shapes=frozenset(("access",)))
    return None


def _windows(category: str, service: str) -> Scope | None:
    if category and category not in CATEGORIES:
        return None
    if service and service not in SERVICES:
        return None
    events = CATEGORIES.get(category, frozenset())
    if service:
        channels = {channel for channel, _ in SERVICES[service]}
        narrowed = frozenset(event for event in events if event[0] in channels)
        events = narrowed if category else SERVICES[service]
        if not events:
            return None
    return Scope("windows", events, creation=category == "process_creation")
