"""What the programs that guard a Unix machine say, taken apart: sshd, pam, sudo, su, cron, useradd.

Each rule is one sentence of one program. Its literal finds candidate lines cheaply, its pattern takes
out the fields (group names are columns of `fields.SCHEMA`; other names become extra fields), and its
template stands for the sentence, so that counting sentences does not depend on masking.
"""

from typing import Final

import polars as pl

from .sentences import Sentence

SSH: Final = ("sshd", "sshd-session", "dropbear")
_ACCOUNTS: Final = (
    *("useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel", "gpasswd", "passwd", "chage", "chsh"),
    *("chfn", "chpasswd", "newusers", "adduser", "deluser", "addgroup", "delgroup", "vipw"),
)
_PORT: Final = r"(?: port (?P<source_port>\d+))?"
_FROM: Final = r"from (?P<source_ip>\S+?)" + _PORT

SENTENCES: Final[tuple[Sentence, ...]] = (
    # pam, in any program
    Sentence(" more authentication failure", r"(?P<attempts>\d+) more authentication failures?; .*"
             r"rhost=(?P<source_ip>\S*)\s+user=(?P<target_user>\S+)", "authenticate", "failure",
             "<*> more authentication failures; rhost=<*> user=<*>"),
    Sentence(" more authentication failure", r"(?P<attempts>\d+) more authentication failures?; .*"
             r"rhost=(?P<source_ip>\S*)", "authenticate", "failure",
             "<*> more authentication failures; rhost=<*>"),
    Sentence("authentication failure; ", r"authentication failure; .*ruser=(?P<user>\S*) "
             r"rhost=(?P<source_ip>\S*)\s+user=(?P<target_user>\S+)", "authenticate", "failure",
             "authentication failure; ruser=<*> rhost=<*> user=<*>"),
    Sentence("authentication failure; ", r"authentication failure; .*ruser=(?P<user>\S*) "
             r"rhost=(?P<source_ip>\S*)", "authenticate", "failure",
             "authentication failure; ruser=<*> rhost=<*>"),
    Sentence("check pass; user unknown", r"check pass; user unknown", "authenticate", "failure",
             "check pass; user unknown"),
    Sentence("session opened for user ", r"session opened for user (?P<target_user>[^\s(]+)(?:\(uid=\d+\))?"
             r"(?: by (?P<user>[^\s(]*))?", "session-open", "success",
             "session opened for user <*> by <*>"),
    Sentence("session closed for user ", r"session closed for user (?P<target_user>\S+)", "session-close",
             "success", "session closed for user <*>"),
    # sshd; a client asks with no method at all to learn which there are
    Sentence("Failed none for ", r"^Failed (?P<logon_type>none) for (?:invalid|illegal) user (?P<user>.*?) "
             + _FROM + r"(?:\s|$)", "ssh-login", "failure", "Failed none for invalid user <*> from <*> port <*>",
             SSH),
    Sentence("Failed none for ", r"^Failed (?P<logon_type>none) for (?P<user>.+?) " + _FROM + r"(?:\s|$)",
             "ssh-login", "failure", "Failed none for <*> from <*> port <*>", SSH),
    Sentence("Failed ", r"^Failed (?P<logon_type>\S+) for (?:invalid|illegal) user (?P<user>.*?) " + _FROM
             + r"(?:\s|$)", "ssh-login", "failure", "Failed <*> for invalid user <*> from <*> port <*>", SSH),
    Sentence("Failed ", r"^Failed (?P<logon_type>\S+) for (?P<user>.+?) " + _FROM + r"(?:\s|$)", "ssh-login",
             "failure", "Failed <*> for <*> from <*> port <*>", SSH),
    Sentence("Accepted ", r"^Accepted (?P<logon_type>\S+) for (?P<user>.+?) " + _FROM + r"(?:\s|$)",
             "ssh-login", "success", "Accepted <*> for <*> from <*> port <*>", SSH),
    Sentence("Received disconnect from", r"Received disconnect from (?P<source_ip>[^\s:]+(?::[0-9a-f:]+)?)"
             + _PORT + r":\s?(?P<code>\d+)?:? ?(?P<status>.*?)(?: \[preauth\])?$", "ssh-disconnect", None,
             None, SSH),
    Sentence("nvalid user ", r"^Invalid user (?P<user>.*?) from (?P<source_ip>\S+)" + _PORT,
             "ssh-invalid-user", "failure", "Invalid user <*> from <*>", SSH),
    Sentence("invalid user ", r"^input_userauth_request: invalid user (?P<user>.*?)(?: \[preauth\])?$",
             "ssh-invalid-user", "failure", "input_userauth_request: invalid user <*>", SSH),
    Sentence("maximum authentication", r"maximum authentication attempts exceeded for (?:invalid user )?"
             r"(?P<user>.*?) " + _FROM + r"(?:\s|$)", "ssh-too-many-attempts", "failure",
             "maximum authentication attempts exceeded for <*> from <*> port <*>", SSH),
    Sentence("Connection ", r"^Connection (?P<status>closed|reset) by (?:(?:authenticating|invalid) user "
             r"(?P<user>\S*) )?(?P<source_ip>[0-9a-fA-F.:]+)" + _PORT, "ssh-disconnect", None,
             "Connection <*> by <*> port <*>", SSH),
    Sentence("Disconnected from", r"^Disconnected from (?:(?:authenticating |invalid )?user (?P<user>\S*) )?"
             r"(?P<source_ip>[0-9a-fA-F.:]+)" + _PORT, "ssh-disconnect", None,
             "Disconnected from user <*> <*> port <*>", SSH),
    Sentence("Connection from ", r"^Connection from (?P<source_ip>\S+) port (?P<source_port>\d+)",
             "ssh-connect", None, "Connection from <*> port <*>", SSH),
    Sentence("Did not receive", r"^Did not receive identification string from (?P<source_ip>\S+)" + _PORT,
             "ssh-no-identification", "failure", "Did not receive identification string from <*>", SSH),
    Sentence("reverse mapping", r"^reverse mapping checking getaddrinfo for (?P<url>\S+) \["
             r"(?P<source_ip>[^\]]+)\] failed", "ssh-name-mismatch", "failure",
             "reverse mapping checking getaddrinfo for <*> [<*>] failed", SSH),
    Sentence("Address ", r"^Address (?P<source_ip>\S+) maps to (?P<url>\S+?), but", "ssh-name-mismatch",
             "failure", "Address <*> maps to <*>, but this does not map back", SSH),
    Sentence(" not allowed because", r"^User (?P<user>\S+) from (?P<source_ip>\S+) not allowed because "
             r"(?P<status>.*)$", "ssh-login", "failure", "User <*> from <*> not allowed because <*>", SSH),
    Sentence("protocol version", r"^Bad protocol version identification '(?P<user_agent>.*)' from "
             r"(?P<source_ip>\S+)" + _PORT, "ssh-bad-protocol", "failure",
             "Bad protocol version identification <*> from <*>", SSH),
    Sentence("Unable to negotiate", r"Unable to negotiate with (?P<source_ip>[0-9a-fA-F.:]*[0-9a-fA-F])"
             + _PORT, "ssh-no-agreement", "failure", "Unable to negotiate with <*>", SSH),
    Sentence("PAM: ", r"PAM: (?P<status>.*?) for (?:illegal user )?(?P<user>\S+) from (?P<source_ip>\S+)",
             "ssh-login", "failure", "PAM: <*> for <*> from <*>", SSH),
    Sentence("Starting session", r"^Starting session: (?P<command>.+?) for (?P<user>\S+) from "
             r"(?P<source_ip>\S+) port (?P<source_port>\d+)", "ssh-session", "success",
             "Starting session: <*> for <*> from <*> port <*>", SSH),
    Sentence("Postponed ", r"^Postponed (?P<logon_type>\S+) for (?:invalid user )?(?P<user>.+?) " + _FROM
             + r"(?:\s|$)", "ssh-login-step", None, "Postponed <*> for <*> from <*> port <*>", SSH),
    Sentence("Disconnecting ", r"^Disconnecting (?:(?:authenticating|invalid) user (?P<user>\S*) )?"
             r"(?P<source_ip>[0-9a-fA-F.:]+)" + _PORT + r": (?P<status>.*?)(?: \[preauth\])?$", "ssh-disconnect",
             "failure", "Disconnecting user <*> <*> port <*>: <*>", SSH),
    Sentence("before authentication", r"Timeout before authentication for (?:connection from )?"
             r"(?P<source_ip>[0-9a-fA-F.:]+)" + _PORT, "ssh-timeout", "failure",
             "Timeout before authentication for <*> port <*>", SSH),
    Sentence("exchange: ", r"(?P<status>banner|kex)_?\s?exchange\S*: (?:Connection from (?P<source_ip>[0-9a-fA-F.:]+)"
             + _PORT + r"|.*)", "ssh-no-agreement", "failure", "<*> exchange: Connection from <*> port <*>", SSH),
    Sentence("subsystem request", r"^subsystem request for (?P<command>\S+)(?: by user (?P<user>\S+))?",
             "ssh-subsystem", "success", "subsystem request for <*> by user <*>", SSH),
    Sentence("User child is on", r"^User child is on pid \d+", "ssh-child", None, "User child is on pid <*>", SSH),
    Sentence("Server listening", r"^Server listening on (?P<destination_ip>\S+) port (?P<destination_port>\d+)",
             "ssh-listen", "success", "Server listening on <*> port <*>", SSH),
    Sentence("Disconnecting: ", r"^Disconnecting: (?P<status>.*?)(?: \[preauth\])?$", "ssh-disconnect", "failure",
             "Disconnecting: <*>", SSH),
    Sentence("Read error from", r"^Read error from remote host (?:\S+ )?(?P<source_ip>[0-9a-fA-F.:]*[0-9a-fA-F])"
             + _PORT + r": (?P<status>.*)$", "ssh-broken", "failure", "Read error from remote host <*>: <*>", SSH),
    # sudo, su, doas
    Sentence("COMMAND=", r"^\s*(?P<user>\S+) : (?P<status>[^;=]+?) ; TTY=(?P<tty>\S+) ; PWD=(?P<path>.*?) ; "
             r"USER=(?P<target_user>\S+) ;.*? COMMAND=(?P<command>.*)$", "sudo", "failure",
             "<*> : <*> ; TTY=<*> ; PWD=<*> ; USER=<*> ; COMMAND=<*>", ("sudo",)),
    Sentence("COMMAND=", r"^\s*(?P<user>\S+) : (?:TTY=(?P<tty>\S+) ; )?PWD=(?P<path>.*?) ; "
             r"USER=(?P<target_user>\S+) ;.*? COMMAND=(?P<command>.*)$", "sudo", "success",
             "<*> : TTY=<*> ; PWD=<*> ; USER=<*> ; COMMAND=<*>", ("sudo",)),
    Sentence("NOT in sudoers", r"^\s*(?P<user>\S+) : user NOT in sudoers", "sudo", "failure",
             "<*> : user NOT in sudoers", ("sudo",)),
    Sentence("ran command", r"^(?P<user>\S+) ran command (?P<command>.+?) as (?P<target_user>\S+) from "
             r"(?P<path>\S+)", "sudo", "success", "<*> ran command <*> as <*> from <*>", ("doas",)),
    Sentence("ran command as", r"^(?P<user>\S+) ran command as (?P<target_user>[^\s:]+): (?P<command>.+)$", "sudo",
             "success", "<*> ran command as <*>: <*>", ("doas",)),
    Sentence("failed ", r"^failed (?:auth|command) for (?P<user>[^\s:]+)(?:: (?P<command>.+))?$", "sudo", "failure",
             "failed command for <*>: <*>", ("doas",)),
    Sentence("su", r"^(?:FAILED|BAD) (?i:su) (?:for )?(?:\(to )?(?P<target_user>[^\s)]+)\)? (?:by )?"
             r"(?P<user>\S+)", "su", "failure", "FAILED SU (to <*>) <*> on <*>", ("su",)),
    Sentence("BAD SU", r"^BAD SU (?P<user>\S+) to (?P<target_user>\S+)", "su", "failure",
             "BAD SU <*> to <*> on <*>", ("su",)),
    Sentence("changing from", r"^failed: \S+ changing from (?P<user>\S+) to (?P<target_user>\S+)", "su",
             "failure", "failed: <*> changing from <*> to <*>", ("su",)),
    Sentence("for ", r"^Successful su for (?P<target_user>\S+) by (?P<user>\S+)", "su", "success",
             "Successful su for <*> by <*>", ("su",)),
    Sentence("(to ", r"^\(to (?P<target_user>[^)]+)\) (?P<user>\S+) on", "su", "success",
             "(to <*>) <*> on <*>", ("su",)),
    Sentence(" to ", r"^(?P<user>\S+) to (?P<target_user>\S+) on (?P<tty>\S+)", "su", "success",
             "<*> to <*> on <*>", ("su",)),
    # cron
    Sentence("CMD (", r"^\((?P<user>[^)]+)\) CMD \((?P<command>.*)\)\s*$", "cron-command", "success",
             "(<*>) CMD (<*>)", ("CRON", "cron", "crond", "/usr/sbin/cron", "anacron")),
    Sentence(") ", r"^\((?P<user>[^)]+)\) (?P<status>[A-Z][A-Za-z ]+) \((?P<path>.*)\)\s*$", "cron-change",
             None, "(<*>) <*> (<*>)", ("CRON", "cron", "crond", "crontab")),
    # accounts
    Sentence("new user: ", r"new user: name=(?P<target_user>[^,]+), UID=(?P<uid>\d+), GID=(?P<gid>\d+)"
             r"(?:, home=(?P<path>[^,]*))?(?:, shell=(?P<command>[^,]*))?", "user-add", "success",
             "new user: name=<*>, UID=<*>, GID=<*>, home=<*>, shell=<*>"),
    Sentence("new group: ", r"new group: name=(?P<group>[^,]+)", "group-add", "success",
             "new group: name=<*>"),
    Sentence("failed adding user", r"failed adding user '(?P<target_user>[^']+)'", "user-add", "failure",
             "failed adding user <*>"),
    Sentence("delete user ", r"delete user '(?P<target_user>[^']+)'", "user-delete", "success",
             "delete user <*>"),
    Sentence("removed group ", r"removed (?:shadow )?group '(?P<group>[^']+)'", "group-delete", "success",
             "removed group <*>", _ACCOUNTS),
    Sentence("group '", r"^group '(?P<group>[^']+)' removed", "group-delete", "success",
             "group <*> removed", _ACCOUNTS),
    Sentence("group added", r"group added to \S+: name=(?P<group>[^,]+)(?:, GID=(?P<gid>\d+))?", "group-add",
             "success", "group added to <*>: name=<*>, GID=<*>", _ACCOUNTS),
    Sentence("group changed", r"group changed in \S+ \(group (?P<group>[^),/]+)[^,)]*(?:, (?P<status>.*?))?\)",
             "group-change", "success", "group changed in <*> (group <*>, <*>)", _ACCOUNTS),
    Sentence("from group '", r"delete '(?P<target_user>[^']+)' from (?:shadow )?group '(?P<group>[^']+)'",
             "group-remove-member", "success", "delete <*> from group <*>", _ACCOUNTS),
    Sentence("added by ", r"user (?P<target_user>\S+) added by (?P<user>\S+) to group (?P<group>\S+)",
             "group-add-member", "success", "user <*> added by <*> to group <*>", ("gpasswd",)),
    Sentence("removed by ", r"user (?P<target_user>\S+) removed by (?P<user>\S+) from group (?P<group>\S+)",
             "group-remove-member", "success", "user <*> removed by <*> from group <*>", ("gpasswd",)),
    Sentence("password of group", r"password of group (?P<group>\S+) changed by (?P<user>\S+)", "group-password",
             "success", "password of group <*> changed by <*>", ("gpasswd",)),
    Sentence("password for ", r"password for '?(?P<target_user>[^'\s]+)'? changed by '?(?P<user>[^'\s]+)",
             "password-change", "success", "password for <*> changed by <*>", _ACCOUNTS),
    Sentence("changed password expiry", r"changed password expiry for (?P<target_user>\S+)", "password-expiry",
             "success", "changed password expiry for <*>", _ACCOUNTS),
    Sentence("changed user ", r"changed user '(?P<target_user>[^']+)' (?P<status>.*)", "user-change", "success",
             "changed user <*> <*>", _ACCOUNTS),
    Sentence("lock user ", r"(?P<status>un)?lock user '(?P<target_user>[^']+)' password", "user-lock", "success",
             "lock user <*> password", _ACCOUNTS),
    Sentence("add '", r"add '(?P<target_user>[^']+)' to (?:shadow )?group '(?P<group>[^']+)'",
             "group-add-member", "success", "add <*> to group <*>"),
    Sentence("password changed for", r"password changed for (?P<target_user>\S+)", "password-change",
             "success", "password changed for <*>"),
    Sentence("change user ", r"change user '(?P<target_user>[^']+)' (?P<status>.*)", "user-change", "success",
             "change user <*> <*>"),
    # sessions, authorisations and packet filter
    Sentence("New session ", r"^New session '?(?P<session>[^\s']+)'? of user '?(?P<user>[^\s']+?)'?"
             r"(?: with class '(?P<class>[^']*)' and type '(?P<logon_type>[^']*)')?\.$", "session-open", "success",
             "New session <*> of user <*>", ("systemd-logind",)),
    Sentence("ession ", r"^(?:Removed session|Session) (?P<session>\S+?)(?: logged out\b.*)?\.$",
             "session-close", "success", "Removed session <*>", ("systemd-logind",)),
    Sentence("FAILED to authenticate", r"FAILED to authenticate to gain authorization for action (?P<path>\S+) for "
             r".*?\[(?P<command>.*)\] \(owned by unix-user:(?P<user>[^)]+)\)", "authorise", "failure",
             "FAILED to authenticate to gain authorization for action <*> for <*>", ("polkitd",)),
    Sentence("uccessfully authenticated", r"successfully authenticated as unix-user:(?P<target_user>\S+) to gain "
             r".*?authorization for action (?P<path>\S+) for .*?\[(?P<command>.*)\] \(owned by "
             r"unix-user:(?P<user>[^)]+)\)", "authorise", "success",
             "successfully authenticated as <*> to gain authorization for action <*> for <*>", ("polkitd",)),
    Sentence("Executing command", r"^(?P<user>\S+): Executing command \[USER=(?P<target_user>[^\]]+)\] "
             r"\[TTY=(?P<tty>[^\]]*)\] \[CWD=(?P<path>[^\]]*)\] \[COMMAND=(?P<command>.*)\]$", "pkexec", "success",
             "<*>: Executing command [USER=<*>] [TTY=<*>] [CWD=<*>] [COMMAND=<*>]", ("pkexec",)),
    Sentence("connection from ", r"^connection from (?P<source_ip>[0-9A-Fa-f.:]+) \((?P<url>[^)]*)\)",
             "connect", None, "connection from <*> (<*>)"),
    Sentence(" SRC=", r"SRC=(?P<source_ip>\S+) DST=(?P<destination_ip>\S+) .*?PROTO=(?P<method>\S+)"
             r"(?: SPT=(?P<source_port>\d+) DPT=(?P<destination_port>\d+))?", "packet", None,
             "packet SRC=<*> DST=<*> PROTO=<*> SPT=<*> DPT=<*>", ("kernel",)),
)  # fmt: skip

_ADDRESS: Final = r"(?:^|[\s\[(=,/'\"])((?:\d{1,3}\.){3}\d{1,3})(?:$|[\s\])=,:;/'\"])"


def first_address() -> pl.Expr:
    """The first IPv4 address in the column `message`, null where there is none."""
    return pl.col("message").str.extract(_ADDRESS, 1)
