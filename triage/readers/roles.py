"""What the columns of a table mean, by their names first and by their values second."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from ..records import times
from . import generic

NUMBER: Final = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_STAMP: Final = re.compile(
    r"^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:|^\d\d/[A-Z][a-z]{2}/\d{4}:|^\d{1,2}/\d{1,2}/\d{4} \d|^\d{4}-\d\d-\d\d$"
    r"|^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|^[A-Z][a-z]{2} \d{1,2} \d{4} \d\d:"
)
_EPOCH: Final = re.compile(r"^1\d{9}(\.\d+)?$|^1\d{12}$|^1\d{15}$|^1\d{18}$")
_DATE: Final = re.compile(r"^\d{4}([-/])\d\d\1\d\d$")
_HOUR: Final = re.compile(r"^\d{1,2}:\d\d:\d\d([.,]\d+)?$")
_SITE: Final = re.compile(r"^(?=.*[A-Za-z])[\w-]+(\.[\w-]+)+$")
_FILE: Final = re.compile(
    r"\.(exe|dll|sys|php|html?|js|css|txt|log|png|jpe?g|gif|pdf|zip|sh|py|json|xml|csv|conf)$", re.I
)
_MACHINE: Final = re.compile(r"^[A-Za-z][A-Za-z]*-?[A-Za-z]*[-_]?\d{1,4}$|^(DESKTOP|LAPTOP|WIN)-\w{5,12}$")
_ACCOUNT: Final = re.compile(r"^[\w.-]+\\[\w.$ -]+$|^[\w.+-]+@[\w-]+(\.[\w-]+)*$")
_WELL_KNOWN: Final = frozenset(
    (
        *(
            "root",
            "admin",
            "administrator",
            "system",
            "guest",
            "nobody",
            "www-data",
            "postgres",
            "mysql",
            "git",
        ),
        *("daemon", "ubuntu", "ec2-user", "anonymous", "localsystem", "networkservice", "oracle", "backup"),
    )
)
_NAME: Final = re.compile(r"^[A-Za-z_][\w.$-]{1,31}$")
_WORDS: Final = re.compile(r"^[A-Za-z][A-Za-z0-9 _/.:-]{1,60}$")
_ENDINGS: Final = frozenset(
    (
        *(
            "success",
            "failure",
            "succeeded",
            "failed",
            "ok",
            "error",
            "denied",
            "allowed",
            "allow",
            "deny",
            "true",
        ),
        *(
            "accept",
            "accepted",
            "drop",
            "dropped",
            "reject",
            "rejected",
            "blocked",
            "pass",
            "passed",
            "granted",
        ),
        *("false", "permit", "permitted"),
    )
)

# Further names of columns: spellings of firewalls and exports, and some in Chinese and Japanese.
_NAMES: Final = {
    "time": "date_time log_time time_stamp timegenerated time_generated receive_time start_time starttime event_date "
    "timestamp_utc utc 時間 时间 日時 日期 發生時間 发生时间 時刻 タイムスタンプ",
    "host": "computer_name computername host_name device_name devicename server machine_name 主機 主机 主機名稱 主机名 "
    "ホスト ホスト名 コンピューター",
    "user": "user_name account_name accountname login login_name src_user source_user 使用者 用户 "
    "用戶 帳號 账号 ユーザー ユーザ ユーザー名",
    "target_user": "dst_user destination_user target_user_name 目標帳號",
    "source_ip": "source_address sourceaddress src_addr srcaddr src source ip_addr remote_address remoteaddress "
    "client_address caller_ip 來源位址 来源地址 源地址 來源ip 源ip 送信元 送信元ip",
    "source_port": "source_port sport spt srcport 來源埠 源端口",
    "destination_ip": "destination_address destinationaddress dst_addr dstaddr dst destination dest 目的位址 目的地址 "
    "目标地址 目的ip 宛先 宛先ip",
    "destination_port": "destination_port dport dpt dstport 目的埠 目的端口",
    "action": "event_name event_type eventtype operation_name operationname activity_name signature alert 事件 動作 "
    "操作 イベント 操作名",
    "outcome": "action_result verdict 結果 结果",
    "service": "service_name app_name",
    "message": "details detail info summary log_message 訊息 消息 內容 内容 描述 メッセージ",
    "command": "command_line process_command_line 命令",
    "process": "process_name image_path 程序 プロセス",
    "url": "request_url uri_stem cs_uri_stem 網址",
    "method": "cs_method",
    "status": "status_code sc_status response_code",
    "user_agent": "cs_user_agent",
    "event_id": "eventid id_event event_code",
    "bytes": "bytes_sent total_bytes sent_bytes length_bytes",
}
_PLACES: Final = {
    alias: (column, 100 + rank)
    for column, names in _NAMES.items()
    for rank, alias in enumerate(names.split())
}


def place(name: str) -> tuple[str, int] | None:
    """The column that a name is known for and its rank there, 0 the best; None for any other name."""
    plain = name.strip().lower()
    snake = re.sub(r"[^\w.]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())).strip("_").lower()
    for spelling in (
        plain,
        re.sub(r"[ -]+", "_", plain),
        snake,
        snake.replace("_", "."),
        snake.replace("_", ""),
    ):
        found = generic.RANKS.get(spelling) or _PLACES.get(spelling)
        if found is not None:
            return found
    return None


def find(names: Sequence[str], sample: Sequence[Sequence[str]], named: bool) -> dict[str, str]:
    """Roles of the columns of a table.

    Parameters
    ----------
    names
        One a column, all different.
    sample
        Rows, each as long as *names*.
    named
        Whether the names say something.

    Returns
    -------
    dict
        Name to the normalised column that it fills; others stay extra fields. Two columns that hold a day
        and a time of day have the roles ``date`` and ``time``.
    """
    columns = {n: [cell for row in sample if (cell := row[i].strip())] for i, n in enumerate(names)}
    roles = _by_name(columns) if named else {}
    _by_value(columns, roles)
    return roles


def _by_name(columns: dict[str, list[str]]) -> dict[str, str]:
    ranked: dict[str, tuple[int, str]] = {}
    for name, values in columns.items():
        spot = place(name)
        if spot is None or not _plausible(spot[0], values):
            continue
        if spot[0] not in ranked or spot[1] < ranked[spot[0]][0]:
            ranked[spot[0]] = (spot[1], name)
    return {name: column for column, (_, name) in ranked.items()}


def _plausible(column: str, values: Sequence[str]) -> bool:
    if not values:
        return True
    if column == "time":
        parsed = times.parse(pl.Series(values, dtype=pl.String))
        return parsed.null_count() * 2 < len(values)
    if column in ("source_ip", "destination_ip"):
        return not all(NUMBER.match(v) for v in values)
    return True


def _by_value(columns: dict[str, list[str]], roles: dict[str, str]) -> None:
    """Add what values show; only a table with times or addresses is one of events, with people and machines in it."""
    taken = set(roles.values())

    def take(role: str, fits: Callable[[str], bool], share: float = 0.9) -> bool:
        if role in taken:
            return False
        for name, values in columns.items():
            if name not in roles and values and sum(map(fits, values)) > share * len(values):
                roles[name] = role
                taken.add(role)
                return True
        return False

    whole = next((n for n, role in roles.items() if role == "time"), None)
    if whole is None or _share(columns[whole], _DATE.match) > 0.9:
        days = [n for n, values in columns.items() if values and _share(values, _DATE.match) > 0.9]
        hours = [n for n, values in columns.items() if values and _share(values, _HOUR.match) > 0.9]
        if days and hours and (whole is None or whole in days):
            roles |= {days[0]: "date", hours[0]: "time"}
            taken |= {"date", "time"}
    take("time", is_time)
    take("time", lambda v: bool(_EPOCH.match(v)))
    take("source_ip", lambda v: is_address(v))
    take("destination_ip", lambda v: is_address(v))
    take("message", lambda v: len(v) > 40 and v.count(" ") > 3, 0.5)
    if not {"time", "source_ip"} & taken:
        return
    take("host", lambda v: bool((_SITE.match(v) and not _FILE.search(v)) or _MACHINE.match(v)))
    take("user", lambda v: bool(_ACCOUNT.match(v)), 0.8)
    if "user" not in taken:
        for name, values in columns.items():
            known = _share(values, lambda v: v.lower() in _WELL_KNOWN)
            if name not in roles and known > 0.1 and _share(values, _NAME.match) > 0.9:
                roles[name] = "user"
                break
    take("outcome", lambda v: v.lower() in _ENDINGS)
    if not {"action", "event_id"} & taken:
        kinds = {
            name: len(set(values))
            for name, values in columns.items()
            if name not in roles and len(values) > 4 and _share(values, _WORDS.match) > 0.95
        }
        most = max(len(values) for values in columns.values()) // 4
        few = {name: count for name, count in kinds.items() if 2 <= count <= max(most, 2)}
        if few:
            roles[max(few, key=lambda name: few[name])] = "action"


def is_address(value: str) -> bool:
    """Whether a text is an IP address; a time of day has colons too and is none."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def is_time(cell: str) -> bool:
    """Whether a cell starts like a time stamp with its day."""
    return bool(_STAMP.match(cell))


def _share(values: Sequence[str], fits: Callable[[str], object]) -> float:
    return sum(map(bool, map(fits, values))) / len(values) if values else 0.0
