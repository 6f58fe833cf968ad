import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from safetensors.numpy import load

from assay.errors import AssayError
from assay.models.artifact.refusals import ArtifactTensorsMalformed, ArtifactTensorsOversized
from assay.models.artifact.tensors import MAX_HEADER_BYTES, pack_tensors, read_header, unpack_tensors

DTYPES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"]


def build(header: Any, data: bytes = b"", *, span: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if span is None else span) + text + data


def unpack(data: bytes) -> dict[str, Any]:
    return unpack_tensors(np.frombuffer(bytearray(data), np.uint8), "w.safetensors")


def entry(shape: Any = (1,), offsets: Any = (0, 4), dtype: Any = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


arrays = st_numpy.arrays(
    dtype=st.sampled_from(DTYPES).map(np.dtype),
    shape=st_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0),
)


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=10).filter(lambda name: name != "__metadata__"), arrays, max_size=5
    )
)
def test_round_trip_is_exact_and_the_published_reader_agrees(values: dict[str, Any]) -> None:
    try:
        data = pack_tensors(values)
    except UnicodeEncodeError:
        return  # lone surrogates have no UTF-8
    ours, theirs = unpack(data), load(data)
    assert set(ours) == set(theirs) == set(values)
    for name, value in values.items():
        assert ours[name].dtype == value.dtype and ours[name].shape == value.shape
        assert ours[name].tobytes() == theirs[name].tobytes() == np.ascontiguousarray(value).tobytes()
    assert pack_tensors(dict(reversed(values.items()))) == data


def test_big_endian_and_strided_arrays_keep_their_values() -> None:
    values = np.arange(12, dtype=">i4").reshape(3, 4).T
    got = unpack(pack_tensors({"a": values}))["a"]
    np.testing.assert_array_equal(got, values)
    assert got.dtype == np.dtype("<i4")


def test_a_bool_is_true_or_false_whatever_the_byte() -> None:
    got = unpack(build({"a": entry([3], [0, 3], "BOOL")}, b"\x00\x01\x07"))["a"]
    assert got.dtype == np.bool_
    assert got.tobytes() == b"\x00\x01\x01"


@pytest.mark.parametrize("span", [1 << 63, (1 << 64) - 1, MAX_HEADER_BYTES + 1, 3])
def test_a_header_longer_than_file_or_limit_is_refused(span: int) -> None:
    with pytest.raises(ArtifactTensorsOversized, match=str(span)):
        unpack(build(b"{}", span=span))


def test_a_header_over_the_limit_is_refused_though_the_file_holds_it() -> None:
    at_limit = b"{" + b" " * (MAX_HEADER_BYTES - 2) + b"}"
    assert unpack(build(at_limit)) == {}
    with pytest.raises(ArtifactTensorsOversized):
        unpack(build(at_limit + b" "))


def test_the_header_is_not_read_before_its_length_is_checked() -> None:
    with pytest.raises(ArtifactTensorsOversized):
        read_header(struct.pack("<Q", 1 << 40), 100, "w.safetensors")


BAD: dict[str, bytes] = {
    "empty": b"",
    "seven bytes": b"\0" * 7,
    "no json": build(b"tensors"),
    "list": build([]),
    "not utf-8": build(b'{"\xff": 1}'),
    "same name twice": build(b'{"a":%b,"a":%b}' % ((json.dumps(entry()).encode(),) * 2), b"\0" * 4),
    "not a number": build(b'{"a": NaN}'),
    "metadata no object": build({"__metadata__": 3}),
    "metadata no text": build({"__metadata__": {"a": 3}}),
    "entry no object": build({"a": 3}),
    "extra key": build({"a": {**entry(), "device": "cpu"}}, b"\0" * 4),
    "missing key": build({"a": {"dtype": "F32", "shape": [1]}}, b"\0" * 4),
    "unknown type": build({"a": entry(dtype="F128")}, b"\0" * 4),
    "type no text": build({"a": entry(dtype=["F32"])}, b"\0" * 4),
    "negative axis": build({"a": entry([-1])}, b"\0" * 4),
    "two negative axes": build({"a": entry([-1, -1])}, b"\0" * 4),
    "float axis": build({"a": entry([1.0])}, b"\0" * 4),
    "true axis": build({"a": entry([True])}, b"\0" * 4),
    "shape no list": build({"a": {**entry(), "shape": 1}}, b"\0" * 4),
    "33 axes": build({"a": entry([1] * 33)}, b"\0" * 4),
    "three offsets": build({"a": entry(offsets=[0, 4, 8])}, b"\0" * 8),
    "offsets reversed": build({"a": entry(offsets=[4, 0])}, b"\0" * 4),
    "offsets out of the file": build({"a": entry(offsets=[0, 4])}, b"\0" * 3),
    "offsets far out": build({"a": entry([1 << 40], [0, 4 << 40])}, b"\0" * 4),
    "shape larger than bytes": build({"a": entry([2])}, b"\0" * 4),
    "product past 64 bits": build({"a": entry([1 << 33, 1 << 33, 1 << 33])}, b"\0" * 4),
    "overlap": build({"a": entry([2], [0, 8]), "b": entry([1], [4, 8])}, b"\0" * 8),
    "same bytes twice": build({"a": entry(), "b": entry()}, b"\0" * 4),
    "gap": build({"a": entry(), "b": entry(offsets=[8, 12])}, b"\0" * 12),
    "does not begin at the start": build({"a": entry(offsets=[4, 8])}, b"\0" * 8),
    "rest": build({"a": entry()}, b"\0" * 5),
    "rest without tensors": build({}, b"\0"),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_a_malformed_header_is_refused(data: bytes) -> None:
    with pytest.raises(ArtifactTensorsMalformed, match=r"w\.safetensors"):
        unpack(data)


@given(data=st.binary(max_size=300))
def test_random_bytes_only_ever_raise_a_coded_error(data: bytes) -> None:
    for candidate in (data, struct.pack("<Q", len(data)) + data):
        try:
            unpack(candidate)
        except AssayError as error:
            assert error.code.startswith("artifact-tensors-")


@given(at=st.integers(0, 200), value=st.integers(0, 255))
def test_a_changed_header_byte_never_reads_out_of_bounds(at: int, value: int) -> None:
    data = bytearray(pack_tensors({"a": np.arange(4, dtype=np.float32), "b": np.ones((2, 3), np.int8)}))
    data[at % len(data)] = value
    try:
        arrays = unpack(bytes(data))
    except AssayError:
        return
    assert sum(array.nbytes for array in arrays.values()) == 22
