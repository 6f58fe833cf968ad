"""Cases, exhibits, keys and the custody log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_GUARDED = ("custody", "custody_checkpoint")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "evidence_case",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("quota_bytes", sa.BigInteger),
        sa.Column("keep_days", sa.Integer),
    )
    op.create_table(
        "exhibit",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("received", sa.Text, nullable=False),
        sa.CheckConstraint("size >= 0", name="exhibit_size"),
    )
    op.create_table(
        "holding",
        sa.Column("case_id", sa.Text, sa.ForeignKey("evidence_case.id"), primary_key=True),
        sa.Column("sha256", sa.Text, sa.ForeignKey("exhibit.sha256"), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("received", sa.Text, nullable=False),
        sa.Column("received_by", sa.Text, nullable=False),
    )
    op.create_index("holding_of_exhibit", "holding", ["sha256"])
    op.create_index("holding_of_case", "holding", ["case_id", "received", "sha256"])
    op.create_index("holding_by_time", "holding", ["received", "case_id", "sha256"])
    op.create_table("removal", sa.Column("sha256", sa.Text, primary_key=True))
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("everywhere", sa.Boolean, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("expires", sa.Text),
        sa.Column("revoked", sa.Text),
    )
    op.create_table(
        "api_key_case",
        sa.Column("key_id", sa.Text, sa.ForeignKey("api_key.id"), primary_key=True),
        sa.Column("case_id", sa.Text, sa.ForeignKey("evidence_case.id"), primary_key=True),
    )
    op.create_index("api_key_case_of_case", "api_key_case", ["case_id"])
    op.create_table(
        "custody",
        sa.Column("log", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("line", sa.LargeBinary, nullable=False),
        sa.Column("exhibit", sa.Text),
        sa.Column("case_id", sa.Text),
    )
    op.create_index("custody_of_exhibit", "custody", ["log", "exhibit", "number"])
    op.create_index("custody_of_case", "custody", ["log", "case_id", "number"])
    op.create_table(
        "custody_checkpoint",
        sa.Column("log", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
    )
    _guard()


def _guard() -> None:
    """The custody log is only ever appended to. Who owns the database can take this away; the chain tells."""
    if op.get_bind().dialect.name == "sqlite":
        for table in _GUARDED:
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the custody log is only ever appended to'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION custody_is_appended_to() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the custody log is only ever appended to'; END $$"
    )
    for table in _GUARDED:
        op.execute(
            f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION custody_is_appended_to()"
        )


def downgrade() -> None:
    """Refuse: a custody log is not taken down."""
    raise NotImplementedError("restore a backup instead")
