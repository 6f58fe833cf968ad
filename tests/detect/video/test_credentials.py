"""Content Credentials in a video: signed here with a certificate made for the test, then damaged."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from assay.detect.analyzers.credentials import ContentCredentials
from assay.detect.credentials import read_credentials
from assay.detect.session import Detector
from assay.detect.video.clip import Clip, read_clip
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit
from assay.models.artifact import Artifact

SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
MANIFEST = {
    "claim_generator_info": [{"name": "assay tests", "version": "1"}],
    "title": "clip.mp4",
    "assertions": [
        {"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": SYNTHETIC}]}}
    ],
}


@pytest.fixture(scope="module")
def chain() -> tuple[bytes, bytes, bytes]:
    """Certificates of a signer and its root, the signer's key, and the root alone, all in PEM."""
    day = timedelta(days=1)
    now = datetime.now(UTC)

    def named(name: str) -> x509.Name:
        organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests of Assay")
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), organisation])

    def made(
        key: ec.EllipticCurvePrivateKey, name: str, root: bool, by: ec.EllipticCurvePrivateKey
    ) -> x509.Certificate:
        usage = [not root, False, False, False, False, root, root, False, False]
        built = (
            x509.CertificateBuilder()
            .subject_name(named(name)).issuer_name(named("Root")).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + 30 * day)
            .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(*usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        )  # fmt: skip
        if not root:
            built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        return built.sign(by, hashes.SHA256())

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = made(root_key, "Root", True, root_key).public_bytes(serialization.Encoding.PEM)
    own = made(key, "Signer", False, root_key).public_bytes(serialization.Encoding.PEM)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return own + root, key.private_bytes(*form), root


@pytest.fixture(scope="module")
def signed(make_clip: Callable[..., Path], chain: tuple[bytes, bytes, bytes], tmp_path_factory) -> Path:
    c2pa = pytest.importorskip("c2pa")
    certificates, key, _ = chain
    plain, path = make_clip(count=12, options={"g": "6"}), tmp_path_factory.mktemp("signed") / "clip.mp4"
    private = serialization.load_pem_private_key(key, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    with (
        plain.open("rb") as source,
        path.open("w+b") as target,
        c2pa.Signer.from_callback(sign, c2pa.C2paSigningAlg.ES256, certificates.decode()) as signer,
        c2pa.Builder(json.dumps(MANIFEST)) as builder,
    ):
        builder.sign(signer, "video/mp4", source, target)
    return path


def test_a_signed_video_is_valid_and_trusted_by_who_trusts_its_root(
    signed: Path, chain: tuple[bytes, bytes, bytes], child: Child
) -> None:
    exhibit = Exhibit.open(signed)
    known = read_credentials(exhibit, child)
    assert known.state == "valid" and known.manifests[0].signer == "Signer"
    assert known.manifests[0].actions[0].source_type == "trainedAlgorithmicMedia"
    assert read_credentials(exhibit, child, chain[2].decode()).state == "trusted"
    clip = read_clip(exhibit, child, samples=1)
    assert clip.reel.boxes is not None and clip.reel.boxes.manifest


def test_one_changed_byte_of_a_frame_makes_it_invalid(signed: Path, child: Child, tmp_path: Path) -> None:
    data = bytearray(signed.read_bytes())
    data[data.rfind(b"mdat") + 200] ^= 1
    path = tmp_path / "changed.mp4"
    path.write_bytes(data)
    exhibit = Exhibit.open(path)
    held = read_credentials(exhibit, child)
    assert held.state == "invalid" and held.failures
    clip = read_clip(exhibit, child, samples=1)
    told = ContentCredentials().analyze(Clip(exhibit, clip.reel, held))
    assert "credentials-invalid" in [reason.code for reason in told.reasons]


def test_the_verdict_of_a_signed_video_says_what_it_declares(signed: Path, soft_detector: Artifact) -> None:
    with Detector(profile="fast", artifact=soft_detector, workers=1) as one:
        (verdict,) = one.run(signed)
    codes = [reason.code for reason in verdict.reasons]
    assert "credentials-valid" in codes or "credentials-generated" in codes
