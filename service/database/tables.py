"""The tables of the service. Each change of them has a migration; a test compares both.

Times are UTC text, ``2026-01-31T23:59:59.000000Z``, which sorts as it should and is what JSON shows.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

__all__ = [
    "METADATA",
    "api_key",
    "api_key_case",
    "case",
    "custody",
    "custody_checkpoint",
    "exhibit",
    "holding",
    "removal",
]

METADATA = MetaData()

case = Table(
    "evidence_case",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created", Text, nullable=False),
    # Null: no bound of its own.
    Column("quota_bytes", BigInteger),
    # Null: kept until somebody deletes it.
    Column("keep_days", Integer),
)

exhibit = Table(
    "exhibit",
    METADATA,
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("received", Text, nullable=False),
    CheckConstraint("size >= 0", name="exhibit_size"),
)

# That a case holds an exhibit: the same content may lie in several, each with a name of its own.
holding = Table(
    "holding",
    METADATA,
    Column("case_id", Text, ForeignKey("evidence_case.id"), primary_key=True),
    Column("sha256", Text, ForeignKey("exhibit.sha256"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("received", Text, nullable=False),
    Column("received_by", Text, nullable=False),
    Index("holding_of_exhibit", "sha256"),
    Index("holding_of_case", "case_id", "received", "sha256"),
    Index("holding_by_time", "received", "case_id", "sha256"),
)

# Content that nothing names any more and that is still to be taken out of the store.
removal = Table("removal", METADATA, Column("sha256", Text, primary_key=True))

api_key = Table(
    "api_key",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # SHA-256 of the secret, which has 256 random bits: nothing to guess, so nothing to slow down.
    Column("hash", Text, nullable=False),
    # Words in alphabetical order, with commas between.
    Column("roles", Text, nullable=False),
    Column("everywhere", Boolean, nullable=False),
    Column("created", Text, nullable=False),
    Column("expires", Text),
    Column("revoked", Text),
)

api_key_case = Table(
    "api_key_case",
    METADATA,
    Column("key_id", Text, ForeignKey("api_key.id"), primary_key=True),
    Column("case_id", Text, ForeignKey("evidence_case.id"), primary_key=True),
    Index("api_key_case_of_case", "case_id"),
)

custody = Table(
    "custody",
    METADATA,
    Column("log", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("line", LargeBinary, nullable=False),
    # Both stand in the line as well; here they are found.
    Column("exhibit", Text),
    Column("case_id", Text),
    Index("custody_of_exhibit", "log", "exhibit", "number"),
    Index("custody_of_case", "log", "case_id", "number"),
)

custody_checkpoint = Table(
    "custody_checkpoint",
    METADATA,
    Column("log", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("statement", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("key", LargeBinary, nullable=False),
)
