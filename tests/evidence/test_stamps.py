"""Time stamps by a real stamp server: OpenSSL behind HTTP, with certificates that the test makes."""

import contextlib
import datetime
import random
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from assay.evidence import Server, SigningKey, seal, verify
from assay.evidence.custody import LOG
from assay.evidence.limits import DEFAULT
from assay.evidence.stamps import StampFailed, StampInvalid, certificates, read

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs openssl, which is the stamp server")

CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def _certificate(
    name: str, key: EllipticCurvePrivateKey, issuer: str, by: EllipticCurvePrivateKey, *, root: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, issuer)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=10))
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if root:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    else:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
    return builder.sign(by, hashes.SHA256())


def _authority(folder: Path) -> bytes:
    """Files of a stamp authority; returns its root in PEM."""
    keys = [generate_private_key(SECP256R1()) for _ in range(2)]
    root = _certificate("Test root", keys[0], "Test root", keys[0], root=True)
    stamper = _certificate("Test stamps", keys[1], "Test root", keys[0], root=False)
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "tsa.pem").write_bytes(stamper.public_bytes(Encoding.PEM))
    (folder / "tsa.key").write_bytes(keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    return root.public_bytes(Encoding.PEM)


@dataclass
class Authority:
    """A running stamp server."""

    address: str
    folder: Path
    root: bytes
    mode: list[str] = field(default_factory=lambda: ["stamp"])

    @property
    def server(self) -> Server:
        return Server(self.address)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    folder = tmp_path_factory.mktemp("authority")
    root = _authority(folder)
    mode = ["stamp"]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            (folder / "query.tsq").write_bytes(query)
            command = [str(OPENSSL), "ts", "-reply", "-config", str(folder / "tsa.cnf"), "-section", "own"]
            command += ["-queryfile", str(folder / "query.tsq"), "-out", str(folder / "reply.tsr")]
            if mode[0] == "stamp":
                subprocess.run(command, check=True, capture_output=True)
                reply = (folder / "reply.tsr").read_bytes()
            elif mode[0] == "again":
                reply = (folder / "reply.tsr").read_bytes()
            elif mode[0] == "long":
                reply = bytes(DEFAULT.stamp_bytes + 10)
            else:
                reply = b"<html>no stamp here</html>"
            self.send_response(500 if mode[0] == "error" else 200)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Authority(f"http://127.0.0.1:{server.server_port}/stamp", folder, root, mode)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    return folder


@pytest.fixture
def stamped(case: Path, authority: Authority, signer: SigningKey) -> Path:
    authority.mode[0] = "stamp"
    done = seal(case, key=signer, stamp=authority.server)
    assert done.stamped is not None
    age = datetime.datetime.now(datetime.UTC) - done.stamped
    assert datetime.timedelta(0) <= age < datetime.timedelta(minutes=1)
    return case


def test_a_stamp_is_checked_with_the_certificate_that_is_trusted(stamped: Path, authority: Authority) -> None:
    plain = verify(stamped)
    assert plain.intact and [each.what for each in plain.seals] == ["sealed", "stamped"]
    first = plain.seals[0]
    assert first.stamp is not None and first.stamp_by == "CN=Test stamps" and first.stamp_trusted is None
    trusted = verify(stamped, roots=certificates(authority.root))
    assert trusted.intact and trusted.seals[0].stamp_trusted is True


def test_a_stamp_by_another_authority_is_told(stamped: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    result = verify(stamped, roots=certificates(_authority(other)))
    assert [(fault.code, fault.file) for fault in result.faults] == [
        ("stamp-wrong", "assay-seal/0001.stamp.tsr")
    ]


def test_openssl_agrees(stamped: Path, authority: Authority) -> None:
    room = stamped / "assay-seal"
    command = [str(OPENSSL), "ts", "-verify", "-data", str(room / "0001.signature")]
    command += ["-in", str(room / "0001.stamp.tsr"), "-CAfile", str(authority.folder / "root.pem")]
    assert subprocess.run(command, capture_output=True).returncode == 0


def test_any_bit_of_a_stamp_and_a_stamp_taken_away_are_found(stamped: Path) -> None:
    path = stamped / "assay-seal" / "0001.stamp.tsr"
    whole = path.read_bytes()
    chance = random.Random(3161)
    for _ in range(60):
        spoilt = bytearray(whole)
        spoilt[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(spoilt)
        said = [(fault.code, fault.file) for fault in verify(stamped).faults]
        assert said == [("stamp-wrong", "assay-seal/0001.stamp.tsr")]
    path.unlink()
    # With the entry and the checkpoint that announce it as well, the first checkpoint still says that it was asked.
    for part in stamped.glob("assay-seal/0002.*"):
        part.unlink()
    log = stamped / "assay-seal" / LOG
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    assert [fault.code for fault in verify(stamped).faults] == ["stamp-missing"]


def test_one_bit_anywhere_in_a_stamped_seal_is_named(stamped: Path) -> None:
    chance = random.Random(42)
    parts = sorted((stamped / "assay-seal").iterdir())
    for trial in range(200):
        path = parts[trial % len(parts)]
        whole = path.read_bytes()
        spoilt = bytearray(whole)
        spoilt[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(spoilt)
        result = verify(stamped)
        path.write_bytes(whole)
        assert {fault.file for fault in result.faults} == {f"assay-seal/{path.name}"}, result.faults


def test_foreign_bytes_are_no_stamps_and_nothing_else(stamped: Path, authority: Authority) -> None:
    signature = (stamped / "assay-seal" / "0001.signature").read_bytes()
    whole = (stamped / "assay-seal" / "0001.stamp.tsr").read_bytes()
    roots = certificates(authority.root)
    chance = random.Random(5816)
    for _ in range(1_500):
        spoilt = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(spoilt))
            act = chance.randrange(3)
            if act == 0:
                spoilt[at] = chance.randrange(256)
            elif act == 1:
                del spoilt[at : at + chance.randint(1, 20)]
            else:
                spoilt[at:at] = chance.randbytes(4)
        for trusted in ((), roots):
            with contextlib.suppress(StampInvalid):
                read(bytes(spoilt), signature, trusted)


def test_a_stamp_of_something_else_is_told(stamped: Path, authority: Authority) -> None:
    token = authority.server.stamp(b"another signature")
    with pytest.raises(StampInvalid, match="other bytes"):
        read(token.data, b"this signature")
    with pytest.raises(StampInvalid):
        certificates(b"no certificate")


@pytest.mark.parametrize("mode", ["again", "long", "html", "error"])
def test_a_server_that_gives_no_stamp_leaves_nothing_sealed(
    case: Path, authority: Authority, signer: SigningKey, mode: str
) -> None:
    authority.server.stamp(b"something before")
    authority.mode[0] = mode
    try:
        with pytest.raises(StampFailed, match=r"127\.0\.0\.1"):
            seal(case, key=signer, stamp=authority.server)
    finally:
        authority.mode[0] = "stamp"
    assert list((case / "assay-seal").glob("0001.*")) == []
    assert seal(case, key=signer).number == 1 and verify(case).intact


def test_a_server_that_is_not_there_and_an_address_that_is_none(case: Path, signer: SigningKey) -> None:
    with pytest.raises(StampFailed):
        seal(case, key=signer, stamp=Server("http://127.0.0.1:9/"))
    for address in ("file:///etc/passwd", "ftp://x", "http://a b", "", "http://x\n"):
        with pytest.raises(StampFailed):
            Server(address)


def test_where_nobody_was_asked_the_stamp_is_absent(case: Path, signer: SigningKey) -> None:
    done = seal(case, key=signer)
    assert done.stamped is None and verify(case).seals[0].stamp is None
    assert b'"stamp":"absent"' in (case / "assay-seal" / "0001.checkpoint.json").read_bytes()
