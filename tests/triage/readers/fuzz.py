"""Mutates samples of logs, real ones where there are any, and reads them with every reader.

    python tests/triage/readers/fuzz.py --seconds 600 --data ../shared/data

Nothing may leave a reading but batches and coded reports, no reading may hang, and every line must be a record or
counted. What breaks this is kept in a folder, and the exit code is 1. A run is given by its seed.
"""

import argparse
import gzip
import io
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import polars as pl
import zstandard

from assay.triage.limits import FAILURES, REASONS, REPAIRS, LogLimits
from assay.triage.readers import FORMATS, open_sources
from assay.triage.readers.blocks import blocks
from assay.triage.readers.ledger import Ledger
from assay.triage.readers.streams import ByteStream
from assay.triage.records.fields import SCHEMA
from assay.triage.survey import Survey, survey

LIMITS = LogLimits(
    line_bytes=4000, block_bytes=8000, head_bytes=3000, nesting=12, extras=8, value_chars=200, columns=60,
    decompressed_bytes=1 << 20, ratio=50, ratio_from=1 << 16, join_lines=6, join_records=9, parquet_bytes=1 << 20,
)  # fmt: skip
BY_LINE = frozenset(("cef", "leef", "access", "weberror", "syslog", "text"))
"""Readers that make one record of every line that is not blank."""

SAMPLE_BYTES = 24_000
MADE = [
    b'{"EventID":1,"Channel":"x","@timestamp":"2020-06-10T02:50:56.537Z","User":"a","tags":["b",{"c":1}]}\n',
    b'{"event_type":"alert","src_ip":"1.2.3.4","alert":{"signature":"x","signature_id":1},"timestamp":"2024-02-09"}\n',
    b'{"_path":"conn","ts":1707478800.1,"id.orig_h":"1.2.3.4","conn_state":"SF"}\n',
    b'{"@timestamp":"2024-02-09T11:00:00Z","event.action":"x","host.name":"h"}\n',
    b'{"Records":[{"eventSource":"s3","eventName":"Get","eventTime":"2023-07-10T11:45:00Z"}]}\n',
    b"#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tservice\n1707478800.5\t1.2.3.4\t-\n",
    b"CEF:0|a|b|1|x|na\\|me|3|src=1.2.3.4 msg=a b\\=c cs1Label=Rule cs1=deny all request=http://x/?a=b\n",
    b"<13>Feb  9 11:40:00 gate LEEF:2.0|a|b|1|deny|^|src=1.2.3.4^usrName=bob^devTime=Feb 09 2024 11:40:00\n",
    b'type=SYSCALL msg=audit(1707478800.123:5): arch=c000003e syscall=59 success=yes auid=1000 exe="/bin/a" comm=6375\n'
    b'type=EXECVE msg=audit(1707478800.123:5): argc=2 a0="a" a1=6220\n'
    b"type=SOCKADDR msg=audit(1707478800.123:5): saddr=02001F90CB007105\ntype=EOE msg=audit(1707478800.123:5): \n",
    b"type=USER_AUTH msg=audit(1707478801.0:6): pid=9 msg='op=PAM:auth acct=\"root\" addr=1.2.3.4 res=failed'\n",
    b'www.example.com:80 1.2.3.4 - bob [09/Feb/2024:11:40:00 +0000] "GET /a?b HTTP/1.1" 200 5 "-" "c" 0.12\n',
    b"[Tue Sep 30 11:30:13.262255 2014] [core:error] [pid 2:tid 9] [client 1.2.3.4:5] AH00037: no: /a/b, referer: x\n"
    b'2024/02/09 11:40:00 [error] 80#81: *5 open() "/a" failed, client: 1.2.3.4, request: "GET /a HTTP/1.1"\n',
    b"<38>Feb  9 11:44:56 srv sshd[1]: Failed password for root from 10.0.0.5 port 5 ssh2\nJan 1 x\n",
    b'<165>1 2024-02-09T11:44:58.003Z h a - I [x a="b\\]"][y c="d"] An event\n',
    b'time,host,name\n1642213952,mail,login\n1642213953,web,"quo""ted\nline"\n',
    "时间;用户;消息\n2024-02-09 11:00:00;张伟;登录失败：密码错误\n".encode("gb18030") * 4,
    "2024-02-09 ログイン失敗 ユーザー 田中 送信元\n".encode("shift_jis") * 4,
    "登入失敗 使用者 17\r\n".encode("utf-16"),
]
TOKENS = [
    b'"', b"'", b"{", b"}", b"[" * 40, b"]", b"\n", b"\r\n", b"\0", b",", b"\t", b"|", b"=", b"\\", b"\\x", b"\xff",
    b"9" * 400, b"\xe2\x80\xa8", b"#fields\ta\tb\n", b"#separator \\x2c\n", b"type=", b"audit(1.1:1): ", b"CEF:0|",
    b"LEEF:2.0|", b"\x1d", b"\x1e\x1f", b"%s%n", b"1e999", b"-", b"\x81\x40", b'{"a":' * 30, b"NaN", b"PAR1", b"null",
    b"99999999999999999999", b"\xfe\xff",
]  # fmt: skip


def broken(data: bytes, format: str, folder: Path, patience: int) -> str | None:
    """Read some bytes; what is wrong with the outcome, else None."""
    path = folder / "log"
    path.write_bytes(data)
    began = time.monotonic()
    signal.alarm(patience)
    try:
        return _judged(path, format)
    except TimeoutError:
        return f"no end after {time.monotonic() - began:.0f} s"
    except Exception:
        return traceback.format_exc()
    finally:
        signal.alarm(0)


def _judged(path: Path, format: str) -> str | None:
    reading = open_sources([path], format=format, limits=LIMITS)
    row = 0
    lines: list[int] = []
    for batch in reading.batches():
        frame = batch.frame
        if frame.schema != pl.Schema(SCHEMA):
            return "another schema"
        if frame["row"].to_list() != list(range(row, row + frame.height)):
            return "rows are not numbered through"
        row += frame.height
        lines += frame["line"].to_list()
        if (frame["extra_names"].list.len() > LIMITS.extras).any():
            return "more further fields than the limit"
        if (frame["extra_names"].list.len() != frame["extra_values"].list.len()).any():
            return "names without values"
        for name in ("message", "user", "command", "path", "action", "url"):
            longest = frame[name].str.len_chars().max()
            if longest is not None and int(str(longest)) > 2 * LIMITS.value_chars + 200:
                return f"{name} of {longest} characters"
    (report,) = reading.report
    if lines != sorted(set(lines)):
        return "lines out of order or twice"
    if report.records != row or report.records > report.lines:
        return f"{row} records, {report.records} reported, of {report.lines} lines"
    if any(each.code not in REASONS or each.count <= 0 for each in report.rejected):
        return "an undocumented reason"
    if not set(report.repairs) <= set(REPAIRS) or (
        report.failed is not None and report.failed not in FAILURES
    ):
        return "an undocumented code"
    if report.source.format in BY_LINE:
        rejected = sum(each.count for each in report.rejected)
        written = _written(path)
        if report.records + rejected != written:
            return f"{written} lines, {report.records} records and {rejected} rejected"
    for found in survey(open_sources([path], format=format, limits=LIMITS)):
        if isinstance(found, Survey):
            found.to_json()
    return None


def _written(path: Path) -> int:
    """Lines that are not blank, those too long to be read among them."""
    ledger = Ledger(LIMITS)
    count = 0
    with ByteStream(path, LIMITS) as stream:
        for block in blocks(stream, ledger, LIMITS):
            text = pl.Series(block.data.decode("utf-8", "replace").split("\n"))
            count += int(text.str.contains(r"\S").sum())
    state = ledger.state()
    return count + int(sum(state["counts"].values()))


def samples(data: Path | None) -> Iterator[tuple[str, bytes]]:
    """Names and first bytes of samples: the made ones, and those of a folder of logs."""
    for number, made in enumerate(MADE):
        yield f"made {number}", made * 5
    table = pl.DataFrame({"time": ["2024-02-09 11:00:00"] * 40, "user": ["a", "b"] * 20, "n": range(40)})
    sink = io.BytesIO()
    table.write_parquet(sink)
    yield "parquet", sink.getvalue()
    if data is None or not data.is_dir():
        return
    for path in sorted(data.rglob("*")):
        if not path.is_file() or path.name.endswith((".tar.zst", ".md", "LICENSE", "CITATION")):
            continue
        with ByteStream(path, LogLimits()) as stream:
            yield str(path.relative_to(data)), stream.read(SAMPLE_BYTES)[:SAMPLE_BYTES]


def mutated(data: bytes, other: bytes, draw: random.Random) -> bytes:
    """A sample with some damage."""
    made = bytearray(data)
    for _ in range(draw.choice((0, 1, 1, 2, 4, 16))):
        at = draw.randrange(len(made) + 1)
        match draw.randrange(9):
            case 0 if made:
                made[at % len(made)] = draw.randrange(256)
            case 1:
                del made[at : at + draw.choice((1, 3, 40, 2000))]
            case 2 | 3:
                made[at:at] = draw.choice(TOKENS)
            case 4:
                start = draw.randrange(len(made) + 1)
                made[at:at] = made[start : start + draw.choice((1, 60, 3000))]
            case 5 if other:
                start = draw.randrange(len(other))
                made[at:at] = other[start : start + draw.choice((40, 600, 6000))]
            case 6:
                lines = bytes(made).split(b"\n")
                draw.shuffle(lines)
                made = bytearray(b"\n".join(lines))
            case 7:
                made[at:at] = draw.choice(TOKENS) * draw.choice((50, 3000))
            case _:
                made = made[: max(at, 1)]
    whole = bytes(made[: 4 * SAMPLE_BYTES])
    match draw.randrange(20):
        case 0:
            packed = gzip.compress(whole, 1)
            return packed[: draw.randrange(1, len(packed) + 1)]
        case 1:
            return zstandard.compress(whole)
        case 2:
            return whole.decode("utf-8", "replace").encode(draw.choice(("utf-16", "utf-16-le", "utf-8-sig")))
        case 3:
            return whole.decode("utf-8", "replace").encode(
                draw.choice(("gb18030", "cp932", "cp1251")), "replace"
            )
    return whole


def main() -> int:
    """Mutate and read until the time is up, or so many times."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--seconds", type=float, default=60)
    ask.add_argument("--count", type=int, help="Readings, however long they take; instead of --seconds.")
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument(
        "--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", "../shared/data")) / "logs"
    )
    ask.add_argument(
        "--keep", type=Path, default=Path("fuzz-failures"), help="Where inputs that break a reader go."
    )
    ask.add_argument("--patience", type=int, default=20, help="Seconds after which a reading hangs.")
    given = ask.parse_args()

    def rung(signal_: int, frame: FrameType | None) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, rung)
    draw = random.Random(given.seed)
    pool = list(samples(given.data))
    failures: Counter[str] = Counter()
    readings = 0
    slowest = (0.0, "")
    until = time.monotonic() + given.seconds
    with tempfile.TemporaryDirectory(prefix="assay-fuzz-") as folder:
        while readings < given.count if given.count else time.monotonic() < until:
            name, data = draw.choice(pool)
            case = mutated(data, draw.choice(pool)[1], draw)
            format = draw.choice(("auto", "auto", *FORMATS))
            began = time.process_time()
            wrong = broken(case, format, Path(folder), given.patience)
            slowest = max(slowest, (time.process_time() - began, f"{name} as {format}"))
            readings += 1
            if wrong is not None:
                kind = f"{format}: {wrong.strip().splitlines()[-1]}"
                failures[kind] += 1
                if failures[kind] == 1:
                    given.keep.mkdir(exist_ok=True)
                    kept = given.keep / f"{given.seed}-{readings}.{format}"
                    kept.write_bytes(case)
                    sys.stdout.write(f"{name}, kept as {kept}\n{wrong}\n")
    sys.stdout.write(
        f"{readings:,} readings of {len(pool)} samples, seed {given.seed}, slowest {slowest[0]:.1f} s CPU "
        f"({slowest[1]}), {sum(failures.values()):,} failures of {len(failures)} kinds\n"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
