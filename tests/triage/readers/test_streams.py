"""Bytes in, blocks of lines out: bounds, encodings, compression."""

import gzip
import random
from pathlib import Path

import pytest
import zstandard

from assay.triage.limits import LogLimits
from assay.triage.readers.blocks import blocks
from assay.triage.readers.ledger import Ledger
from assay.triage.readers.streams import ByteStream, LogSourceError

SMALL = LogLimits(line_bytes=64, block_bytes=100, head_bytes=32)


def lines_of(path: Path, limits: LogLimits = SMALL) -> tuple[list[bytes], Ledger]:
    ledger = Ledger(limits)
    found: list[bytes] = []
    with ByteStream(path, limits) as stream:
        for block in blocks(stream, ledger, limits):
            assert block.first == len(found)
            assert block.data.endswith(b"\n")
            part = block.data.split(b"\n")[:-1]
            assert len(part) == block.lines
            found += part
    assert ledger.lines == len(found)
    return found, ledger


@pytest.mark.parametrize("ending", [b"", b"\n"])
@pytest.mark.parametrize("seed", range(5))
def test_every_line_keeps_its_number(tmp_path: Path, seed: int, ending: bytes) -> None:
    draw = random.Random(seed)
    lines = [bytes(draw.choices(b"abc ", k=draw.randrange(1, 64))) for _ in range(200)]
    path = tmp_path / "log"
    path.write_bytes(b"\n".join(lines) + ending)
    assert lines_of(path)[0] == lines


def test_a_line_over_the_limit_becomes_blank_and_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"first\n" + b"x" * 1000 + b"\nthird\n" + b"y" * 65 + b"\nfifth\n" + b"z" * 500)
    lines, ledger = lines_of(path)
    assert lines == [b"first", b"", b"third", b"", b"fifth", b""]
    (rejected,) = ledger.report(None).rejected  # type: ignore[arg-type]
    assert (rejected.code, rejected.count) == ("line-too-long", 3)
    assert [line for line, _ in rejected.examples] == [1, 3, 5]
    assert rejected.examples[0][1].startswith("xxxx")


def test_ten_megabytes_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 10_000_000 + b"\nend\n")
    limits = LogLimits(line_bytes=1 << 20, block_bytes=1 << 20)
    lines, ledger = lines_of(path, limits)
    assert lines == [b"", b"end"]
    assert ledger.report(None).rejected[0].count == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "log"
    path.write_bytes("登入失敗 使用者\r\nログイン失敗\r\n".encode(encoding))
    assert [line.decode() for line in lines_of(path)[0]] == ["登入失敗 使用者", "ログイン失敗"]


def test_lines_that_are_not_utf8_are_mended_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes("jam\xf3n\n".encode("latin-1") + "火腿\n".encode() + b"nul\0byte\n")
    lines, ledger = lines_of(path)
    assert [line.decode() for line in lines] == ["jamón", "火腿", "nulbyte"]
    assert ledger.report(None).repairs == {"nul-removed": 1, "not-utf8": 1}  # type: ignore[arg-type]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_compressed_sources(tmp_path: Path, pack: object) -> None:
    path = tmp_path / "log"
    path.write_bytes(pack(b"one\ntwo\n") + pack(b"three\n"))  # type: ignore[operator]
    assert lines_of(path)[0] == [b"one", b"two", b"three"]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_bomb_is_given_up_and_what_came_before_is_kept(tmp_path: Path, pack: object) -> None:
    path = tmp_path / "log"
    path.write_bytes(pack(b"line\n" * 4_000_000))  # type: ignore[operator]
    limits = LogLimits(ratio=50, ratio_from=1 << 20, block_bytes=1 << 20)
    ledger = Ledger(limits)
    with ByteStream(path, limits) as stream:
        for block in blocks(stream, ledger, limits):
            assert block.data.startswith(b"line\n")
    assert stream.damage is not None and stream.damage.reason == "decompression-limit"
    assert 0 < ledger.lines < 1_000_000


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_damaged_compression_has_its_own_reason(tmp_path: Path, pack: object) -> None:
    packed = pack(bytes(random.Random(1).choices(b"abcdefgh\n", k=200_000)))  # type: ignore[operator]
    path = tmp_path / "log"
    damaged = bytearray(packed)
    damaged[len(damaged) // 2 : len(damaged) // 2 + 200] = b"\xff" * 200
    path.write_bytes(damaged)
    with ByteStream(path, SMALL) as stream:
        while stream.read(1000):
            pass
    assert stream.damage is not None and stream.damage.reason == "damaged-compression"


def test_unreadable(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(LogSourceError) as caught:
            ByteStream(path, SMALL)
        assert caught.value.reason == "unreadable"
