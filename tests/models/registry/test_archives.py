import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.errors import AssayError
from assay.models.artifact import Artifact
from assay.models.registry import archives
from assay.models.registry.archives import (
    MAX_MEMBERS,
    ArchiveEntryRefused,
    ArchiveMalformed,
    ArchivePathRefused,
    ArchiveTooLarge,
    ArchiveUnknown,
    ArchiveWithoutCard,
    unpack,
)

KINDS = ["zip", "tar", "tar.gz", "tar.zst"]
Members = list[tuple[str, bytes]]


def pack(path: Path, members: Members) -> Path:
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, data in members:
                info = zipfile.ZipInfo("x")
                info.filename = name  # past the constructor, which cleans names
                packed.writestr(info, data)
        return path
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tape:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tape.addfile(info, io.BytesIO(data))
    return compress(path, buffer.getvalue())


def compress(path: Path, data: bytes) -> Path:
    how: dict[str, Callable[[bytes], bytes]] = {
        ".gz": gzip.compress,
        ".zst": zstandard.ZstdCompressor().compress,
    }
    path.write_bytes(how.get(path.suffix, bytes)(data))
    return path


@pytest.fixture
def members(artifact: Artifact) -> Members:
    store = artifact.folder.parent
    return [
        (str(path.relative_to(store)), path.read_bytes())
        for path in sorted(store.rglob("*"))
        if path.is_file()
    ]


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    folder, shared = tmp_path / "out" / "artifact", tmp_path / "out" / "shared"
    folder.mkdir(parents=True)
    shared.mkdir()
    return folder, shared


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", ["beside", "inside", "flat"])
def test_an_artifact_comes_out_whole(
    kind: str, layout: str, tmp_path: Path, members: Members, places: tuple[Path, Path], artifact: Artifact
) -> None:
    for index, (name, data) in enumerate(members):
        if layout == "flat":
            members[index] = (name.removeprefix("plain-sum/"), data)
        elif layout == "inside" and name.startswith("shared/"):
            members[index] = (f"plain-sum/{name}", data)
    unpack(pack(tmp_path / f"a.{kind}", members), *places)
    assert Artifact.open(places[0]).sha256 == artifact.sha256


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_archives_with_folder_entries_as_common_tools_write_them(
    kind: str, tmp_path: Path, artifact: Artifact, places: tuple[Path, Path]
) -> None:
    import shutil

    made = shutil.make_archive(str(tmp_path / "made"), kind, root_dir=artifact.folder.parent)
    unpack(Path(made), *places)
    assert Artifact.open(places[0]).sha256 == artifact.sha256


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name",
    [
        "../escape.txt", "plain-sum/../../escape.txt", "/tmp/escape.txt", "plain-sum\\..\\escape.txt", "C:\\escape.txt",
        "plain-sum/sub/deep.txt", "plain-sum/.hidden", "other/file.txt", "shared/not-a-hash", "plain-sum//x.txt",
        "plain-sum/CON", "shared/../x.txt", "deep/plain-sum/shared/" + "0" * 64,
    ],
)  # fmt: skip
def test_a_member_outside_the_layout_is_refused(
    kind: str, name: str, tmp_path: Path, members: Members, places: tuple[Path, Path]
) -> None:
    with pytest.raises(ArchivePathRefused):
        unpack(pack(tmp_path / f"a.{kind}", [*members, (name, b"x")]), *places)
    assert not (tmp_path / "escape.txt").exists() and not (tmp_path / "out" / "escape.txt").exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["plain-sum/LICENSE", "plain-sum/license"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_twice_is_refused(
    kind: str, name: str, tmp_path: Path, members: Members, places: tuple[Path, Path]
) -> None:
    with pytest.raises(ArchivePathRefused, match="twice"):
        unpack(pack(tmp_path / f"a.{kind}", [*members, (name, b"x")]), *places)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_a_link_or_device_on_a_tape_is_refused(
    kind: bytes, tmp_path: Path, members: Members, places: tuple[Path, Path]
) -> None:
    path = pack(tmp_path / "a.tar", members)
    with tarfile.open(path, "a") as tape:
        info = tarfile.TarInfo("plain-sum/extra.txt")
        info.type, info.linkname = kind, "/etc/passwd"
        tape.addfile(info)
    with pytest.raises(ArchiveEntryRefused, match="plain files only"):
        unpack(path, *places)
    assert list(places[0].iterdir()) == []


def test_a_link_in_a_zip_is_refused(tmp_path: Path, members: Members, places: tuple[Path, Path]) -> None:
    path = pack(tmp_path / "a.zip", members)
    with zipfile.ZipFile(path, "a") as packed:
        info = zipfile.ZipInfo("plain-sum/extra.txt")
        info.external_attr = 0o120777 << 16
        packed.writestr(info, "/etc/passwd")
    with pytest.raises(ArchiveEntryRefused):
        unpack(path, *places)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bomb_stops_at_the_limit(
    kind: str, tmp_path: Path, members: Members, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack(tmp_path / f"a.{kind}", [*members, ("plain-sum/zeros.txt", b"\0" * (8 << 20))])
    unpack(path, *places)
    for place in places:
        for file in place.iterdir():
            file.unlink()
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 2 << 20)
    with pytest.raises(ArchiveTooLarge, match=str(2 << 20)):
        unpack(path, *places)
    assert sum(file.stat().st_size for place in places for file in place.iterdir()) <= 2 << 20


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_too_many_members_are_refused(kind: str, tmp_path: Path, places: tuple[Path, Path]) -> None:
    path = pack(tmp_path / f"a.{kind}", [(f"f{i}.txt", b"") for i in range(MAX_MEMBERS + 1)])
    with pytest.raises(ArchiveTooLarge, match=str(MAX_MEMBERS)):
        unpack(path, *places)


def test_a_tape_header_that_claims_a_gigabyte_is_refused(tmp_path: Path, places: tuple[Path, Path]) -> None:
    info = tarfile.TarInfo("././@PaxHeader")
    info.type, info.size = tarfile.XHDTYPE, 1 << 30
    path = tmp_path / "a.tar"
    path.write_bytes(info.tobuf(tarfile.USTAR_FORMAT) + b"\0" * 10240)
    with path.open("r+b") as file:
        file.truncate((1 << 30) + 20480)  # sparse
    with pytest.raises(ArchiveMalformed, match="claims"):
        unpack(path, *places)


@pytest.mark.parametrize("kind", KINDS)
def test_no_card_or_two_are_refused(
    kind: str, tmp_path: Path, members: Members, places: tuple[Path, Path]
) -> None:
    without = [member for member in members if not member[0].endswith("card.json")]
    with pytest.raises(ArchiveWithoutCard, match="has 0"):
        unpack(pack(tmp_path / f"a.{kind}", without), *places)
    with pytest.raises(ArchiveWithoutCard, match="has 2"):
        unpack(pack(tmp_path / f"b.{kind}", [*members, ("other/card.json", b"{}")]), *places)


@pytest.mark.parametrize("data", [b"", b"x", b"PK", b"not an archive at all" * 100], ids=range(4))
def test_what_is_no_archive_is_refused(data: bytes, tmp_path: Path, places: tuple[Path, Path]) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises((ArchiveUnknown, ArchiveMalformed)):
        unpack(tmp_path / "a.zip", *places)


@pytest.mark.parametrize("kind", KINDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(data=st.data())
def test_a_damaged_archive_raises_a_coded_error_or_what_it_gives_is_verified(
    kind: str, tmp_path: Path, members: Members, artifact: Artifact, data: Any
) -> None:
    import tempfile

    path = pack(tmp_path / f"a.{kind}", members)
    whole = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        whole = whole[: data.draw(st.integers(0, len(whole)))]
    else:
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)
    with tempfile.TemporaryDirectory(dir=tmp_path) as name:
        folder, shared = Path(name) / "artifact", Path(name) / "shared"
        folder.mkdir()
        shared.mkdir()
        try:
            unpack(path, folder, shared)
            assert Artifact.open(folder).sha256 == artifact.sha256
        except AssayError as error:
            assert error.code != "error"
