"""Backups: a folder with the tables as JSON lines and the content they name, and a room made again from it.

The tables are written without regard to the database that holds them, so that a room moves from SQLite to PostgreSQL
by a backup and a restore. A second backup into the same folder copies what is new and takes away what was deleted.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, MetaData, func, select, text, union

from ...errors import AssayError
from ...evidence.custody import Event
from ...evidence.custody.entry import utc
from ..database import Database, migrate
from ..database.migrating import revision
from ..database.tables import METADATA
from ..room import Room
from ..settings import Settings
from ..store import Store, open_store
from ..store.folder import FolderStore

__all__ = ["BackupDamaged", "BackupUnfit", "Saved", "back_up", "restore"]

FORMAT: Final = "assay-backup-1"
PAGE: Final = "backup.json"
_BATCH: Final = 500
_TRIES: Final = 5
# Who is at work or signed in, and what is to be sent, is no part of a room; what is to be removed has been already.
_LEFT_OUT: Final = {"worker", "page_session", "output", "removal", "result_removal"}


class BackupUnfit(AssayError):
    """The folder is no place for a backup, or the room no place to restore one into."""

    code = "backup-unfit"


class BackupDamaged(AssayError):
    """The folder does not hold what its backup says."""

    code = "backup-damaged"


@dataclass(frozen=True, slots=True)
class Saved:
    """What a backup holds.

    Attributes
    ----------
    rows : int
        Of all tables.
    blobs, bytes : int
        Of content.
    head : str
        Hash of the last entry of the custody log.
    """

    rows: int
    blobs: int
    bytes: int
    head: str


def back_up(room: Room, folder: Path, *, by: str = "service") -> Saved:
    """Write a backup of a room, which may be at work meanwhile.

    Parameters
    ----------
    room
        Open.
    folder
        Empty, absent, or with an earlier backup of any age; it is complete once ``backup.json`` is there.
    by
        Who asks for it; entered in the custody log.

    Raises
    ------
    BackupUnfit
        Something else lies in the folder.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "tables").is_dir():
        raise BackupUnfit(
            f"{folder} holds something else: name an empty folder, or that of an earlier backup"
        )
    (folder / "tables").mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / PAGE).unlink(missing_ok=True)
    room.ledger.record(Event("backed-up", details={"place": folder.name}, who=by))
    room.sign()
    kept = {area: FolderStore(folder / "store" / area) for area in ("evidence", "results")}
    stores: dict[str, Store] = {"evidence": room.store, "results": room.results}
    for _ in range(_TRIES):
        with _one_state(room.database) as connection:
            tables, rows = _write_tables(connection, folder / "tables")
            named = _named(connection)
            head, at = room.ledger.head(connection), revision(connection)
        missing = [
            sha256
            for area, names in named.items()
            for sha256 in names
            if not _copied(stores[area], kept[area], sha256)
        ]
        # What was deleted after its row was read is in no later state of the tables.
        if not missing:
            break
    else:
        raise BackupDamaged(f"the store does not hold {missing[0]}: assay evidence verify says what is wrong")
    count, size = 0, 0
    for area, store in kept.items():
        for blob in store.blobs():
            if blob.sha256 in named[area]:
                count, size = count + 1, size + blob.size
            else:
                store.remove(blob.sha256)
    page = {"format": FORMAT, "revision": at, "when": utc(), "head": head, "rows": rows, "tables": tables}
    _write(folder / PAGE, [json.dumps(page | {"blobs": count, "bytes": size}, indent=1).encode() + b"\n"])
    return Saved(sum(rows.values()), count, size, head)


def restore(settings: Settings, folder: Path, *, by: str = "service") -> Saved:
    """Make a room again from a backup; its database is empty, or has never been.

    Jobs that were open are begun anew. Inspect the room afterwards.

    Raises
    ------
    BackupUnfit
        The room holds something already.
    BackupDamaged
        The folder holds no backup, or one whose tables or content are not what it says.
    """
    page = _page(folder)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database_url)
    try:
        migrate(database, page["revision"])
        with database.writing() as connection:
            here = MetaData()
            here.reflect(connection)
            _must_be_empty(connection, here)
            rows = _read_tables(connection, here, folder / "tables", page["tables"])
            connection.execute(
                text("UPDATE job SET state = 'queued', sent = 0 WHERE state IN ('queued', 'running')")
            )
            _restart_counters(connection, here)
            count, size = _bring(settings, folder, _named(connection))
    finally:
        database.close()
    with Room.open(settings) as room:
        details = {"backup": page["when"], "head": page["head"]}
        room.ledger.record(Event("restored", details=details, who=by))
    return Saved(rows, count, size, page["head"])


def _one_state(database: Database) -> Any:
    """A transaction that sees one state of all tables."""
    if database.kind == "postgresql":
        return database.engine.execution_options(isolation_level="REPEATABLE READ").connect()
    return database.reading()


def _write_tables(connection: Connection, folder: Path) -> tuple[dict[str, str], dict[str, int]]:
    sums: dict[str, str] = {}
    rows: dict[str, int] = {}
    for table in METADATA.sorted_tables:
        if table.name in _LEFT_OUT:
            continue
        query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_BATCH)
        rows[table.name] = 0

        def lines(query: Any = query, name: str = table.name) -> Iterator[bytes]:
            for row in connection.execute(query).mappings():
                rows[name] += 1
                yield json.dumps({key: _plain(value) for key, value in row.items()}).encode() + b"\n"

        sums[table.name] = _write(folder / f"{table.name}.jsonl", lines())
    for path in folder.iterdir():
        if path.stem not in sums:
            path.unlink()
    return sums, rows


def _named(connection: Connection) -> dict[str, set[str]]:
    """Content that the tables name, by area."""
    columns = {
        "evidence": [METADATA.tables["exhibit"].c.sha256],
        "results": [METADATA.tables[name].c.sha256 for name in ("result_file", "baseline_file")],
    }
    return {
        area: set(connection.execute(union(*(select(column) for column in some))).scalars())
        for area, some in columns.items()
    }


def _copied(source: Store, target: FolderStore, sha256: str) -> bool:
    if target.size(sha256) is not None:
        return True
    if source.size(sha256) is None:
        return False
    with target.arrival() as arrival:
        for piece in source.chunks(sha256):
            arrival.write(piece)
        if arrival.sha256 != sha256:
            raise BackupDamaged(
                f"the store holds something else under {sha256}: assay evidence verify says what"
            )
        arrival.keep()
    return True


def _page(folder: Path) -> dict[str, Any]:
    try:
        page: dict[str, Any] = json.loads((folder / PAGE).read_bytes())
    except (OSError, ValueError):
        raise BackupDamaged(f"{folder} holds no complete backup: {PAGE} is absent or unreadable") from None
    if page.get("format") != FORMAT:
        raise BackupDamaged(f"{folder} holds a backup of another form")
    for name, digest in page["tables"].items():
        path = folder / "tables" / f"{name}.jsonl"
        if not path.is_file() or _sum(path) != digest:
            raise BackupDamaged(f"the table {name} is not what was backed up")
    return page


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _must_be_empty(connection: Connection, here: MetaData) -> None:
    for name, table in here.tables.items():
        # The queue of jobs has tables of its own, which say nothing of what the room holds.
        if name in METADATA.tables and connection.execute(select(func.count()).select_from(table)).scalar():
            raise BackupUnfit("the room holds something already: restore into an empty database")


def _read_tables(connection: Connection, here: MetaData, folder: Path, names: Iterable[str]) -> int:
    count = 0
    ordered = [table for table in here.sorted_tables if table.name in set(names)]
    for table in ordered:
        batch: list[dict[str, Any]] = []
        with (folder / f"{table.name}.jsonl").open("rb") as file:
            for line in file:
                batch.append({key: _value(value) for key, value in json.loads(line).items()})
                count += 1
                if len(batch) == _BATCH:
                    connection.execute(table.insert(), batch)
                    batch = []
        if batch:
            connection.execute(table.insert(), batch)
    return count


def _restart_counters(connection: Connection, here: MetaData) -> None:
    """Let numbers that PostgreSQL gives go on after those that were restored."""
    if connection.dialect.name != "postgresql":
        return
    for table in here.tables.values():
        for column in table.primary_key.columns:
            query = text("SELECT pg_get_serial_sequence(:table, :column)")
            name = connection.execute(query, {"table": table.name, "column": column.name}).scalar()
            if name is not None:
                most = connection.execute(select(func.max(column))).scalar() or 0
                connection.execute(text("SELECT setval(:name, :most)"), {"name": name, "most": max(1, most)})


def _bring(settings: Settings, folder: Path, named: Mapping[str, set[str]]) -> tuple[int, int]:
    count, size = 0, 0
    for area, names in named.items():
        source, target = FolderStore(folder / "store" / area), open_store(settings, area)
        for sha256 in sorted(names):
            length = source.size(sha256)
            if length is None:
                raise BackupDamaged(f"the backup does not hold {sha256}")
            with target.arrival() as arrival:
                for piece in source.chunks(sha256):
                    arrival.write(piece)
                if arrival.sha256 != sha256:
                    raise BackupDamaged(f"the backup holds something else under {sha256}")
                arrival.keep()
            count, size = count + 1, size + length
    return count, size


def _plain(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value


def _value(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


def _write(path: Path, pieces: Iterable[bytes]) -> str:
    """Write a file anew, whole and on the disk, and give its SHA-256."""
    digest, place = hashlib.sha256(), path.with_name(path.name + ".new")
    with place.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    place.replace(path)
    return digest.hexdigest()
