import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assay.models.card import (
    MAX_CARD_BYTES,
    Card,
    CardDuplicateKey,
    CardInvalid,
    CardMalformed,
    CardTooLarge,
    CardUnknownKey,
    File,
)
from assay.models.filenames import CardPathRefused, check_file_name
from assay.models.versions import version_key

FILE = {"path": "w.safetensors", "role": "weights", "sha256": "0" * 64, "size": 3, "shared": False}


@pytest.fixture
def page(card: Card) -> dict[str, Any]:
    return {**json.loads(card.to_bytes()), "files": [dict(FILE)]}


def read(page: dict[str, Any]) -> Card:
    return Card.from_bytes(json.dumps(page).encode())


def test_round_trip_keeps_every_value_and_every_byte(page: dict[str, Any]) -> None:
    card = read(page)
    assert Card.from_bytes(card.to_bytes()) == card
    assert Card.from_bytes(card.to_bytes()).to_bytes() == card.to_bytes()
    assert json.loads(card.to_bytes()) == page
    assert card.id == "plain-sum@1.2.0"
    assert card.size == 3


def test_equal_cards_have_equal_bytes_whatever_the_order_of_free_keys(card: Card) -> None:
    one = card.model_copy(update={"preprocessing": {"a": {"x": 1, "y": 2}, "b": 2}})
    two = card.model_copy(update={"preprocessing": {"b": 2, "a": {"y": 2, "x": 1}}})
    assert one.to_bytes() == two.to_bytes()


def test_a_shape_is_written_on_one_line(card: Card) -> None:
    assert b'"shape": [null, 2],' in card.to_bytes()


def test_a_card_cannot_be_changed(card: Card) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        card.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    "where",
    [
        (),
        ("architecture",),
        ("inputs", 0),
        ("outputs", 1),
        ("metrics", 0),
        ("training_data", 0),
        ("files", 0),
    ],
)
def test_an_unknown_key_is_refused_at_any_depth(page: dict[str, Any], where: tuple[Any, ...]) -> None:
    node: Any = page
    for step in where:
        node = node[step]
    node["surprise"] = 1
    with pytest.raises(CardUnknownKey, match="surprise") as caught:
        read(page)
    assert caught.value.code == "card-unknown-key"


def test_an_unknown_key_of_an_operating_point_is_refused(page: dict[str, Any]) -> None:
    point = {"name": "strict", "threshold": 1.5, "chosen_on": "validation", "fpr": 0.01}
    assert read({**page, "operating_points": [point]}).operating_points[0].fpr == 0.01
    with pytest.raises(CardUnknownKey, match="tresh"):
        read({**page, "operating_points": [{**point, "tresh": 1}]})


def test_a_key_twice_is_refused_though_the_decoder_would_take_the_last(page: dict[str, Any]) -> None:
    data = json.dumps(page).replace('"raw": "score"', '"raw": "score", "raw": "score"').encode()
    assert json.loads(data) == page
    with pytest.raises(CardDuplicateKey, match="'raw'"):
        Card.from_bytes(data)


def test_a_card_too_large_is_refused_unparsed(page: dict[str, Any]) -> None:
    data = json.dumps(page).encode()
    assert Card.from_bytes(data + b" " * (MAX_CARD_BYTES - len(data))).name == "plain-sum"
    with pytest.raises(CardTooLarge, match=str(MAX_CARD_BYTES)):
        Card.from_bytes(data + b" " * (MAX_CARD_BYTES - len(data) + 1))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_number_that_is_not_finite_is_refused(page: dict[str, Any], number: str) -> None:
    data = json.dumps(page).replace('"tolerance": 1e-06', f'"tolerance": {number}').encode()
    assert number.encode() in data
    with pytest.raises(CardMalformed):
        Card.from_bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b"{",
        b"[" * 100_000,
        b"1" * 5000,
        b'{"a": ' * 70 + b"1" + b"}" * 70,
    ],
    ids=["empty", "utf-16", "mark", "cut", "deep", "long-number", "deep-objects"],
)
def test_what_is_no_json_text_is_refused(data: bytes) -> None:
    with pytest.raises(CardMalformed):
        Card.from_bytes(data)


@given(data=st.binary(max_size=200))
def test_no_bytes_do_more_than_raise_a_card_error(data: bytes) -> None:
    with pytest.raises((CardMalformed, CardInvalid, CardUnknownKey, CardDuplicateKey)):
        Card.from_bytes(data)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "Plain Sum"),
        ("name", "../x"),
        ("version", "1.2"),
        ("version", "01.2.0"),
        ("use", "everything"),
        ("schema_version", 2),
        ("created", "31.01.2026"),
        ("created", "20260131"),
        ("created", "2026-02-30"),
        ("tolerance", -1),
        ("tolerance", "1"),
        ("batch", 0),
        ("prior", 1.0),
        ("raw", "missing"),
        ("raw", "map"),
        ("inputs", []),
        ("files", []),
        ("files", [FILE, {**FILE, "path": "W.safetensors"}]),
        ("files", [{**FILE, "role": "program"}]),
        ("files", [{**FILE, "sha256": "0" * 63}]),
        ("files", [{**FILE, "size": -1}]),
        ("files", [{**FILE, "size": True}]),
        ("files", [{**FILE, "path": f"w{i}.safetensors"} for i in range(257)]),
        ("calibration", "missing.json"),
        ("calibration", "w.safetensors"),
        ("metrics", [{"name": "auc", "value": 0.5, "low": 0.6, "high": 0.4}]),
        ("title", "red \x1b[31m alert"),
        ("title", "right \u202e to left"),
        ("limits", ["line\rback"]),
        ("preprocessing", {"key\x00": 1}),
    ],
)
def test_a_value_out_of_range_or_against_another_is_refused(
    page: dict[str, Any], key: str, value: Any
) -> None:
    with pytest.raises(CardInvalid, match=r"correct it|Artifact\.write"):
        read({**page, key: value})


@pytest.mark.parametrize("key", ["name", "version", "task", "licence", "use", "raw", "precision", "created"])
def test_a_missing_key_is_refused_by_name(page: dict[str, Any], key: str) -> None:
    del page[key]
    with pytest.raises(CardInvalid, match=key):
        read(page)


@pytest.mark.parametrize(
    "name",
    [
        "../w.safetensors", "..", ".", "", "/etc/passwd", "a/b", "a\\b", "..\\w", "C:w", "C:\\w", "\\\\host\\w",
        ".hidden", "a\x00b", "a\nb", "con", "NUL.json", "com1.txt", "w.", "w ", "card.json", "Card.JSON",
        "card.sha256", "shared",
        "x" * 129, "wéights", "a:stream", "~w", "w*",
    ],
)  # fmt: skip
def test_a_path_that_is_no_plain_name_is_refused(page: dict[str, Any], name: str) -> None:
    with pytest.raises(CardPathRefused, match="rename"):
        read({**page, "files": [{**FILE, "path": name}]})


@given(name=st.text(min_size=1, max_size=40))
def test_an_accepted_name_stays_in_its_folder_on_every_system(name: str) -> None:
    from pathlib import PurePosixPath, PureWindowsPath

    try:
        check_file_name(name)
    except CardPathRefused:
        return
    assert PurePosixPath(name).parts == PureWindowsPath(name).parts == (name,)
    assert name.isascii() and not name.startswith(".")


def test_an_entry_cannot_be_made_with_a_bad_path_in_python_either() -> None:
    with pytest.raises(CardPathRefused):
        File(path="../w", role="weights", sha256="0" * 64, size=0)


def test_versions_order_as_semver_says() -> None:
    order = [
        "0.9.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
        "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0",
    ]  # fmt: skip
    assert sorted(random.Random(1).sample(order, len(order)), key=version_key) == order
    assert version_key("1.0.0+a") == version_key("1.0.0+b")
