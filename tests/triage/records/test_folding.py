"""Names of Windows count as one however their letters are written; others keep their case."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.triage.counting.contexts import PAIRS
from assay.triage.counting.encoding import encode
from assay.triage.records.fields import conform
from assay.triage.records.folding import FOLDED, folded, in_one_case

ALIKE = [
    (r"C:\windows\System32\svchost.exe", r"c:\Windows\system32\SVCHOST.EXE"),
    (r"\\*\IPC$", r"\\*\ipc$"),
    (r"HKLM\Software\Run", r"hklm\SOFTWARE\run"),
    (r"\Device\HarddiskVolume1\a.exe", r"\device\harddiskvolume1\A.EXE"),
    ("PowerShell.exe", "powershell.exe"),
]
APART = [("/usr/bin/X", "/usr/bin/x"), ("Xorg", "xorg"), ("a/B.exe", "a/b.exe")]


@pytest.mark.parametrize("field", FOLDED)
@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_of_windows_have_one_key(field, one, other):
    assert folded(field, one) == folded(field, other)
    encoded, _ = encode(conform(pl.DataFrame({"type": ["t", "t"], field: [one, other]})))
    # Alphabets stay those of the values as written.
    asked = [at for at, pair in enumerate(encoded.pair) if (PAIRS[pair].field, PAIRS[pair].spelt) == (field, False)]
    keys = [[int(encoded.entry[at - 1]) for at in row[asked]] for row in encoded.index]
    assert keys[0] == keys[1] and keys[0]


@pytest.mark.parametrize(("one", "other"), APART)
def test_other_names_keep_their_case(one, other):
    assert folded("path", one) != folded("path", other)


def test_other_columns_keep_theirs():
    assert folded("command", r"C:\A.exe") == r"C:\A.exe"


_PARTS = ["C:", "\\", "/", "Windows", "ä", "HKLM", ".exe", ".DLL", "\n", " ", "İ", "Σ"]


@given(st.lists(st.sampled_from(_PARTS), max_size=6).map("".join))
def test_a_column_and_a_single_value_agree(value):
    made = pl.DataFrame({"value": [value]}).select(in_one_case(pl.col("value")))["value"][0]
    assert made == folded("path", value)
