"""The names of Windows event fields, and the normalised columns that they fill."""

from collections.abc import Mapping
from typing import Final

HEADER: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("@timestamp", "TimeCreated", "EventTime", "timestamp"),
    "host": ("Hostname", "computer_name", "Computer", "MachineName", "host"),
    "channel": ("Channel", "log_name", "channel"),
    "event_id": ("EventID", "event_id", "EventId", "Id"),
    "provider": ("SourceName", "source_name", "provider_name", "Provider"),
    "message": ("Message", "message"),
}
"""Normalised column to the names that the event's envelope gives it, best first."""

DETAIL: Final[Mapping[str, tuple[str, ...]]] = {
    "user": ("SubjectUserName", "User", "SourceUser", "UserName", "AccountName"),
    "target_user": ("TargetUserName", "TargetUser", "MemberName"),
    "source_ip": ("IpAddress", "SourceIp", "SourceAddress", "ClientAddress"),
    "source_port": ("IpPort", "SourcePort"),
    "destination_ip": ("DestinationIp", "DestAddress"),
    "destination_port": ("DestinationPort", "DestPort"),
    "process": ("Image", "NewProcessName", "SourceImage", "ProcessName", "Application"),
    "parent": ("ParentImage", "ParentProcessName"),
    "command": ("CommandLine", "ScriptBlockText", "Payload", "ImagePath", "TaskContent"),
    "path": ("TargetObject", "TargetFilename", "ImageLoaded", "TargetImage", "ObjectName", "PipeName"),
    "hash": ("Hashes", "Hash"),
    "url": ("QueryName", "DestinationHostname", "ShareName"),
    "logon_type": ("LogonType",),
    "status": ("Status", "SubStatus"),
    "method": ("Protocol", "AuthenticationPackageName"),
    "service": ("ServiceName",),
    "action": ("EventType",),
}
"""Normalised column to the names that the event's own data gives it, best first."""

_KEPT: Final = """
    GrantedAccess CallTrace Details ParentCommandLine CurrentDirectory IntegrityLevel OriginalFileName
    Company Product Description Signature Signed SignatureStatus StartModule StartFunction StartAddress
    Initiated SourceHostname QueryResults QueryStatus WorkstationName LogonProcessName KeyLength
    TicketEncryptionType TicketOptions FailureReason PrivilegeList ObjectType ObjectServer AccessMask
    AccessList RelativeTargetName ServiceFileName ServiceType StartType TaskName TargetSid MemberSid
    TargetServerName TargetDomainName SubjectDomainName AttributeLDAPDisplayName AttributeValue ObjectDN
    ObjectClass OperationType Properties Consumer Filter Query Destination Operation Name Type Contents
    HostApplication ContextInfo EngineVersion Path param1 param2 param3 param4 Direction LayerName
    ErrorCode DeviceName NewValue OldValue SamAccountName UserAccountControl RuleName TargetInfo
    EnabledPrivilegeList AuditPolicyChanges SubcategoryGuid NewTargetUserName PreAuthType
    TokenElevationType MandatoryLabel ElevatedToken Data
"""
EXTRA: Final = tuple(_KEPT.split())
"""Names that are kept as extra fields when the event has them."""

DULL: Final = frozenset({"", "-", "%%1833", "%%1843"})
"""Values that stand for no value."""
_PASSING: Final = """
    ProcessGuid ParentProcessGuid SourceProcessGUID TargetProcessGUID SourceProcessGuid TargetProcessGuid
    LogonGuid UtcTime CreationUtcTime PreviousCreationUtcTime ProcessId ParentProcessId SourceProcessId
    TargetProcessId SourceThreadId NewThreadId ThreadId ClientProcessId CallerProcessId NewProcessId
    ProcessID LogonId SubjectLogonId TargetLogonId TerminalSessionId HandleId SourceHandleId
    TargetHandleId TransactionId SubjectUserSid TargetUserSid FileVersion xmlns
    ProviderGuid RecordNumber SeverityValue Severity ExecutionProcessID SourceModuleName SourceModuleType
    ThreadID port Opcode OpcodeValue EventReceivedTime @version tags Version Task Category Level
    EventRecordID ActivityID Domain UserID AccountType SourceProcessGuid ERROR_EVT_UNRESOLVED
    FilterRTID LayerRTID RemoteMachineID RemoteUserID
"""
SETTLED: Final = frozenset(_PASSING.split())
"""Names of fields that carry no evidence: numbers of the moment, and copies of other fields."""
