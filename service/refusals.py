"""What the service refuses, each with the status it answers."""

from typing import ClassVar

from ..errors import AssayError

__all__ = [
    "Conflicting",
    "Forbidden",
    "NotHere",
    "RateExceeded",
    "Refused",
    "RepeatedDifferently",
    "Stalled",
    "StoreFull",
    "StoreUnreachable",
    "Unidentified",
    "UploadDiffers",
    "UploadMalformed",
    "UploadTooLong",
]


class Refused(AssayError):
    """Root of the refusals.

    Attributes
    ----------
    status : int
        HTTP status.
    headers : dict of str to str
        Sent along.
    """

    code = "refused"
    status: ClassVar[int] = 422

    def __init__(self, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = headers or {}


class Unidentified(Refused):
    """No key, or none that is valid."""

    code = "unidentified"
    status = 401

    def __init__(self, message: str) -> None:
        super().__init__(message, {"WWW-Authenticate": "Bearer"})


class Forbidden(Refused):
    """The key has no role that may do this."""

    code = "forbidden"
    status = 403


class NotHere(Refused):
    """There is none, or none that this key may see: both are answered alike."""

    code = "nothing-here"
    status = 404


class Conflicting(Refused):
    """The state does not allow it."""

    code = "conflict"
    status = 409


class RepeatedDifferently(Refused):
    """An ``Idempotency-Key`` that an earlier request had comes with another request."""

    code = "repeated-differently"
    status = 409

    def __init__(self) -> None:
        super().__init__("Idempotency-Key: an earlier request of this name asked for something else")


class RateExceeded(Refused):
    """Too many requests."""

    code = "rate-exceeded"
    status = 429

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message, {"Retry-After": str(max(1, int(seconds + 0.999)))})


class UploadMalformed(Refused):
    """The body is not what its headers say."""

    code = "upload-malformed"
    status = 400


class Stalled(Exception):
    """Ends the reading of a body that does not come; the edge answers with 408."""


class UploadTooLong(Refused):
    """The body is longer than the service takes."""

    code = "content-too-large"
    status = 413


class UploadDiffers(Refused):
    """The bytes that came do not have the hash that the client gave."""

    code = "upload-differs"
    status = 422


class StoreFull(Refused):
    """No room for it: quota or disk."""

    code = "store-full"
    status = 507


class StoreUnreachable(Refused):
    """The store does not answer now."""

    code = "store-unreachable"
    status = 503
