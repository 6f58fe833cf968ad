"""Folders that are sealed, and what can be done to them."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.evidence import Event, SigningKey, seal


@pytest.fixture(scope="session")
def signer() -> SigningKey:
    return SigningKey.temporary()


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, signer: SigningKey) -> Path:
    """A folder that was sealed twice: small and large files, links, names of every kind, a log of exhibits."""
    folder = tmp_path_factory.mktemp("case") / "case"
    (folder / "sub" / "empty").mkdir(parents=True)
    chance = random.Random(20)
    (folder / "a.jpg").write_bytes(chance.randbytes(3_000))
    (folder / "sub" / "large.bin").write_bytes(chance.randbytes(300_000))
    (folder / "nothing").touch()
    (folder / "sub" / "bidi\u202e\x1b[2J\nline.txt").write_text("hostile name")
    (folder / "照片.txt").write_text("picture")
    (folder / b"\xff\xfe".decode("utf-8", "surrogateescape")).write_text("no UTF-8")
    (folder / "link").symlink_to("/etc/passwd")
    for number in range(40):
        (folder / f"f{number:02d}.txt").write_text(f"{number}\n" * (number + 1))
    events = [
        Event(what, exhibit=f"{n:064x}") for n in range(8) for what in ("received", "hashed", "assayed")
    ]
    seal(folder, key=signer, who="expert", events=events, reproduce=["assay", "detect", "two words.jpg"])
    (folder / "later.txt").write_text("added before the second seal")
    seal(folder, key=signer, who="colleague", events=[Event("reviewed")])
    return folder


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Callable[[], Path]:
    """Makes a copy of the sealed folder, to be damaged."""
    numbers = iter(range(1_000))

    def made() -> Path:
        target = tmp_path / f"copy-{next(numbers)}"
        shutil.copytree(original, target, symlinks=True)
        return target

    return made
