import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.models.artifact import Artifact
from assay.models.artifact.refusals import (
    ArtifactCardMissing,
    ArtifactCardPinned,
    ArtifactExists,
    ArtifactFileChanged,
    ArtifactFileMissing,
    ArtifactFileUnlisted,
)
from assay.models.registry import (
    Registry,
    RegistryError,
    RegistryNoDefault,
    RegistryStoreMalformed,
    RegistryUnknown,
    user_store,
)
from assay.models.registry import registry as module
from assay.models.registry.archives import ArchiveMalformed
from assay.models.registry.installing import InstallSourceMissing

Write = Callable[..., Artifact]
SHARED = ["weights.safetensors"]


@pytest.fixture
def zoo(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two tasks, one of them served by two artifacts."""
    folder = tmp_path / "zoo"
    write(folder / "plain-sum", shared=SHARED)
    write(folder / "clip-probe", shared=SHARED, name="clip-probe", task="synthetic-image", use="research")
    write(folder / "other-probe", name="other-probe", task="synthetic-image")
    monkeypatch.setattr(module, "ZOO", folder)
    return folder


@pytest.fixture
def registry(zoo: Path, tmp_path: Path) -> Registry:
    return Registry([zoo, tmp_path / "user"])


def test_the_list_says_what_is_there(registry: Registry, zoo: Path) -> None:
    rows = registry.list()
    assert [(row.id, row.task, row.origin, row.use, row.default) for row in rows] == [
        ("clip-probe@1.2.0", "synthetic-image", "zoo", "research", False),
        ("other-probe@1.2.0", "synthetic-image", "zoo", "any", False),
        ("plain-sum@1.2.0", "log-rarity", "zoo", "any", True),
    ]
    assert rows[2].size == sum(file.size for file in Artifact.open(zoo / "plain-sum").card.files)
    assert rows[2].sha256 == Artifact.open(zoo / "plain-sum").sha256


def test_the_newest_release_answers_to_the_name(registry: Registry, tmp_path: Path, write: Write) -> None:
    for version in ("1.9.0", "1.10.0", "2.0.0-rc.1"):
        registry.install(write(tmp_path / "made" / version, version=version).folder)
    assert registry.get("plain-sum").id == "plain-sum@1.10.0"
    assert registry.get("plain-sum@2.0.0-rc.1").card.version == "2.0.0-rc.1"
    assert registry.get("plain-sum@1.2.0").folder.parent.name == "zoo"
    assert [row.version for row in registry.list() if row.name == "plain-sum"] == [
        "2.0.0-rc.1",
        "1.10.0",
        "1.9.0",
        "1.2.0",
    ]


@pytest.mark.parametrize("name", ["nothing", "plain-sum@9.9.9", "", "../plain-sum", "plain-sum@"])
def test_an_unknown_name_is_refused_and_told_what_there_is(registry: Registry, name: str) -> None:
    with pytest.raises(RegistryUnknown, match=r"plain-sum@1\.2\.0"):
        registry.get(name)


def test_getting_verifies(registry: Registry, zoo: Path) -> None:
    (zoo / "plain-sum" / "LICENSE").write_bytes(b"changed")
    with pytest.raises(ArtifactFileChanged):
        registry.get("plain-sum")
    with pytest.raises(ArtifactCardPinned):
        registry.get("clip-probe", expect="0" * 64)


def test_a_default_is_the_only_one_or_the_chosen_one(registry: Registry, zoo: Path, tmp_path: Path) -> None:
    assert registry.default("log-rarity").id == "plain-sum@1.2.0"
    with pytest.raises(RegistryNoDefault, match="clip-probe, other-probe"):
        registry.default("synthetic-image")
    with pytest.raises(RegistryNoDefault, match="install one first"):
        registry.default("nothing")
    assert registry.set_default("other-probe").default
    assert registry.default("synthetic-image").id == "other-probe@1.2.0"
    assert [row.id for row in registry.list() if row.default] == ["other-probe@1.2.0", "plain-sum@1.2.0"]
    again = Registry([zoo, tmp_path / "user"])
    assert again.default("synthetic-image").id == "other-probe@1.2.0"
    again.set_default("clip-probe@1.2.0")
    assert registry.default("synthetic-image").id == "clip-probe@1.2.0"


def test_the_zoo_may_bring_its_own_defaults(registry: Registry, zoo: Path) -> None:
    (zoo / "defaults.json").write_text('{"schema_version": 1, "defaults": {"synthetic-image": "clip-probe"}}')
    assert registry.default("synthetic-image").id == "clip-probe@1.2.0"
    registry.set_default("other-probe")
    assert registry.default("synthetic-image").id == "other-probe@1.2.0"


def test_a_default_follows_new_versions_unless_it_names_one(
    registry: Registry, tmp_path: Path, write: Write
) -> None:
    new = write(tmp_path / "made", name="clip-probe", task="synthetic-image", version="3.0.0").folder
    registry.set_default("clip-probe")
    registry.install(new)
    assert registry.default("synthetic-image").id == "clip-probe@3.0.0"
    registry.set_default("clip-probe@1.2.0")
    assert registry.default("synthetic-image").id == "clip-probe@1.2.0"


def test_installing_another_one_does_not_change_the_default(
    registry: Registry, tmp_path: Path, write: Write
) -> None:
    registry.set_default("plain-sum")
    registry.install(write(tmp_path / "made", name="new-sum").folder)
    assert registry.default("log-rarity").id == "plain-sum@1.2.0"


def test_a_damaged_artifact_is_not_made_default(registry: Registry, zoo: Path) -> None:
    (zoo / "other-probe" / "LICENSE").write_bytes(b"")
    with pytest.raises(ArtifactFileChanged):
        registry.set_default("other-probe")
    with pytest.raises(RegistryNoDefault):
        registry.default("synthetic-image")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"schema_version": 2, "defaults": {}}',
        '{"schema_version": 1, "defaults": {"a": 1}}',
        '{"schema_version": 1}',
    ],
)
def test_damaged_defaults_are_refused(registry: Registry, tmp_path: Path, text: str) -> None:
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "defaults.json").write_text(text)
    with pytest.raises(RegistryStoreMalformed, match="delete it"):
        registry.default("log-rarity")


def test_a_damaged_card_is_listed_with_its_problem_and_hides_nothing_else(
    registry: Registry, zoo: Path
) -> None:
    (zoo / "plain-sum" / "card.json").write_text("{")
    (zoo / "empty-folder").mkdir()
    rows = {row.id: row for row in registry.list()}
    assert (rows["plain-sum"].problem or "").startswith("artifact-card-changed: ")
    assert (rows["empty-folder"].problem or "").startswith("artifact-card-missing: ")
    assert rows["clip-probe@1.2.0"].problem is None
    with pytest.raises(RegistryUnknown, match="artifact-card-changed"):
        registry.get("plain-sum")


@pytest.mark.parametrize("folder", ["clip-probe", "clip-probe@1.2.0", "clip-probe@1.3.0"])
def test_nothing_takes_the_place_of_one_whose_card_is_damaged(
    registry: Registry, zoo: Path, tmp_path: Path, folder: str
) -> None:
    shutil.rmtree(zoo / "other-probe")
    shutil.copytree(zoo / "clip-probe", tmp_path / "user" / folder)
    (tmp_path / "user" / folder / "card.json").write_text("{")
    for look in (lambda: registry.get("clip-probe"), lambda: registry.default("synthetic-image")):
        with pytest.raises(RegistryUnknown, match=f"artifact-card-changed.*remove .*{folder}"):
            look()
    assert [check.code for check in registry.verify("clip-probe")] == ["artifact-card-changed"]
    if folder == "clip-probe@1.3.0":
        assert registry.get("clip-probe@1.2.0").folder == zoo / "clip-probe"
    else:
        with pytest.raises(RegistryUnknown):
            registry.get("clip-probe@1.2.0")


def test_installing_again_mends_a_damaged_card(registry: Registry, tmp_path: Path, write: Write) -> None:
    made = write(tmp_path / "made", name="office").folder
    installed = registry.install(made)
    (installed.folder / "card.json").chmod(0o644)
    (installed.folder / "card.json").write_text("{")
    assert registry.install(made).sha256 == installed.sha256
    assert registry.get("office").sha256 == installed.sha256


def test_a_folder_must_bear_its_artifacts_name(registry: Registry, zoo: Path) -> None:
    (zoo / "plain-sum").rename(zoo / "trusted-name")
    assert {row.problem.split(":")[0] for row in registry.list() if row.problem} == {
        "registry-store-malformed"
    }
    with pytest.raises(RegistryUnknown):
        registry.get("plain-sum")


def test_verify_goes_on_after_a_damaged_one(registry: Registry, zoo: Path) -> None:
    assert [(check.id, check.code) for check in registry.verify()] == [
        ("clip-probe@1.2.0", None), ("other-probe@1.2.0", None), ("plain-sum@1.2.0", None),
    ]  # fmt: skip
    (zoo / "other-probe" / "extra").write_bytes(b"")
    (zoo / "plain-sum" / "card.json").write_text("{")
    checks = {check.id: check for check in registry.verify()}
    assert {name: check.code for name, check in checks.items()} == {
        "clip-probe@1.2.0": None, "other-probe@1.2.0": "artifact-file-unlisted", "plain-sum": "artifact-card-changed",
    }  # fmt: skip
    assert "extra" in (checks["other-probe@1.2.0"].message or "")
    assert [check.id for check in registry.verify("clip-probe")] == ["clip-probe@1.2.0"]


def test_a_damaged_shared_file_fails_every_artifact_that_uses_it(registry: Registry, zoo: Path) -> None:
    (blob,) = (zoo / "shared").iterdir()
    blob.write_bytes(blob.read_bytes()[:-1] + b"\xff")
    assert [check.code for check in registry.verify()] == [
        "artifact-file-changed",
        None,
        "artifact-file-changed",
    ]


def test_installing_a_folder_keeps_every_byte_of_the_card(
    registry: Registry, tmp_path: Path, write: Write, rewrite: Callable[..., None]
) -> None:
    made = write(tmp_path / "made" / "x", name="new-sum", shared=SHARED)
    rewrite(made.folder, lambda page: None, indent=1)  # as somebody formatted it
    want = Artifact.open(made.folder).sha256
    installed = registry.install(made.folder, expect=want)
    assert installed.sha256 == want
    assert installed.folder == tmp_path / "user" / "new-sum@1.2.0"
    assert installed.path("weights").parent == tmp_path / "user" / "shared"
    shutil.rmtree(tmp_path / "made")
    assert registry.get("new-sum") == installed


@pytest.mark.parametrize("kind", ["zip", "tar", "gztar"])
def test_installing_an_archive(registry: Registry, tmp_path: Path, write: Write, kind: str) -> None:
    made = write(tmp_path / "made" / "x", name="new-sum", shared=SHARED)
    packed = shutil.make_archive(str(tmp_path / "packed"), kind, root_dir=tmp_path / "made")
    assert registry.install(packed).sha256 == made.sha256
    assert registry.find("new-sum").origin == "user"


def test_shared_files_are_taken_from_the_stores_when_the_source_lacks_them(
    registry: Registry, tmp_path: Path, write: Write
) -> None:
    write(tmp_path / "made" / "new-sum", name="new-sum", shared=SHARED)
    shutil.rmtree(tmp_path / "made" / "shared")
    installed = registry.install(tmp_path / "made" / "new-sum")
    assert installed.path("weights").parent == tmp_path / "user" / "shared"
    lone = Registry([tmp_path / "lone"])
    with pytest.raises(ArtifactFileMissing):
        lone.install(tmp_path / "made" / "new-sum")
    assert lone.list() == ()


def test_nothing_is_visible_after_a_refused_install(registry: Registry, tmp_path: Path, write: Write) -> None:
    made = write(tmp_path / "made" / "x", name="new-sum", shared=SHARED)
    (made.folder / "run.pkl").write_bytes(b"\x80\x04N.")
    with pytest.raises(ArtifactFileUnlisted):
        registry.install(made.folder)
    (made.folder / "run.pkl").unlink()
    with pytest.raises(ArtifactCardPinned):
        registry.install(made.folder, expect="f" * 64)
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04nothing")
    with pytest.raises(ArchiveMalformed):
        registry.install(tmp_path / "bad.zip")
    with pytest.raises(ArtifactCardMissing):
        registry.install(tmp_path / "made")
    with pytest.raises(InstallSourceMissing, match="hub:owner/name"):
        registry.install(tmp_path / "nowhere.zip")
    assert list((tmp_path / "user").iterdir()) == []


def test_the_same_name_with_other_bytes_needs_replace(
    registry: Registry, tmp_path: Path, write: Write
) -> None:
    first = registry.install(write(tmp_path / "a", name="new-sum").folder)
    other = write(tmp_path / "b", name="new-sum", title="Another").folder
    with pytest.raises(ArtifactExists, match="--replace"):
        registry.install(other)
    assert registry.get("new-sum") == first
    assert registry.install(other, replace=True).card.title == "Another"
    assert registry.get("new-sum").card.title == "Another"


def test_the_name_of_one_that_ships_with_other_bytes_needs_replace(
    registry: Registry, tmp_path: Path, write: Write, zoo: Path
) -> None:
    other = write(tmp_path / "b", title="Another", shared=SHARED).folder
    with pytest.raises(ArtifactExists):
        registry.install(other)
    registry.install(other, replace=True)
    assert registry.get("plain-sum").card.title == "Another"
    assert [row.origin for row in registry.list() if row.name == "plain-sum"] == ["user"]
    assert Artifact.open(zoo / "plain-sum").card.title == "Weighted sum"


def test_installing_the_same_bytes_again_does_nothing_or_mends(
    registry: Registry, tmp_path: Path, zoo: Path
) -> None:
    source = tmp_path / "copy"
    shutil.copytree(zoo / "plain-sum", source)
    assert registry.install(source).folder == zoo / "plain-sum"
    (zoo / "plain-sum" / "LICENSE").unlink()
    assert registry.install(source).folder == tmp_path / "user" / "plain-sum@1.2.0"
    assert registry.get("plain-sum").path("LICENSE").exists()
    (tmp_path / "user" / "plain-sum@1.2.0" / "LICENSE").write_bytes(b"")
    registry.install(source)
    assert all(check.code is None for check in registry.verify())


def test_an_export_can_be_installed_elsewhere(registry: Registry, tmp_path: Path) -> None:
    out = registry.export("clip-probe", tmp_path / "out")
    assert out.folder == tmp_path / "out" / "clip-probe@1.2.0"
    elsewhere = Registry([tmp_path / "elsewhere"])
    assert elsewhere.install(out.folder).sha256 == registry.get("clip-probe").sha256


def test_unfinished_and_hidden_folders_are_not_looked_at(registry: Registry, zoo: Path) -> None:
    shutil.copytree(zoo / "plain-sum", zoo / ".assay-new-0123")
    assert len(registry.list()) == 3


def test_where_a_users_artifacts_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_MODELS", str(tmp_path / "mine"))
    assert user_store() == tmp_path / "mine"
    assert Registry().stores[-1] == tmp_path / "mine"
    monkeypatch.delenv("ASSAY_MODELS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert user_store() == tmp_path / "data" / "assay" / "models"
    with pytest.raises(RegistryError):
        Registry([])


def test_every_artifact_that_ships_is_whole() -> None:
    registry = Registry([module.ZOO])
    assert {check.id: check.message for check in registry.verify() if check.code} == {}
