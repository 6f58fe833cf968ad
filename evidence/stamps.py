"""RFC 3161 time stamps: a third party's word that a signature existed at a time."""

import hashlib
import re
import urllib.request
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ..errors import AssayError
from .der import sort_certificates
from .limits import DEFAULT

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

__all__ = ["Server", "StampFailed", "StampInvalid", "Token", "certificates", "read"]

_DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_ADDRESS: Final = re.compile(r"https?://[!-~]{1,500}")


class StampFailed(AssayError):
    """The stamp server cannot be reached, refuses, or answers something else than a stamp."""

    code = "stamp-failed"


class StampInvalid(AssayError):
    """A time stamp is damaged, of other bytes, or by nobody who is trusted."""

    code = "stamp-invalid"


@dataclass(frozen=True, slots=True)
class Token:
    """A time stamp.

    Attributes
    ----------
    data : bytes
        TimeStampResp in DER, as the server sent it.
    time : datetime
        When the server says that it saw the hash, UTC.
    signer : str
        Subject of the certificate that signed it; a claim until it is checked.
    """

    data: bytes
    time: datetime
    signer: str

    @property
    def sha256(self) -> str:
        """Of its bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Server:
    """A stamp server.

    Attributes
    ----------
    address : str
        ``http://`` or ``https://``: the stamp itself is signed, and what is sent is a hash.
    """

    address: str

    def __post_init__(self) -> None:
        if _ADDRESS.fullmatch(self.address) is None:
            raise StampFailed("the address of a stamp server begins with http:// or https://, without blanks")

    def stamp(self, data: bytes) -> Token:
        """Have bytes stamped; only their SHA-512 leaves the house.

        Raises
        ------
        StampFailed
            See the class.
        """
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        asked = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA512).build()
        request = urllib.request.Request(
            self.address,
            data=asked.as_bytes(),
            headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
        )
        try:
            with urllib.request.urlopen(request, timeout=DEFAULT.stamp_seconds) as answer:
                reply = answer.read(DEFAULT.stamp_bytes + 1)
        except (OSError, ValueError) as error:
            why = getattr(error, "reason", None) or error
            raise StampFailed(f"the stamp server {self.address} did not answer: {why}") from error
        try:
            token = read(reply, data)
        except StampInvalid as error:
            raise StampFailed(f"the stamp server {self.address}: {error}") from error
        if _decoded(reply).tst_info.nonce != asked.nonce:
            raise StampFailed(f"the stamp server {self.address} answered another question than ours")
        return token


def read(reply: bytes, data: bytes, roots: "Sequence[Certificate]" = ()) -> Token:
    """Read a time stamp and check it.

    Parameters
    ----------
    reply
        TimeStampResp in DER.
    data
        What it must be of.
    roots
        Certificates that are trusted. Without any only what it says is checked, not who signed it.

    Raises
    ------
    StampInvalid
        See the class.
    """
    found = _decoded(reply)
    try:
        info = found.tst_info
        name = _DIGESTS.get(info.message_imprint.hash_algorithm.dotted_string)
        same = name is not None and info.message_imprint.message == hashlib.new(name, data).digest()
        time = info.gen_time.astimezone(UTC)
    except Exception as error:  # as in _signer
        raise StampInvalid(f"the time stamp cannot be read ({error})") from None
    if not same:
        raise StampInvalid("the time stamp is of other bytes than this signature")
    if roots:
        from rfc3161_client import VerifierBuilder

        builder = VerifierBuilder(roots=list(roots))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                builder.build().verify_message(found, data)
        except Exception as error:
            raise StampInvalid(f"the time stamp is not by a certificate that is trusted ({error})") from None
    return Token(reply, time, _signer(found))


def certificates(pem: bytes) -> "list[Certificate]":
    """The certificates in a PEM file.

    Raises
    ------
    StampInvalid
        It holds none.
    """
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return list(load_pem_x509_certificates(pem))
    except ValueError:
        raise StampInvalid("the file holds no certificate in PEM") from None


def _decoded(reply: bytes) -> "TimeStampResponse":
    from rfc3161_client import PKIStatus, decode_timestamp_response

    if len(reply) > DEFAULT.stamp_bytes:
        raise StampInvalid(f"it is larger than stamp_bytes = {DEFAULT.stamp_bytes:,}")
    try:
        found = decode_timestamp_response(sort_certificates(reply))
        granted = found.status in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)
        said = "; ".join(found.status_string)
    except Exception:  # as in _signer
        raise StampInvalid("this is no time stamp") from None
    if not granted:
        raise StampInvalid(f"the stamp was refused: {said or 'no reason given'}")
    return found


def _signer(found: "TimeStampResponse") -> str:
    """Subject of the certificate that signed it; empty where that cannot be read."""
    from cryptography.x509 import load_der_x509_certificate

    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # on serial numbers and the like, of a certificate that is only named
            (info,) = found.signed_data.signer_infos
            for der in found.signed_data.certificates:
                certificate = load_der_x509_certificate(der)
                if certificate.issuer == info.issuer and certificate.serial_number == info.serial_number:
                    return certificate.subject.rfc4514_string()
    except (
        Exception
    ):  # whatever the parser says of foreign bytes: KeyError, InvalidVersion and ValueError were seen
        return ""
    return ""
