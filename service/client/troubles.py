"""What can go wrong with a service, seen from its client."""

from collections.abc import Mapping
from typing import Any, Final

from ...errors import AssayError

__all__ = [
    "AnswerStrange",
    "DownloadDamaged",
    "JobUnfinished",
    "KeyRefused",
    "NothingFound",
    "RequestRefused",
    "RequestUnfit",
    "ServiceBusy",
    "ServiceFull",
    "ServiceTrouble",
    "ServiceUnreachable",
    "StateRefused",
    "refusal",
]


class ServiceTrouble(AssayError):
    """Root of what a client raises."""

    code = "service-trouble"


class ServiceUnreachable(ServiceTrouble):
    """No connection, or it broke; whether the request was heard is not known unless the message says so."""

    code = "service-unreachable"


class AnswerStrange(ServiceTrouble):
    """Something answers that is no Assay service, or one of another age."""

    code = "answer-strange"


class DownloadDamaged(ServiceTrouble):
    """What came does not have the hash that the service names for it; nothing of it is kept."""

    code = "download-damaged"


class JobUnfinished(ServiceTrouble):
    """A job has not ended in the time that was given to it; it goes on."""

    code = "job-unfinished"


class RequestRefused(ServiceTrouble):
    """The service says no.

    Attributes
    ----------
    code : str
        Of the problem document (docs/problems.md); stable.
    status : int
        HTTP status.
    retry_after : float | None
        Seconds after which the service wants to be asked again.
    """

    code = "request-refused"

    def __init__(self, message: str, code: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]
        self.status = status
        self.retry_after = retry_after


class KeyRefused(RequestRefused):
    """The key is not valid (401), or has no role that may do this (403)."""

    code = "key-refused"


class NothingFound(RequestRefused):
    """There is none, or none that this key may see (404)."""

    code = "nothing-found"


class StateRefused(RequestRefused):
    """The state does not allow it (409): it has ended, was taken back, or the case is not empty."""

    code = "state-refused"


class RequestUnfit(RequestRefused):
    """The request itself is wrong, too long or too slow; the same request will not do better."""

    code = "request-unfit"


class ServiceBusy(RequestRefused):
    """Not now (429, 503); see `retry_after`."""

    code = "service-busy"


class ServiceFull(RequestRefused):
    """A quota or the disk does not allow it (507)."""

    code = "service-full"


_KINDS: Final[Mapping[int, type[RequestRefused]]] = {
    400: RequestUnfit,
    401: KeyRefused,
    403: KeyRefused,
    404: NothingFound,
    405: RequestUnfit,
    408: RequestUnfit,
    409: StateRefused,
    413: RequestUnfit,
    416: RequestUnfit,
    421: RequestUnfit,
    422: RequestUnfit,
    429: ServiceBusy,
    503: ServiceBusy,
    507: ServiceFull,
}


def refusal(status: int, page: Mapping[str, Any], retry_after: str | None) -> RequestRefused:
    """The exception for a problem document.

    Parameters
    ----------
    status : int
        HTTP status.
    page : Mapping[str, Any]
        The document; may lack what it should have.
    retry_after : str | None
        That header; only seconds are understood.
    """
    kind = _KINDS.get(status, RequestRefused)
    seconds = float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
    return kind(
        str(page.get("detail", "it does not say why")), str(page.get("code", kind.code)), status, seconds
    )
