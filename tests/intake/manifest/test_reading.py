"""Manifests: every line is taken or told."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.intake.limits import Limits
from assay.intake.manifest import Entry, ManifestError, read_manifest, write_manifest


def _csv(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_lines_are_typed_and_those_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    made = read_manifest(
        _csv(
            tmp_path,
            "path,label,source,group,group:device,colour\n"
            "a.jpg,Real,s1,age=26;sex=1,phone,x\nb.jpg,GENERATED,s2,c,,\nc.jpg,maybe,s2,,,\n,real,,,,\nd.jpg,fake,s,,,,,7\n",
        )
    )
    first, second = made.entries
    assert (first.path, first.label, first.source) == (tmp_path / "a.jpg", "real", "s1")
    assert first.groups == {"age": "26", "sex": "1", "device": "phone"}
    assert second.fake and second.groups == {"group": "c"}
    assert [(p.row, p.code) for p in made.problems] == [
        (3, "label-unknown"), (4, "path-missing"), (5, "too-many-cells"),
    ]  # fmt: skip
    assert made.ignored == ("colour",)


def _group(value: str) -> dict[str, str]:
    return {"g": value} if value else {}


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\n;=", exclude_categories=("Cs", "Cc", "Zs"))
)


@given(
    rows=st.lists(
        st.tuples(_TEXT.filter(bool), st.sampled_from(["real", "fake"]), _TEXT, _TEXT),
        min_size=1, max_size=8,
    ),
    form=st.sampled_from(["csv", "parquet"]),
)  # fmt: skip
def test_what_is_written_is_read_back(
    rows: list[tuple[str, str, str, str]], form: str, tmp_path_factory
) -> None:
    folder = tmp_path_factory.mktemp("lists").resolve()
    given_entries = [
        Entry(
            folder / "x" / f"{number}{name.replace('/', '')}",
            "",
            label,
            source=source,
            groups={"g": group} if group else {},
        )
        for number, (name, label, source, group) in enumerate(rows)
    ]
    digest = write_manifest(folder / f"list.{form}", given_entries)
    made = read_manifest(folder / f"list.{form}")
    assert made.sha256 == digest and not made.problems
    assert [replace(entry, name="") for entry in made.entries] == given_entries


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("label\nreal\n", Limits()),
        ("path,label\n", Limits()),
        ("path,label\na,unknown\n", Limits()),
        ("path,label\na,real\nb,real\n", Limits(manifest_rows=1)),
        ("path,label\na,real\n", Limits(manifest_bytes=8)),
        ("\xff".encode("latin-1").decode("latin-1"), Limits()),
    ],
)
def test_what_cannot_be_used_is_refused(text: str, limits: Limits, tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as refused:
        read_manifest(_csv(tmp_path, text), limits)
    assert len(str(refused.value)) > 20


def test_bytes_that_are_no_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "list.parquet").write_bytes(b"PAR1 nothing PAR1")
    (tmp_path / "list.csv").write_bytes(b"path,label\n\xff\xfe,real\n")
    for name in ("list.parquet", "list.csv", "absent.csv"):
        with pytest.raises(ManifestError):
            read_manifest(tmp_path / name)
