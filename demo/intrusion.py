"""The intruder of the demo, step by step: what each one leaves in which log, in seconds after midnight."""

from dataclasses import dataclass

from .windows import windows_event

__all__ = ["STEPS", "Step"]

OUTSIDE = "203.0.113.77"
DROP = "https://198.51.100.23/u"
CURL = "curl/8.5.0"
EXPLORER = r"C:\Windows\explorer.exe"
WORD = r"C:\Program Files\Microsoft Office\WINWORD.EXE"
SHELL = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"
RUNDLL = r"C:\Windows\System32\rundll32.exe"
SERVICE = r"C:\Windows\PSEXESVC.exe"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the intrusion: `content` is an object, or the text or the cells after the time."""

    second: int
    log: str
    name: str
    content: dict[str, object] | str | tuple[object, ...]


def _guessing() -> list[Step]:
    names = ("root", "admin", "test", "oracle", "backup", "ubuntu", "git", "postgres")
    return [
        Step(
            8000 + 3 * turn,
            "auth.log",
            "passwords guessed from outside",
            f"web-1 sshd[{21000 + turn}]: Failed password for invalid user {names[turn % 8]} from {OUTSIDE} "
            f"port {41000 + 7 * turn} ssh2",
        )
        for turn in range(60)
    ]


def _foothold() -> list[Step]:
    sudo = "web-1 sudo: backup : TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/bin/bash"
    account = "web-1 useradd[21120]: new user: name=svc-upd, UID=0, GID=0, home=/var/tmp, shell=/bin/bash"
    login = f"web-1 sshd[21077]: Accepted password for backup from {OUTSIDE} port 41444 ssh2"
    return [
        Step(8190, "auth.log", "a guess succeeds", login),
        Step(8240, "auth.log", "root by sudo", sudo),
        Step(8275, "auth.log", "a second root account", account),
    ]


def _desk() -> list[Step]:
    log = "windows.jsonl"
    shell = windows_event(
        "WS-03", 4688, SubjectUserName="chloe", NewProcessName=SHELL, ParentProcessName=WORD,
        CommandLine="powershell.exe -nop -w hidden -enc SQBFAFgAKABOAGUAdwAtAE8AYgBqAGUAYwB0ACkA",
    )  # fmt: skip
    dump = windows_event(
        "WS-03", 4688, SubjectUserName="chloe", NewProcessName=RUNDLL, ParentProcessName=SHELL,
        CommandLine=r"rundll32.exe C:\Windows\System32\comsvcs.dll, MiniDump 624 C:\Temp\d.bin full",
    )  # fmt: skip
    return [
        Step(51600, log, "a document starts a hidden shell", shell),
        Step(51690, log, "memory of the logon process dumped", dump),
        Step(
            51780,
            "proxy.csv",
            "the dump sent out",
            ("10.20.0.13", "chloe", "POST", DROP, 200, 48_512_233, CURL),
        ),
    ]


def _servers() -> list[Step]:
    log = "windows.jsonl"
    logon = windows_event(
        "SRV-FILE", 4624, TargetUserName="administrator", LogonType=3, TargetLogonId="0x9c41f2",
        IpAddress="10.20.0.13", IpPort=50412,
    )  # fmt: skip
    service = windows_event(
        "SRV-FILE", 7045, ServiceName="PSEXESVC", ImagePath=SERVICE, AccountName="LocalSystem"
    )
    task = windows_event("SRV-FILE", 4698, SubjectUserName="administrator", TaskName=r"\Updates\Sync")
    cleared = windows_event("SRV-FILE", 1102, SubjectUserName="administrator")
    return [
        Step(52200, log, "administrator from a desk", logon),
        Step(52215, log, "a remote service installed", service),
        Step(52260, log, "a scheduled task made", task),
        Step(52900, log, "the audit log cleared", cleared),
    ]


STEPS: tuple[Step, ...] = (*_guessing(), *_foothold(), *_desk(), *_servers())
