import hashlib
import os
import pickle
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.errors import AssayError
from assay.models.artifact import Artifact, writing
from assay.models.artifact.refusals import (
    ArtifactCardChanged,
    ArtifactCardMissing,
    ArtifactCardPinned,
    ArtifactExists,
    ArtifactFileChanged,
    ArtifactFileMissing,
    ArtifactFileUnlisted,
    ArtifactFormatRefused,
    ArtifactNotFile,
    ArtifactPickle,
    ArtifactRoleUnclear,
    ArtifactSymlink,
)
from assay.models.card import Card, CardInvalid, CardUnknownKey
from assay.models.filenames import CardPathRefused

Write = Callable[..., Artifact]
slow_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def blob(artifact: Artifact) -> Path:
    return artifact.path("weights")


def flip(path: Path, at: int, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


def test_a_whole_artifact_opens_and_reads_back(artifact: Artifact) -> None:
    opened = Artifact.open(artifact.folder)
    assert opened == artifact
    assert opened.id == "plain-sum@1.2.0"
    assert opened.sha256 == hashlib.sha256((artifact.folder / "card.json").read_bytes()).hexdigest()
    tensors = opened.tensors("weights")
    assert list(tensors) == ["table", "w"]
    np.testing.assert_array_equal(tensors["table"], np.arange(12).reshape(3, 4))
    tensors["w"][0] = 9  # owned by the caller
    assert opened.tensors("weights.safetensors")["w"].tolist() == [0, 1, 2]
    assert opened.json("state") == {"counts": [1, 2, 3]}
    assert opened.data("notes.md").size == 0
    assert opened.path("LICENSE").read_bytes().startswith(b"Apache")
    assert opened.paths("graph") == ()
    assert opened.calibrators() == {}


def test_shared_files_lie_once_beside_the_artifacts(tmp_path: Path, write: Write) -> None:
    one = write(tmp_path / "one", shared=["weights.safetensors"])
    two = write(tmp_path / "two", shared=["weights.safetensors"], name="other-sum")
    assert one.path("weights") == two.path("weights") == tmp_path / "shared" / one.file("weights").sha256
    assert len(list((tmp_path / "shared").iterdir())) == 1
    assert not (tmp_path / "one" / "weights.safetensors").exists()


def test_shared_files_may_lie_elsewhere(tmp_path: Path, write: Write) -> None:
    artifact = write(tmp_path / "one", shared=["weights.safetensors"], shared_folder=tmp_path / "far")
    assert artifact.path("weights").parent == tmp_path / "far"
    assert Artifact.open(tmp_path / "one", shared=tmp_path / "far") == artifact
    with pytest.raises(ArtifactFileMissing):
        Artifact.open(tmp_path / "one")


@slow_fixture
@given(data=st.data())
def test_any_flipped_byte_of_any_file_is_refused(artifact: Artifact, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from([file for file in artifact.card.files if file.size]))
    path = artifact.path(file.path)
    whole = path.read_bytes()
    flip(path, data.draw(st.integers(0, file.size - 1)), data.draw(st.integers(0, 7)))
    with pytest.raises(ArtifactFileChanged, match=file.path):
        Artifact.open(artifact.folder)
    with pytest.raises(ArtifactFileChanged, match="install the artifact again"):
        artifact.data(file.path)
    path.write_bytes(whole)
    Artifact.open(artifact.folder)


@slow_fixture
@given(data=st.data())
def test_any_flipped_byte_of_a_pinned_card_is_refused(artifact: Artifact, data: st.DataObject) -> None:
    path = artifact.folder / "card.json"
    whole = path.read_bytes()
    flip(path, data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7)))
    with pytest.raises(ArtifactCardPinned, match=artifact.sha256):
        Artifact.open(artifact.folder, expect=artifact.sha256)
    with pytest.raises(ArtifactCardChanged, match="sha256sum"):
        Artifact.open(artifact.folder)
    path.write_bytes(whole)
    assert Artifact.open(artifact.folder, expect=artifact.sha256.upper()) == artifact


@pytest.mark.parametrize("change", ["grown", "cut", "emptied"])
def test_another_size_is_refused(artifact: Artifact, change: str) -> None:
    data = blob(artifact).read_bytes()
    blob(artifact).write_bytes({"grown": data + b"\0", "cut": data[:-1], "emptied": b""}[change])
    with pytest.raises(ArtifactFileChanged):
        Artifact.open(artifact.folder)
    with pytest.raises(ArtifactFileChanged):
        artifact.tensors("weights")


@slow_fixture
@given(data=st.data())
def test_any_flipped_byte_of_the_sum_is_refused(artifact: Artifact, data: st.DataObject) -> None:
    path = artifact.folder / "card.sha256"
    whole = path.read_bytes()
    flip(path, data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7)))
    with pytest.raises(ArtifactCardChanged):
        Artifact.open(artifact.folder)
    path.write_bytes(whole)


@pytest.mark.parametrize(
    "change", [lambda b: b[:-1], lambda b: b + b"\n", lambda b: b""], ids=["cut", "grown", "empty"]
)
def test_a_sum_of_another_size_is_refused(artifact: Artifact, change: Callable[[bytes], bytes]) -> None:
    path = artifact.folder / "card.sha256"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ArtifactCardChanged):
        Artifact.open(artifact.folder)


def test_the_sum_is_one_that_common_tools_check(artifact: Artifact) -> None:
    command = shutil.which("sha256sum")
    if command is None:
        pytest.skip("sha256sum is not installed")
    assert subprocess.run([command, "-c", "card.sha256"], cwd=artifact.folder, check=False).returncode == 0


def test_a_card_that_lies_under_a_right_sum_is_read_strictly(
    artifact: Artifact, rewrite: Callable[..., None]
) -> None:
    rewrite(artifact.folder, lambda page: page.update(surprise=1))
    with pytest.raises(CardUnknownKey):
        Artifact.open(artifact.folder)


@pytest.mark.parametrize("size", [275, 277, 0])
def test_a_size_that_the_card_states_wrongly_is_refused_though_the_hash_is_right(
    artifact: Artifact, rewrite: Callable[..., None], size: int
) -> None:
    assert artifact.card.files[0].size == 276
    rewrite(artifact.folder, lambda page: page["files"][0].update(size=size))
    with pytest.raises(ArtifactFileChanged, match=r"weights\.safetensors"):
        Artifact.open(artifact.folder)


def test_an_empty_file_must_be_the_empty_file(artifact: Artifact, rewrite: Callable[..., None]) -> None:
    rewrite(artifact.folder, lambda page: page["files"][3].update(sha256="0" * 64))
    with pytest.raises(ArtifactFileChanged, match=r"notes\.md"):
        Artifact.open(artifact.folder)


@pytest.mark.parametrize("name", ["weights.safetensors", "state.json", "LICENSE", "notes.md", "card.sha256"])
def test_a_missing_file_is_refused(artifact: Artifact, name: str) -> None:
    (artifact.folder / name if name == "card.sha256" else artifact.path(name)).unlink()
    with pytest.raises(ArtifactFileMissing, match=name):
        Artifact.open(artifact.folder)


def test_a_folder_without_a_card_is_refused(artifact: Artifact, tmp_path: Path) -> None:
    with pytest.raises(ArtifactCardMissing):
        Artifact.open(tmp_path / "nowhere")
    (artifact.folder / "card.json").unlink()
    with pytest.raises(ArtifactCardMissing, match="name the folder"):
        Artifact.open(artifact.folder)


@pytest.mark.parametrize(
    "name", ["extra.txt", ".hidden", "__pycache__", "sub/file.txt", "shared/x", "CARD.JSON"]
)
def test_an_unlisted_file_or_folder_is_refused(artifact: Artifact, name: str) -> None:
    extra = artifact.folder / name
    extra.parent.mkdir(exist_ok=True)
    extra.write_bytes(b"")
    with pytest.raises(ArtifactFileUnlisted, match="not listed"):
        Artifact.open(artifact.folder)


def test_an_empty_unlisted_folder_is_refused(artifact: Artifact) -> None:
    (artifact.folder / "empty").mkdir()
    with pytest.raises(ArtifactFileUnlisted):
        Artifact.open(artifact.folder)


def test_a_shared_file_must_not_lie_in_the_folder_too(artifact: Artifact) -> None:
    shutil.copy(blob(artifact), artifact.folder / "weights.safetensors")
    with pytest.raises(ArtifactFileUnlisted):
        Artifact.open(artifact.folder)


@pytest.mark.parametrize("name", ["weights.safetensors", "state.json", "card.json", "card.sha256"])
def test_a_symlink_is_refused_even_to_the_right_bytes(artifact: Artifact, tmp_path: Path, name: str) -> None:
    path = artifact.folder / name if name.startswith("card.") else artifact.path(name)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArtifactSymlink, match="symbolic link"):
        Artifact.open(artifact.folder)


def test_an_unlisted_symlink_is_refused(artifact: Artifact) -> None:
    (artifact.folder / "link").symlink_to(artifact.folder / "LICENSE")
    with pytest.raises(ArtifactFileUnlisted):
        Artifact.open(artifact.folder)


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket"])
def test_what_is_no_plain_file_is_refused_without_waiting(
    artifact: Artifact, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = artifact.path("state")
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        monkeypatch.chdir(artifact.folder)  # the name of a socket has a short limit
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("state.json")
    with pytest.raises(ArtifactNotFile):
        Artifact.open(artifact.folder)


def test_a_device_is_refused(artifact: Artifact) -> None:
    path = artifact.path("state")
    path.unlink()
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))  # what /dev/zero is: without an end
    except PermissionError:
        pytest.skip("making a device needs root")
    with pytest.raises(ArtifactNotFile):
        Artifact.open(artifact.folder)


def test_a_path_outside_the_folder_is_refused(
    artifact: Artifact, tmp_path: Path, rewrite: Callable[..., None]
) -> None:
    (tmp_path / "store" / "secret.txt").write_bytes(b"s")
    entry = {"path": "../secret.txt", "size": 1, "sha256": hashlib.sha256(b"s").hexdigest()}
    rewrite(artifact.folder, lambda page: page["files"][1].update(entry))
    with pytest.raises(CardPathRefused):
        Artifact.open(artifact.folder)


def test_a_pickle_is_refused_though_its_hash_is_right(
    artifact: Artifact, rewrite: Callable[..., None]
) -> None:
    data = pickle.dumps({"a": [1]})
    entry = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    rewrite(artifact.folder, lambda page: page["files"][2].update(entry))
    (artifact.folder / "LICENSE").write_bytes(data)
    with pytest.raises(ArtifactPickle, match="run any program"):
        Artifact.open(artifact.folder)


def test_a_name_must_be_clear(artifact: Artifact, tmp_path: Path, write: Write) -> None:
    with pytest.raises(ArtifactRoleUnclear, match="0 files"):
        artifact.path("graph")
    two = write(tmp_path / "two", extra={"more.md": ("document", b"x")})
    with pytest.raises(ArtifactRoleUnclear, match=r"2 files.*notes\.md \(document\)"):
        two.path("document")
    assert [path.name for path in two.paths("document")] == ["notes.md", "more.md"]


def test_writing_twice_gives_the_same_bytes(tmp_path: Path, write: Write) -> None:
    one = write(tmp_path / "a" / "one", shared=["weights.safetensors"])
    two = write(tmp_path / "b" / "one", shared=["weights.safetensors"])
    assert one.sha256 == two.sha256
    assert sorted(p.name for p in (tmp_path / "a").rglob("*")) == sorted(
        p.name for p in (tmp_path / "b").rglob("*")
    )


def test_writing_the_same_again_is_fine_and_other_bytes_are_refused(tmp_path: Path, write: Write) -> None:
    first = write(tmp_path / "one")
    assert write(tmp_path / "one") == first
    with pytest.raises(ArtifactExists, match="another version"):
        write(tmp_path / "one", version="1.2.1")
    assert Artifact.open(tmp_path / "one") == first
    assert write(tmp_path / "one", version="1.2.1", replace=True).id == "plain-sum@1.2.1"
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_writing_copies_from_paths(tmp_path: Path, write: Write, card: Card) -> None:
    source = tmp_path / "source.md"
    source.write_bytes(b"words")
    artifact = write(tmp_path / "store" / "one", extra={"words.md": ("document", source)})
    assert artifact.data("words.md").tobytes() == b"words"
    assert source.read_bytes() == b"words"


@pytest.mark.parametrize(
    ("name", "entry", "refusal"),
    [
        ("../out.txt", ("document", b"x"), CardPathRefused),
        ("card.json", ("document", b"{}"), CardPathRefused),
        ("model.pt", ("weights", b"x"), ArtifactPickle),
        ("data.csv", ("document", b"x"), ArtifactFormatRefused),
        ("x.txt", ("program", b"x"), CardInvalid),
    ],
)
def test_what_opening_would_refuse_is_not_written(
    tmp_path: Path, write: Write, name: str, entry: Any, refusal: type[AssayError]
) -> None:
    with pytest.raises(refusal):
        write(tmp_path / "store" / "one", extra={name: entry})
    assert list((tmp_path / "store").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_sharing_a_file_that_is_not_there_is_refused(tmp_path: Path, write: Write) -> None:
    with pytest.raises(CardInvalid, match=r"typo\.onnx"):
        write(tmp_path / "one", shared=["typo.onnx"])


def test_a_failed_rename_leaves_the_old_one(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(tmp_path / "one")
    rename = os.replace

    def failing(source: Path, target: Path) -> None:
        # The second of the two renames, the one of the new folder into place, fails as on a full disk.
        if (Path(source) / "card.json").is_file() and target == tmp_path / "one" and not failing.done:  # type: ignore[attr-defined]
            failing.done = True  # type: ignore[attr-defined]
            raise OSError("no space")
        rename(source, target)

    failing.done = False  # type: ignore[attr-defined]
    monkeypatch.setattr(writing.os, "replace", failing)
    with pytest.raises(OSError, match="no space"):
        write(tmp_path / "one", version="1.2.1", replace=True)
    assert Artifact.open(tmp_path / "one") == first
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_damaged_shared_file_is_mended_by_writing_again(artifact: Artifact, write: Write) -> None:
    flip(blob(artifact), 20, 3)
    write(artifact.folder, shared=["weights.safetensors"])
    assert Artifact.open(artifact.folder) == artifact


def test_a_file_swapped_after_opening_is_not_handed_out(artifact: Artifact) -> None:
    opened = Artifact.open(artifact.folder)
    opened.path("state").write_bytes(b'{"counts": [9, 9, 9]}\n')
    with pytest.raises(ArtifactFileChanged):
        opened.json("state")
    opened.path("state").unlink()
    with pytest.raises(ArtifactFileMissing):
        opened.data("state")


def test_every_refusal_has_its_own_code() -> None:
    def below(kind: type[AssayError]) -> list[type[AssayError]]:
        return [kind, *(deeper for child in kind.__subclasses__() for deeper in below(child))]

    kinds = {kind for kind in below(AssayError) if kind.__module__.startswith("assay.models")}
    assert len({kind.code for kind in kinds}) == len(kinds) > 20
