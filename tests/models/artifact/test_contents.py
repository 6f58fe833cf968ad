import io
import os
import pickle
import pickletools
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.models.artifact.contents import MAX_TEXT_BYTES, check_contents
from assay.models.artifact.refusals import (
    ArtifactFormatRefused,
    ArtifactGraphMalformed,
    ArtifactPickle,
    ArtifactTensorsMalformed,
    ArtifactTensorsOversized,
)
from assay.models.artifact.tensors import pack_tensors


class Program:
    """What a hostile pickle does when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo loaded",)


def zipped() -> bytes:
    """The layout in which torch.save writes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Program()))
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["notes.txt", "weights.safetensors", "graph.onnx", "state.json", "LICENSE"])
@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_refused_under_any_name_and_protocol(name: str, protocol: int) -> None:
    for value in ({"a": 1}, [1.5, "x"], Program(), np.arange(3)):
        with pytest.raises(ArtifactPickle, match="safetensors or ONNX"):
            check_contents(name, pickle.dumps(value, protocol))


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_pickle_with_something_wrong_after_it_acts_is_refused(protocol: int) -> None:
    with pytest.raises(ArtifactPickle):
        check_contents("weights.safetensors", pickle.dumps(Program(), protocol)[:-1] + b"\xff\xff")


@pytest.mark.parametrize("name", ["notes.txt", "weights.safetensors", "graph.onnx"])
def test_an_archive_of_pickles_is_refused_under_any_name(name: str) -> None:
    with pytest.raises(ArtifactPickle):
        check_contents(name, zipped())


@pytest.mark.parametrize(
    "ending", [".pt", ".pth", ".pkl", ".pickle", ".bin", ".joblib", ".ckpt", ".npy", ".npz", ".PT"]
)
def test_a_format_that_carries_pickles_is_refused_by_its_name(ending: str) -> None:
    with pytest.raises(ArtifactPickle):
        check_contents("model" + ending, pack_tensors({"a": np.ones(2)}))


@given(st.text(max_size=200))
def test_a_text_is_a_pickle_only_if_all_of_it_up_to_a_stop_parses(text: str) -> None:
    data = text.encode("utf-8", "ignore")
    try:
        check_contents("notes.txt", data)
    except ArtifactPickle:
        assert list(pickletools.genops(data))[-1][0].name == "STOP"
    except ArtifactFormatRefused:
        assert b"\0" in data


@pytest.mark.parametrize(
    "text",
    ["Notes on the model.", "compare a\nwith b\nand c.", "It is.", ".", "(c) 2026 Somebody.", "The end.\n"],
)
def test_common_texts_are_no_pickles(text: str) -> None:
    check_contents("notes.md", text.encode())


def test_a_safetensors_header_whose_length_looks_like_a_pickle_is_read() -> None:
    # Length 0x0280 begins with the bytes of "protocol 2".
    for pad in range(1000):
        data = pack_tensors({"a": np.ones(2)}, {"pad": "x" * pad})
        if data[:2] == b"\x80\x02":
            check_contents("weights.safetensors", data)
            return
    pytest.fail("no such header was made")


@pytest.mark.parametrize(
    ("name", "data", "refusal"),
    [
        ("table.csv", b"a,b\n", ArtifactFormatRefused),
        ("model.py", b"print()\n", ArtifactFormatRefused),
        ("model.so", b"\x7fELF", ArtifactFormatRefused),
        ("state.json", b"{", ArtifactFormatRefused),
        ("state.json", b'{"a": 1, "a": 2}', ArtifactFormatRefused),
        ("state.json", b'{"a": NaN}', ArtifactFormatRefused),
        ("notes.txt", b"\xff\xfe", ArtifactFormatRefused),
        ("notes.txt", b"a\0b", ArtifactFormatRefused),
        ("notes.txt", b"x" * (MAX_TEXT_BYTES + 1), ArtifactFormatRefused),
        ("weights.safetensors", b"", ArtifactTensorsMalformed),
        ("weights.safetensors", b"\xff" * 100, ArtifactTensorsOversized),
        ("graph.onnx", b"", ArtifactGraphMalformed),
        ("graph.onnx", b"\xff" * 100, ArtifactGraphMalformed),
    ],
)  # fmt: skip
def test_bytes_that_are_not_what_the_name_says_are_refused(
    name: str, data: bytes, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        check_contents(name, data)
