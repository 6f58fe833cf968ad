"""Event types in words: what the numbers of Windows logs stand for, and how a type is written in a sentence."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ..records.fields import TYPE_SEPARATOR

_SECURITY: Final = {
    "1100": "event logging shut down", "1102": "audit log cleared", "4608": "Windows starting",
    "4616": "system time changed", "4624": "logon", "4625": "failed logon",
    "4627": "group membership at logon", "4634": "logoff", "4647": "logoff by user",
    "4648": "logon with explicit credentials", "4656": "handle requested",
    "4657": "registry value changed", "4658": "handle closed", "4660": "object deleted",
    "4661": "handle to account object requested", "4662": "directory object accessed",
    "4663": "object accessed", "4664": "hard link attempted", "4670": "permissions changed",
    "4672": "logon with administrator rights", "4673": "privileged service called",
    "4674": "privileged object operation", "4688": "process created", "4689": "process ended",
    "4690": "handle duplicated", "4697": "service installed", "4698": "scheduled task created",
    "4699": "scheduled task deleted", "4700": "scheduled task enabled", "4701": "scheduled task disabled",
    "4702": "scheduled task changed", "4703": "token rights changed", "4719": "audit policy changed",
    "4720": "account created", "4722": "account enabled", "4723": "password change",
    "4724": "password reset", "4725": "account disabled", "4726": "account deleted",
    "4728": "member added to global group", "4732": "member added to local group",
    "4733": "member removed from local group", "4735": "local group changed", "4738": "account changed",
    "4740": "account locked out", "4741": "computer account created", "4742": "computer account changed",
    "4756": "member added to universal group", "4768": "Kerberos ticket requested",
    "4769": "Kerberos service ticket requested", "4771": "Kerberos pre-authentication failed",
    "4776": "credentials validated", "4778": "session reconnected", "4779": "session disconnected",
    "4798": "local groups of a user listed", "4799": "members of a local group listed",
    "4907": "audit settings of an object changed", "5136": "directory object changed",
    "5140": "network share accessed", "5142": "network share added", "5145": "file on a share checked",
    "5156": "connection permitted", "5157": "connection blocked", "5158": "local port bound",
    "5447": "filter changed",
}  # fmt: skip
_SYSMON: Final = {
    "1": "process created", "2": "file time changed", "3": "network connection",
    "4": "Sysmon state changed", "5": "process ended", "6": "driver loaded", "7": "library loaded",
    "8": "remote thread created", "9": "raw disk read", "10": "process accessed", "11": "file created",
    "12": "registry key created or deleted", "13": "registry value set", "14": "registry key renamed",
    "15": "file stream created", "16": "Sysmon configuration changed", "17": "pipe created",
    "18": "pipe connected", "19": "WMI filter registered", "20": "WMI consumer registered",
    "21": "WMI consumer bound to filter", "22": "name looked up", "23": "file deleted",
    "24": "clipboard changed", "25": "process image tampered with", "26": "file deletion logged",
}  # fmt: skip
_SYSTEM: Final = {
    "104": "event log cleared", "7034": "service crashed", "7035": "service control sent",
    "7036": "service state changed", "7040": "service start type changed", "7045": "service installed",
    "1074": "shutdown started", "6005": "event logging started", "6006": "event logging stopped",
}  # fmt: skip
_POWERSHELL: Final = {
    "4103": "command run", "4104": "script block", "4105": "script started", "4106": "script ended",
    "400": "engine started", "403": "engine stopped", "600": "provider started", "800": "pipeline run",
    "40961": "console starting", "40962": "console ready", "53504": "process listening",
}  # fmt: skip

CHANNELS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = MappingProxyType(
    {
        "security": ("Security", _SECURITY),
        "system": ("System", _SYSTEM),
        "microsoft-windows-sysmon/operational": ("Sysmon", _SYSMON),
        "microsoft-windows-powershell/operational": ("PowerShell", _POWERSHELL),
        "windows powershell": ("Windows PowerShell", _POWERSHELL),
    }
)
"""Channel in lower case: its short name, and what its events are."""


def in_words(kind: str) -> str:
    """An event type for a sentence.

    Parameters
    ----------
    kind
        `type` of a record.

    Returns
    -------
    str
        ``Sysmon 10 (process accessed)``, ``sshd ssh-login success``; the type itself where nothing shorter
        is known.
    """
    where, found, what = kind.partition(TYPE_SEPARATOR)
    if not found:
        return kind
    short, names = CHANNELS.get(where.lower(), (where, {}))
    named = f" ({names[what]})" if what in names else ""
    return f"{short} {what}{named}"
