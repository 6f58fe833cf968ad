"""The client as a whole."""

import ssl

from .analyses import Analyses
from .answers import Key, Quotas
from .connection import Connection, within
from .evidence import Evidence
from .jobs import Jobs
from .triage import Baselines, Triages

__all__ = ["Client"]


class Client:
    """A service over HTTP. Thread-safe.

    Requests that change nothing, or the same when they come twice, are sent again when the connection breaks, and every
    request when the service asks for patience with ``Retry-After``.

    Parameters
    ----------
    address
        ``http://HOST:PORT`` or ``https://HOST``, with a path if a proxy wants one. The key goes along with each
        request: use ``http`` on this machine only.
    key
        ``ak_ID_SECRET``.
    case
        Id of the case that is meant where none is named; None: the only one that the key sees.
    timeout
        Seconds that the service may say nothing.
    tries
        How often a request is sent at most; 1: never again.
    patience
        Longest wait between two tries, seconds.
    tls
        How certificates are checked; by default as the system does.

    Attributes
    ----------
    evidence : Evidence
        Exhibits, cases and custody.
    analyses : Analyses
        Of media.
    triage : Triages
        Of logs.
    baselines : Baselines
        What cases call normal.
    jobs : Jobs
        Followed, waited for, cancelled; their reports.

    Examples
    --------
    >>> client = Client("http://127.0.0.1:8000", key)  # doctest: +SKIP
    >>> held = client.evidence.submit("photo.jpg")  # doctest: +SKIP
    >>> analysis = client.jobs.wait(client.analyses.start([held.sha256]))  # doctest: +SKIP
    """

    def __init__(
        self,
        address: str,
        key: str,
        *,
        case: str | None = None,
        timeout: float = 60.0,
        tries: int = 4,
        patience: float = 30.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._connection = Connection(address, key, timeout=timeout, tries=tries, patience=patience, tls=tls)
        self.evidence = Evidence(self._connection, case)
        self.analyses = Analyses(self._connection, case)
        self.triage = Triages(self._connection, case)
        self.baselines = Baselines(self._connection, case)
        self.jobs = Jobs(self._connection)

    def key(self) -> Key:
        """What the key of this client may do."""
        return Key.of(self._connection.page("GET", within("keys", "self")))

    def quotas(self) -> Quotas:
        """What may be used, and what is."""
        return Quotas.of(self._connection.page("GET", within("quotas")))
