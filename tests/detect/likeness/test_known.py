"""Lists of known pictures: every format, bad lines counted, exact and near matches, hostile lists."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import imagehash
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from assay.detect.likeness.digests import Digests
from assay.detect.likeness.fingerprint import fingerprint
from assay.detect.likeness.known import Known, KnownListUnusable
from assay.detect.session import detect
from assay.detect.values import Finding
from assay.intake.limits import DEFAULT
from assay.models.artifact import Artifact


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str | bytes, name: str = "list.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def _labels(finding: Finding) -> list[str]:
    return [match["label"] for match in finding.detail["matches"]]


DIGESTS = {kind: hashlib.new(kind, b"a picture").hexdigest() for kind in ("sha256", "sha1", "md5")}


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\n\n{sha256}  one.jpg\n{md5} *two.jpg\n{sha1}\n",
        "sha256:{sha256}, one.jpg\nMD5={md5}; two.jpg\nsha-1: {sha1}\n",
        "label,SHA-256,md5,sha1\none.jpg,{sha256},,\n\"two.jpg\",,{md5},\n,,,{sha1}\n",
        "sha256;label\n{sha256};one.jpg\n",
        '{{"sha256": "{sha256}", "label": "one.jpg"}}\n{{"md5": "{md5}", "name": "two.jpg"}}\n{{"sha1": "{sha1}"}}\n',
        "\ufeff{sha256}\tone.jpg\r\n{md5}\ttwo.jpg\r\n",
    ],
)  # fmt: skip
def test_every_format_is_read(written: Callable[..., Path], text: str) -> None:
    known = Known.read(written(text.format(**{k: v.upper() for k, v in DIGESTS.items()})))
    assert not known.bad
    assert _labels(known.look({"sha256": DIGESTS["sha256"]}, None)) == ["one.jpg"]
    if known.size == 3:
        assert known.also == ("sha1", "md5")
        assert _labels(known.look(DIGESTS, None)) == ["one.jpg", "", "two.jpg"]
    nothing = known.look({"sha256": "0" * 64}, None)
    assert nothing.applies and not nothing.reasons and "none of the" in nothing.words


def test_bad_lines_are_counted_by_reason_with_their_numbers(written: Callable[..., Path]) -> None:
    lines = [
        DIGESTS["sha256"],
        "hello",
        "abcdef0123",
        "0" * 20,
        '{"sha256":',
        '{"label": "x"}',
        "md5:123",
        "f" * 70_000,
    ]
    known = Known.read(written("\n".join(lines)))
    assert known.size == 1
    assert known.bad == {"no-hash": 4, "bad-hash": 1, "not-json": 1, "line-too-long": 1}
    assert known.examples["line-too-long"] == [8] and known.examples["not-json"] == [5]


def test_a_list_without_a_hash_is_refused(written: Callable[..., Path], tmp_path: Path) -> None:
    for path in (written("hello\n"), written(b"\x00\xff" * 5000), tmp_path / "nowhere", tmp_path):
        with pytest.raises(KnownListUnusable):
            Known.read(path)


def test_entries_beyond_the_limit_are_counted(written: Callable[..., Path]) -> None:
    text = "\n".join(f"{number:064x}" for number in range(10))
    known = Known.read(written(text), replace(DEFAULT, known_entries=4, known_line_bytes=100))
    assert known.size == 4 and known.bad == {"beyond-the-limit": 6}


def test_what_is_shown_is_found_by_either_hash_or_both(
    written: Callable[..., Path], photo: Image.Image, flower: Image.Image
) -> None:
    phash, dhash = imagehash.phash(photo), imagehash.dhash(photo)
    found, other = (fingerprint(np.asarray(picture)) for picture in (photo, flower))
    for text in (f"{phash} temple", f"phash:{phash} temple", f"dhash:{dhash} temple",
                 f'{{"phash": "{phash}", "dhash": "{dhash}", "label": "temple"}}'):  # fmt: skip
        known = Known.read(written(text))
        finding = known.look({}, found)
        assert _labels(finding) == ["temple"] and [r.code for r in finding.reasons] == ["known-picture"]
        assert not known.look({}, other).reasons and not known.look({}, None).reasons


@given(st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=60))
def test_every_digest_is_found_with_its_labels(digests: list[bytes]) -> None:
    table = Digests("md5")
    for label, digest in enumerate(digests):
        table.add(digest, label)
    table.close()
    for digest in digests:
        assert table.find(digest) == [label for label, one in enumerate(digests) if one == digest]
    assert table.find(bytes(15) + b"\x01") == [
        n for n, one in enumerate(digests) if one == bytes(15) + b"\x01"
    ]


@given(st.binary(max_size=3000))
def test_any_bytes_are_a_list_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    try:
        known = Known.read(path)
    except KnownListUnusable:
        return
    assert known.size > 0


def test_json_of_odd_values_costs_a_line_only(written: Callable[..., Path]) -> None:
    odd = [{"sha256": 7}, {"sha256": None}, {"sha256": ["a"]}, {"phash": "g" * 16}, {"label": {}}, {"1": 2}]
    text = "\n".join(
        [json.dumps(each) for each in odd] + ['{"a":' * 9000, json.dumps({"md5": DIGESTS["md5"], "label": 5})]
    )
    known = Known.read(written(text))
    assert known.size == 1 and sum(known.bad.values()) == len(odd) + 1


def test_a_verdict_names_what_the_list_knows(
    soft_detector: Artifact, save_as: Callable[..., Path], photo: Image.Image, written: Callable[..., Path]
) -> None:
    path = save_as(photo, "a.jpg")
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    listed = written(f"{md5} the file\n{imagehash.phash(photo.resize((300, 200)))} the view\n")
    (verdict,) = detect(path, artifact=soft_detector, workers=1, profile="fast", known=listed)
    codes = [reason.code for reason in verdict.reasons]
    assert {"known-file", "known-picture"} <= set(codes)
    finding = next(one for one in verdict.findings if one.analyzer == "known-pictures")
    assert _labels(finding) == ["the file", "the view"] and finding.ratio is None
    (without,) = detect(path, artifact=soft_detector, workers=1, profile="fast")
    assert without.ratio == verdict.ratio and "known-pictures" not in {
        one.analyzer for one in without.findings
    }
