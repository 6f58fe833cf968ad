"""Hostile text is shown, never obeyed."""

import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from assay.cli.terminal import glyphs, json_line, scale, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("photo.jpg", "photo.jpg"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("photo\u202egpj.exe", "photo\\u202egpj.exe"),
        ("two\nlines\r\t", "two\\x0alines\\x0d\\x09"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("bad\udcffname", "bad\\udcffname"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("\x9b31m", "\\x9b31m"),
        ("line\u2028end", "line\\u2028end"),
        ("Büro 照片.jpg", "Büro 照片.jpg"),
    ],
)
def test_what_could_steer_a_terminal_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    shown = visible(text)
    assert not any(unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Zl", "Zp") for mark in shown)
    assert shown.encode("utf-8").decode("utf-8") == shown


def test_long_text_ends_in_an_ellipsis() -> None:
    assert visible("a" * 50, 10) == "a" * 9 + "…"
    assert visible("a" * 10, 10) == "a" * 10


def _drawn(value: float, low: float, high: float) -> str:
    marks = {"line": "-", "span": "=", "zero": "+", "point": "o"}
    return scale(value, low, high, reach=2.0, marks=marks, style="red", width=9).plain


def test_the_scale_puts_the_point_in_its_interval() -> None:
    assert _drawn(1.0, 0.5, 1.5) == "-2 ----+=o=- +2"
    assert _drawn(-2.0, -9.0, -1.0) == "-2 o==-+---- +2"
    assert _drawn(0.0, -1.0, 1.0) == "-2 --==o==-- +2"


def test_an_ascii_terminal_gets_ascii() -> None:
    screen = Console(file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert all(mark.isascii() for mark in glyphs(screen).values())


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("inv\udcff.log", "inv\\xff.log"),
        ("half \ud800 a pair", "half \\ud800 a pair"),
        ("sound \U0001f600", "sound \U0001f600"),
        ("literal \\ud800", "literal \\ud800"),
    ],
)
def test_a_json_line_is_valid_unicode_whatever_the_file_name(text: str, read: str) -> None:
    line = json_line({"source": text, "records": [{"source": text, "line": 3}], "p": None})
    assert line.isascii()
    assert json.loads(line) == {"source": read, "records": [{"source": read, "line": 3}], "p": None}
    json.dumps(json.loads(line), ensure_ascii=False).encode()
