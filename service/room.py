"""The room: everything that a server and its workers share, without a word of HTTP."""

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ..evidence.custody import Signed
from .access.door import Door
from .access.keys import Keys
from .access.sessions import Sessions
from .custody import Ledger
from .custody.signing import sign
from .database import Database, migrate
from .evidence.cases import Cases
from .evidence.exhibits import Exhibits
from .operation.metrics import Metrics
from .operation.outputs import Outputs
from .settings import Settings
from .store import Store, open_store

__all__ = ["Room"]


@dataclass(frozen=True, slots=True)
class Room:
    """One evidence room; close it, or use it as a context manager.

    Attributes
    ----------
    settings : Settings
        What the operator chose.
    database : Database
        With the tables of this version.
    store : Store
        Evidence as it was sent.
    results : Store
        What was made of it: reports, pictures.
    ledger : Ledger
        The custody log.
    keys : Keys
        Who may come in.
    sessions : Sessions
        Browsers that are signed in.
    cases : Cases
        The boundaries.
    exhibits : Exhibits
        What lies in which case.
    door : Door
        Lets callers in.
    metrics : Metrics
        What this process counts.
    outputs : Outputs
        Sends incidents to other systems.
    """

    settings: Settings
    database: Database
    store: Store
    results: Store
    ledger: Ledger
    keys: Keys
    sessions: Sessions
    cases: Cases
    exhibits: Exhibits
    door: Door
    metrics: Metrics
    outputs: Outputs

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the room that the settings name; its tables are made or brought up to date.

        Raises
        ------
        DatabaseUnreachable, DatabaseNewer, SettingsInvalid
            It cannot be opened.
        """
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        store, results = open_store(settings, "evidence"), open_store(settings, "results")
        database = Database(settings.database_url)
        try:
            migrate(database)
            ledger = Ledger(database)
            keys = Keys(database, ledger)
            sessions = Sessions(settings, database, ledger, keys)
            cases = Cases(database, ledger)
            exhibits = Exhibits(settings, database, store, ledger)
            cases.make_first()
            exhibits.tidy()
            metrics = Metrics()
            return cls(
                settings,
                database,
                store,
                results,
                ledger,
                keys,
                sessions,
                cases,
                exhibits,
                Door(settings, database, ledger, keys, sessions),
                metrics,
                Outputs(settings, database, metrics),
            )
        except BaseException:
            database.close()
            raise

    def measure(self) -> bytes:
        """The metrics as they are scraped, with what the tables say now."""
        count, size = self.exhibits.used()
        self.metrics.exhibits.set(count)
        self.metrics.exhibit_bytes.set(size)
        free = self.store.free()
        self.metrics.free_bytes.set(float("nan") if free is None else free)
        with self.database.reading() as connection:
            self.metrics.custody_entries.set(self.ledger.count(connection))
            self.metrics.read(connection)
        return self.metrics.text()

    def sign(self) -> Signed | None:
        """Sign how far the custody log has gone; None when nothing was entered since the last time."""
        return sign(self.database, self.settings.home)

    def check(self) -> None:
        """Ask the database and the store whether they are there.

        Raises
        ------
        DatabaseUnreachable, OSError
            One of them is not.
        """
        self.database.check()
        self.store.check()

    def close(self) -> None:
        """Close its connections."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
