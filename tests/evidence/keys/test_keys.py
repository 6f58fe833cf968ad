"""Keys: made once, for their owner only, locked if wished, and never shown."""

import hashlib
import os
import pickle
import shutil
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from assay.evidence.keys import (
    KeyExists,
    KeyLocked,
    KeyMalformed,
    KeyMissing,
    KeyOpen,
    PinInvalid,
    SigningKey,
    key_place,
    pinned,
    public_key,
    shown,
)
from assay.evidence.keys.words import WORDS

SECRET = b"a passphrase of several words"


def test_a_key_is_its_owners_alone_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / "seal.key"
    key = SigningKey.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert SigningKey.open(path).public == key.public == shown(path)
    with pytest.raises(KeyExists):
        SigningKey.create(path)
    assert os.listdir(path.parent) == ["seal.key"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602])
def test_a_key_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "seal.key"
    SigningKey.create(path)
    path.chmod(mode)
    with pytest.raises(KeyOpen, match="chmod 600"):
        SigningKey.open(path)
    with pytest.raises(KeyOpen):
        shown(path)
    path.chmod(0o400)
    assert SigningKey.open(path)


def test_a_locked_key_opens_with_its_passphrase_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "seal.key"
    key = SigningKey.create(path, SECRET)
    assert b"ENCRYPTED" in path.read_bytes()
    assert shown(path) == key.public  # needs no passphrase
    assert SigningKey.open(path, lambda: SECRET).public == key.public
    with pytest.raises(KeyLocked, match="has a passphrase"):
        SigningKey.open(path)
    for wrong in (b"another", SECRET + b" "):
        with pytest.raises(KeyLocked) as caught:
            SigningKey.open(path, lambda wrong=wrong: wrong)
        assert wrong.decode() not in str(caught.value)
    monkeypatch.setenv("ASSAY_KEY_PASSPHRASE", SECRET.decode())
    assert SigningKey.open(path).public == key.public
    file = tmp_path / "passphrase"
    file.write_bytes(b"wrong\n")
    file.chmod(0o600)
    monkeypatch.setenv("ASSAY_KEY_PASSPHRASE_FILE", str(file))
    with pytest.raises(KeyLocked):
        SigningKey.open(path)
    file.write_bytes(SECRET + b"\r\nsecond line\n")
    assert SigningKey.open(path).public == key.public
    file.chmod(0o644)
    with pytest.raises(KeyOpen):
        SigningKey.open(path)


def test_a_passphrase_must_be_one(tmp_path: Path) -> None:
    for bad in (b"", b"x" * 1_001):
        with pytest.raises(KeyMalformed):
            SigningKey.create(tmp_path / "seal.key", bad)
    assert os.listdir(tmp_path) == []


def test_nothing_shows_a_key(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    key = SigningKey.create(path)
    inside = path.read_text().splitlines()[1]
    assert inside not in repr(key) and inside not in str(key.__dict__)
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    with pytest.raises(KeyMissing, match="assay evidence key new"):
        SigningKey.open(path)
    other = generate_private_key(SECP256R1())
    texts = [b"", b"nothing", b"x" * 20_000, SigningKey.temporary().public.pem]
    texts.append(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    SigningKey.create(path)
    private = path.read_bytes()
    texts.append(private[: private.index(b"-----BEGIN PUBLIC")] + SigningKey.temporary().public.pem)
    for text in texts:
        path.write_bytes(text)
        with pytest.raises(KeyMalformed):
            SigningKey.open(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(KeyMissing):
        SigningKey.open(path)


def test_the_first_use_makes_a_key_and_a_named_place_must_hold_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert key_place() == (tmp_path / "config" / "assay" / "seal.key", False)
    key, new = SigningKey.default()
    again, later = SigningKey.default()
    assert new and not later and key.public == again.public
    monkeypatch.setenv("ASSAY_KEY", str(tmp_path / "slip.key"))
    with pytest.raises(KeyMissing, match=r"slip\.key"):
        SigningKey.default()
    assert not (tmp_path / "slip.key").exists()


def test_many_first_uses_at_a_time_make_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    found: list[tuple[str, bool]] = []

    def use() -> None:
        key, new = SigningKey.default()
        found.append((key.public.fingerprint, new))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({fingerprint for fingerprint, _ in found}) == 1
    assert [new for _, new in found].count(True) == 1


def test_a_fingerprint_is_what_openssl_gives(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    public = SigningKey.temporary().public
    (tmp_path / "key.pem").write_bytes(public.pem)
    command = ["openssl", "pkey", "-pubin", "-in", str(tmp_path / "key.pem"), "-outform", "DER"]
    der = subprocess.run(command, capture_output=True, check=True).stdout
    assert public.fingerprint == hashlib.sha256(der).hexdigest()


def test_a_key_in_words_is_half_of_its_fingerprint() -> None:
    assert len(WORDS) == len(set(WORDS)) == 256 and list(WORDS) == sorted(WORDS)
    public = SigningKey.temporary().public
    read = bytes(WORDS.index(word) for word in public.words.split())
    assert read.hex() == public.fingerprint[:32]


def test_a_pin_is_a_fingerprint_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    public = SigningKey.create(path).public
    (tmp_path / "public.pem").write_bytes(public.pem)
    print_ = public.fingerprint
    spaced = " ".join(print_[at : at + 4] for at in range(0, 64, 4)).upper()
    for text in (print_, f"sha256:{print_}", spaced, str(path), str(tmp_path / "public.pem")):
        assert pinned(text) == print_
    (tmp_path / "nothing").write_text("nothing")
    for bad in (print_[:40], print_ + "0", "", str(tmp_path / "nothing"), str(tmp_path / "absent"), "a\0b"):
        with pytest.raises(PinInvalid):
            pinned(bad)


def test_no_bit_of_a_public_key_file_changes_unseen() -> None:
    key = SigningKey.temporary().public
    for at in range(len(key.pem)):
        for bit in range(8):
            spoilt = bytearray(key.pem)
            spoilt[at] ^= 1 << bit
            assert public_key(bytes(spoilt)) != key
