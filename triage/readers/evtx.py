"""Windows event log files (EVTX), decoded to JSON by parallel threads of the evtx parser."""

import io
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import polars as pl
from evtx import PyEvtxParser

from ..limits import LogLimits
from . import dumps, windows
from .contract import Intake
from .ledger import Ledger
from .streams import LogSourceError

MAGIC: Final = b"ElfFile\0"
_PIECE: Final = 8192


class Evtx:
    """Reader of EVTX files."""

    name = "evtx"
    title = "Windows event log (EVTX)"

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads

    def sniff(self, head: bytes) -> float:
        return 1.0 if head.startswith(MAGIC) else 0.0

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        ledger, limits = intake.ledger, intake.limits
        try:
            file = intake.whole(limits.evtx_bytes, "EVTX file")
            opened = file if isinstance(file, str) else io.BytesIO(file)
            parser = PyEvtxParser(opened, number_of_threads=self._threads)
            records = iter(parser.records_json())
        except (RuntimeError, OSError, ValueError) as error:
            raise LogSourceError("damaged-file", f"not a readable EVTX file: {error}") from error
        numbers: list[int] = []
        texts: list[str] = []
        number, held = -1, 0
        while True:
            number += 1
            try:
                record: Any = next(records)
            except StopIteration:
                break
            except (RuntimeError, OSError, ValueError) as error:
                ledger.lines += 1
                ledger.reject("damaged-record", number, str(error))
                continue
            ledger.lines += 1
            data: str = record["data"]
            if len(data) > limits.line_bytes:
                ledger.reject("line-too-long", number, data[:400])
                continue
            numbers.append(number)
            texts.append(data)
            held += len(data)
            if len(texts) >= _PIECE or held > 4 * limits.block_bytes:
                yield from _frames(numbers, texts, ledger, limits)
                numbers, texts, held = [], [], 0
        if texts:
            yield from _frames(numbers, texts, ledger, limits)


def _frames(
    numbers: list[int], texts: list[str], ledger: Ledger, limits: LogLimits
) -> Iterator[pl.DataFrame]:
    """All records at once where they have the usual form, else one by one."""
    frame = dumps.frame(numbers, "\n".join(texts).encode("utf-8", "replace"), ledger, limits)
    if frame is not None:
        yield frame
        return
    known: list[int] = []
    events: list[Any] = []
    for number, data in zip(numbers, texts, strict=True):
        try:
            events.append(windows.decode(data.encode("utf-8", "replace")))
        except RecursionError:
            ledger.reject("nested-too-deep", number, data[:400])
            continue
        except msgspec.DecodeError as error:
            ledger.reject("not-json", number, f"{error}: {data[:200]}")
            continue
        known.append(number)
    if events:
        yield windows.frame(pl.Series(known, dtype=pl.UInt32), events, ledger, limits)
