"""Content Credentials: every test file is what its name says, and copies say neutrally that they hold none."""

from pathlib import Path

import pytest
from PIL import Image

from assay.detect.analyzers.credentials import ContentCredentials
from assay.detect.credentials import Credentials, read_credentials
from assay.detect.media import read_picture
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit

# What the makers of these files say of them: E- has an error planted in data, signature or assertion, X was cut after
# signing, C has a claim, CA a claim over an ingredient, A and I have none, cloud files have theirs elsewhere.
_STATES = {
    "adobe-20220124-A.jpg": "absent",
    "adobe-20220124-I.jpg": "absent",
    "adobe-20220124-C.jpg": "valid",
    "adobe-20220124-CA.jpg": "valid",
    "adobe-20220124-CACA.jpg": "valid",
    "adobe-20220124-E-dat-CA.jpg": "invalid",
    "adobe-20220124-E-sig-CA.jpg": "invalid",
    "adobe-20220124-E-uri-CA.jpg": "invalid",
    "adobe-20220124-XCA.jpg": "invalid",
    "A.jpg": "absent",
    "C.jpg": "valid",
    "CA.jpg": "valid",
    "CA_ct.jpg": "valid",
    "C_with_CAWG_data.jpg": "valid",
    "E-sig-CA.jpg": "invalid",
    "XCA.jpg": "invalid",
    "boxhash.jpg": "valid",
    "cloud.jpg": "remote",
    "cloudx.jpg": "remote",
    "libpng-test.png": "absent",
    "libpng-test_with_url.png": "remote",
    "no_manifest.jpg": "absent",
    "no_alg.jpg": "unreadable",
    "TUSCANY.TIF": "absent",
}
_FAILURES = {
    "adobe-20220124-E-dat-CA.jpg": "assertion.dataHash.mismatch",
    "adobe-20220124-E-sig-CA.jpg": "claimSignature.mismatch",
    "adobe-20220124-E-uri-CA.jpg": "assertion.hashedURI.mismatch",
    "adobe-20220124-XCA.jpg": "assertion.dataHash.mismatch",
}


@pytest.fixture(scope="module")
def provenance(assay_data: Path) -> Path:
    return assay_data / "media" / "provenance"


def _found(folder: Path, name: str) -> Path:
    return next(folder.rglob(name))


def _held(path: Path, child: Child, anchors: str = "") -> Credentials:
    return read_credentials(Exhibit.open(path), child, anchors)


def test_every_file_is_what_its_name_says(provenance: Path) -> None:
    with Child() as child:
        held = {name: _held(_found(provenance, name), child) for name in _STATES}
    assert {name: one.state for name, one in held.items()} == _STATES
    for name, code in _FAILURES.items():
        assert code in {failure.code for failure in held[name].failures}


def test_a_signer_is_trusted_only_by_the_users_list(provenance: Path) -> None:
    anchors = _found(provenance, "test_cert_root_bundle.pem").read_text()
    with Child() as child:
        path = _found(provenance, "C.jpg")
        assert _held(path, child).state == "valid"
        assert _held(path, child, anchors).state == "trusted"
        assert _held(_found(provenance, "E-sig-CA.jpg"), child, anchors).state == "invalid"


def test_chains_name_their_ingredients(provenance: Path) -> None:
    with Child() as child:
        held = _held(_found(provenance, "adobe-20220124-CACA.jpg"), child)
    assert [manifest.title for manifest in held.manifests] == ["CACA.jpg", "CA.jpg"]
    assert held.manifests[0].ingredients[0].manifest == held.manifests[1].label


def _told(path: Path) -> tuple[bool, str]:
    exhibit = Exhibit.open(path)
    with Child() as child:
        picture = read_picture(exhibit, child)
        finding = ContentCredentials().analyze(
            type(picture)(
                picture.exhibit, picture.rgb, picture.facts, credentials=read_credentials(exhibit, child)
            )
        )
    assert finding.ratio is None
    return finding.applies, finding.words if finding.applies else finding.why_not.words  # type: ignore[union-attr]


def test_words_for_people(provenance: Path) -> None:
    applies, words = _told(_found(provenance, "adobe-20220124-E-dat-CA.jpg"))
    assert applies and "the picture's bytes are not those that were signed" in words
    applies, words = _told(_found(provenance, "adobe-20220124-CA.jpg"))
    assert applies and "unchanged since C2PA Signer" in words and "not established" in words
    assert "opened, color adjustments" in words


def test_stripped_and_saved_again(provenance: Path, tmp_path: Path) -> None:
    """A copy without credentials proves nothing; one that kept them over new pixels no longer fits them."""
    source = _found(provenance, "adobe-20220124-CA.jpg")
    data = source.read_bytes()
    saved = tmp_path / "saved.jpg"
    with Image.open(source) as picture:
        picture.save(saved, quality=90)
    applies, words = _told(saved)
    assert not applies and "proves nothing" in words
    grown = tmp_path / "grown.jpg"
    grown.write_bytes(data[:-2] + b"\x00" * 64 + data[-2:])
    with Child() as child:
        assert _held(grown, child).state == "invalid"
        assert _held(saved, child).state == "absent"


def test_a_cut_manifest_never_passes(provenance: Path, tmp_path: Path) -> None:
    """Flipped and cut bytes give a coded state, and never one that fits."""
    data = bytearray(_found(provenance, "adobe-20220124-CA.jpg").read_bytes())
    place = data.index(b"jumb")
    with Child() as child:
        for step in range(0, 4000, 131):
            changed = bytearray(data)
            changed[place + step] ^= 0xFF
            copy = tmp_path / f"{step}.jpg"
            copy.write_bytes(changed)
            assert _held(copy, child).state in ("absent", "unreadable", "invalid"), step
