"""Files that want more than tensors are refused by their code, and nothing of them runs."""

import io
import os
import pickle
import sys
import tempfile
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.errors import AssayError
from assay.models.torchfile import (
    TorchFileError,
    TorchFileLegacy,
    TorchFileMalformed,
    TorchFileOpcode,
    TorchFileScript,
    TorchFileTooLarge,
    TorchFileUnsafe,
    index,
)
from assay.models.torchfile.index import listed
from assay.models.torchfile.limits import TorchFileLimits
from assay.models.torchfile.tensors import StoredIndex, arrays

FILES = {"byteorder": b"little", "version": b"3\n"}
STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"
TENSOR = (
    b"ctorch._utils\n_rebuild_tensor_v2\n("
    + STORAGE
    + b"K\x00K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR"
)
SOUND = b"\x80\x02}X\x01\x00\x00\x00w" + TENSOR + b"s."


def packed(pickled: bytes, storage: bytes = bytes(16), **more: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, data in {"data.pkl": pickled, **FILES, "data/0": storage, **more}.items():
            file.writestr(f"archive/{name}", data)
    return stream.getvalue()


def read(data: bytes, limits: TorchFileLimits | None = None) -> dict[str, np.ndarray]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        bounds = limits or TorchFileLimits()
        index(file, limits=bounds)
        meta, _ = listed(descriptor=file.fileno())
        return dict(arrays(file.fileno(), StoredIndex.of(meta)))


def in_dict(value: bytes) -> bytes:
    """A state dict whose second value is `value` in opcodes."""
    return b"\x80\x02}X\x01\x00\x00\x00w" + TENSOR + b"sX\x01\x00\x00\x00v" + value + b"s."


def test_the_frame_of_these_tests_is_sound() -> None:
    assert read(packed(SOUND))["w"].tolist() == [0, 0, 0, 0]
    assert read(packed(in_dict(b"K\x07")))["w"].shape == (4,)


class Trap:
    """Runs a program when it is unpickled."""

    def __init__(self, path: Path, call: Callable[..., Any] = os.system) -> None:
        self.path, self.call = path, call

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call, (f"touch {self.path}",)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "call", [os.system, eval, exec, os.popen, __import__, getattr], ids=lambda c: c.__name__
)
def test_a_program_is_refused_and_not_run(tmp_path: Path, protocol: int, call: Callable[..., Any]) -> None:
    target = tmp_path / "ran"
    data = pickle.dumps({"w": Trap(target, call)}, protocol)
    if call is os.system:  # that it is a trap at all
        pickle.loads(data)
        assert target.exists()
        target.unlink()
    with pytest.raises(TorchFileUnsafe):
        read(packed(data))
    assert not target.exists()


TRICKS = {
    "global": b"cposix\nsystem\n",
    "global-of-torch": b"ctorch\nload\n",
    "global-with-dots": b"ctorch\nFloatStorage.__class__\n",
    "global-of-a-module-below": b"ctorch._utils\n_rebuild_tensor_v2.__globals__\n",
    "global-on-the-stack": b"X\x05\x00\x00\x00posixX\x06\x00\x00\x00system\x93",
    "global-of-numbers": b"K\x01K\x02\x93",
    "instance": b"(X\x04\x00\x00\x00echoiposix\nsystem\n",
    "object": b"(cposix\nsystem\nX\x04\x00\x00\x00echoo",
    "newobj": b"ccollections\nOrderedDict\n)\x81",
    "newobj-ex": b"ccollections\nOrderedDict\n)}\x92",
    "extension": b"\x82\x01",
    "extension-2": b"\x83\x01\x00",
    "extension-4": b"\x84\x01\x00\x00\x00",
    "persistent-text": b"Pposix\n",
    "persistent-number": b"K\x05Q",
    "persistent-dict": b"}Q",
    "persistent-of-another-kind": b"(X\x06\x00\x00\x00moduleK\x01K\x02K\x03K\x04tQ",
    "persistent-of-a-name": b"ccollections\nOrderedDict\nQ",
    "storage-under-a-path": STORAGE.replace(b"X\x01\x00\x00\x000", b"X\x04\x00\x00\x00../0"),
    "storage-of-no-type": STORAGE.replace(b"ctorch\nFloatStorage\n", b"X\x05\x00\x00\x00Float"),
    "build-on-a-dict": b"}}X\x01\x00\x00\x00aK\x01sb",
    "build-of-other-state": b"ccollections\nOrderedDict\n)R}X\x09\x00\x00\x00__class__K\x01sb",
    "build-on-a-name": b"ccollections\nOrderedDict\n}X\x09\x00\x00\x00_metadata}sb",
    "call-of-a-number": b"K\x01)R",
    "call-of-a-storage-class": b"ctorch\nFloatStorage\n)R",
    "call-without-a-tuple": b"ccollections\nOrderedDict\n]R",
    "dict-of-numbers": b"ccollections\nOrderedDict\nK\x01\x85R",
    "tensor-of-a-number": b"ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x00))\x89NtR",
    "tensor-with-hooks": TENSOR.replace(b")RtR", b")R(K\x01K\x02dtR"),
    "parameter-of-a-text": b"ctorch._utils\n_rebuild_parameter\n(X\x01\x00\x00\x00a\x88NtR",
    "key-of-a-tuple": b"})K\x01s",
    "bytes": b"B\x01\x00\x00\x00a",
    "bytearray": b"\x96\x01\x00\x00\x00\x00\x00\x00\x00a",
    "next-buffer": b"\x97",
    "set": b"\x8f",
    "frozenset": b"(\x91",
    "duplicate": b"K\x012",
    "pop": b"K\x01K\x020",
    "text-of-protocol-0": b"V__builtins__\n",
    "quoted-text": b"S'a'\n",
    "decimal": b"I1\n",
    "get-by-text": b"g0\n",
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_every_trick_is_refused(trick: bytes) -> None:
    with pytest.raises(TorchFileUnsafe) as refused:
        read(packed(in_dict(trick)))
    assert "nothing was run" in str(refused.value).lower()


def test_no_module_is_imported_for_a_name() -> None:
    before = set(sys.modules)
    with pytest.raises(TorchFileUnsafe, match=r"antigravity\.run"):
        read(packed(in_dict(b"cantigravity\nrun\n")))
    assert "antigravity" not in set(sys.modules) - before


def test_values_of_numpy_are_refused_in_words() -> None:
    data = pickle.dumps({"lr": np.float64(0.1)}, 2)
    with pytest.raises(TorchFileUnsafe, match="numpy"):
        read(packed(data))


BROKEN = {
    "empty": b"",
    "no-stop": SOUND[:-1],
    "stack-runs-empty": b"\x80\x02s.",
    "mark-is-missing": b"\x80\x02t.",
    "mark-as-value": b"\x80\x02}X\x01\x00\x00\x00a(s.",
    "mark-remembered": b"\x80\x02(q\x00.",
    "nothing-remembered": b"\x80\x02h\x07.",
    "two-left": b"\x80\x02K\x01K\x02.",
    "odd-items": b"\x80\x02}(K\x01u.",
    "into-a-number": b"\x80\x02K\x01K\x01a.",
    "into-a-name": b"\x80\x02ccollections\nOrderedDict\nK\x01K\x01s.",
    "no-utf-8": b"\x80\x02X\x01\x00\x00\x00\xff.",
    "cut-in-a-text": b"\x80\x02X\xff\x00\x00\x00a",
    "not-an-opcode": b"\x80\x02\xff.",
    "negative-length": b"\x80\x04\x8b\xff\xff\xff\xff.",
    "tensor-steps": SOUND.replace(b"K\x01\x85\x89", b")\x89"),
    "tensor-of-a-negative": SOUND.replace(b"K\x04\x85K\x01\x85", b"J\xff\xff\xff\xff\x85K\x01\x85"),
    "tensor-beyond": SOUND.replace(b"K\x00K\x04\x85", b"K\x01K\x04\x85"),
    "tensor-far-beyond": SOUND.replace(b"K\x04\x85K\x01\x85", b"K\x04\x85J\xff\xff\xff\x7f\x85"),
    "tensor-of-truth": SOUND.replace(b"K\x04\x85K\x01\x85", b"\x88\x85K\x01\x85"),
    "storage-lies-more": SOUND.replace(b"cpuK\x04", b"cpuK\x05"),
    "storage-lies-less": SOUND.replace(b"cpuK\x04", b"cpuK\x03"),
    "storage-is-missing": SOUND.replace(b"X\x01\x00\x00\x000", b"X\x01\x00\x00\x001"),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_refused_as_such(data: bytes) -> None:
    with pytest.raises((TorchFileMalformed, TorchFileOpcode)):
        read(packed(data))


def test_a_whole_number_beyond_64_bits_and_a_long_text() -> None:
    for value in (b"\x8a\x09" + b"\xff" * 8 + b"\x01", b"X\x00\x00\x01\x00" + b"a" * 65536):
        with pytest.raises(TorchFileTooLarge):
            read(packed(in_dict(value)))
    with pytest.raises(TorchFileUnsafe):  # LONG4, which can hold megabytes
        read(packed(in_dict(b"\x8b\x01\x00\x00\x00\x01")))


def test_bombs_end_early() -> None:
    # Lists of ten references to the list before, ten deep: 10^10 values for who walks them.
    lists = b"]q\x00" + b"".join(
        b"](" + b"h" + bytes([n]) + (b"h" + bytes([n])) * 9 + b"eq" + bytes([n + 1]) for n in range(10)
    )
    dicts = b"}q\x00" + b"".join(
        b"}(" + b"".join(b"K" + bytes([k]) + b"h" + bytes([n]) for k in range(10)) + b"uq" + bytes([n + 1])
        for n in range(10)
    )
    # What a stack is left with after a bomb is no state dict by itself.
    for bomb in (lists, dicts):
        wrapped = b"\x80\x02}X\x01\x00\x00\x00w" + TENSOR + b"sr\x00\x01\x00\x00" + b"(" + bomb
        with pytest.raises(TorchFileError):
            read(packed(wrapped + b"."))
    inner = b"}q\x00" + b"".join(
        b"(" + b"".join(b"K" + bytes([k]) + b"h\x00" for k in range(10)) + b"u" for _ in range(2)
    )
    # A dict that holds itself ten times.
    itself = b"\x80\x02" + inner + b"X\x01\x00\x00\x00w" + TENSOR + b"s."
    with pytest.raises(TorchFileTooLarge, match="deeper"):
        read(packed(itself))
    with pytest.raises(TorchFileTooLarge, match="opcodes"):
        read(packed(b"\x80\x02" + b"N" * 5000 + b"."), TorchFileLimits(pickle_opcodes=1000))
    with pytest.raises(TorchFileTooLarge, match="values"):
        read(packed(b"\x80\x02" + b"N" * 5000 + b"."), TorchFileLimits(pickle_values=1000))
    with pytest.raises(TorchFileTooLarge, match=r"data\.pkl"):
        read(packed(SOUND), TorchFileLimits(pickle_bytes=20))


def test_views_that_spread_one_number_are_counted() -> None:
    wide = SOUND.replace(b"K\x04\x85K\x01\x85", b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86K\x00K\x00\x86")
    with pytest.raises(TorchFileTooLarge, match="bytes together"):
        read(packed(wide))
    axes = SOUND.replace(b"K\x04\x85K\x01\x85", b"(" + b"K\x01" * 40 + b"t(" + b"K\x01" * 40 + b"t")
    with pytest.raises(TorchFileTooLarge, match="axes"):
        read(packed(axes))


def test_an_archive_is_taken_strictly() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file, pytest.warns(UserWarning, match="Duplicate"):
        for pickled in (SOUND, in_dict(b"K\x01")):
            file.writestr("archive/data.pkl", pickled)
    with pytest.raises(TorchFileMalformed, match="twice"):
        read(stream.getvalue())
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data.pkl", SOUND)
        file.writestr("archive/data/0", bytes(10_000_000))
    with pytest.raises(TorchFileMalformed, match="compressed"):
        read(stream.getvalue())
    for name in ("code/a.py", "constants.pkl"):
        with pytest.raises(TorchFileScript):
            read(packed(SOUND, **{name: b"x"}))
    with pytest.raises(TorchFileMalformed, match=r"no data\.pkl"):
        read(packed(SOUND).replace(b"data.pkl", b"date.pkl"))
    with pytest.raises(TorchFileMalformed, match="byte order"):
        read(packed(SOUND, byteorder=b"big"))
    with pytest.raises(TorchFileMalformed, match="name"):
        read(packed(SOUND).replace(b"archive/version", b"archive/../rsio"))
    with pytest.raises(TorchFileMalformed, match="one folder"):
        read(packed(SOUND).replace(b"archive/version", b"elsewhe/version"))
    with pytest.raises(TorchFileTooLarge, match="entries"):
        read(packed(SOUND), TorchFileLimits(archive_entries=2))
    with pytest.raises(TorchFileTooLarge, match="bytes"):
        read(packed(SOUND), TorchFileLimits(weights_bytes=100))


def test_headers_that_contradict_the_list_of_entries() -> None:
    whole = packed(SOUND)
    with pytest.raises(TorchFileMalformed, match="another name"):
        read(whole.replace(b"archive/data/0", b"archive/data/9", 1))
    first, second, *_ = (at for at in range(len(whole)) if whole[at : at + 4] == b"PK\x01\x02")
    with pytest.raises(TorchFileMalformed):  # the list says that the second one lies where the first does
        read(whole[: second + 42] + whole[first + 42 : first + 46] + whole[second + 46 :])
    with pytest.raises(TorchFileMalformed, match="not those"):
        at = whole.index(b"archive/data/0") + len(b"archive/data/0")
        read(whole[:at] + b"\x01" + whole[at + 1 :])


def test_older_layouts_are_refused_with_the_way_out(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    stream = io.BytesIO()
    torch.save(OrderedDict(w=torch.ones(2)), stream, _use_new_zipfile_serialization=False)
    for data in (stream.getvalue(), b"", b"\x80\x02", b"ustar", bytes(512)):
        with pytest.raises(TorchFileLegacy, match=r"torch\.save\(torch\.load"):
            read(data)


@settings(max_examples=300)
@given(
    cuts=st.lists(
        st.tuples(st.integers(0, 10_000), st.binary(min_size=0, max_size=8)), min_size=1, max_size=4
    ),
    inner=st.booleans(),
)
def test_any_damage_ends_in_a_refusal_or_in_tensors(cuts: list[tuple[int, bytes]], inner: bool) -> None:
    data = SOUND if inner else packed(SOUND)
    for at, new in cuts:
        at %= len(data)
        data = data[:at] + new + data[at + len(new) :]
    try:
        found = read(packed(data) if inner else data)
    except AssayError as error:
        assert isinstance(error, TorchFileError)
    else:
        assert all(isinstance(array, np.ndarray) for array in found.values())


def test_a_child_that_lies_reaches_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(packed(SOUND))
    place = {"name": "w", "dtype": "float32", "begin": 0, "size": 16, "offset": 0, "shape": [4], "steps": [1]}
    lies: list[dict[str, Any]] = [
        {"begin": 1 << 40}, {"size": 1 << 40}, {"offset": 2}, {"shape": [5]}, {"steps": [9]}, {"steps": []},
        {"shape": [1 << 40, 1 << 40], "steps": [0, 0]}, {"dtype": "object"}, {"begin": -1}, {"shape": ["4"]},
        {"more": 1}, {"name": ""},
    ]  # fmt: skip
    for lie in lies:
        with path.open("rb") as stream, pytest.raises(TorchFileError):
            meta = {"tensors": [place | lie], "inside": None, "left": []}
            list(arrays(stream.fileno(), StoredIndex.of(meta)))
    with pytest.raises(TorchFileError):
        StoredIndex.of({"problem": "no-such-code", "words": "\x1b[31m"})
