"""Jobs, what they make, incidents and marks, baselines, and the workers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "job",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, sa.ForeignKey("evidence_case.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("started", sa.Text),
        sa.Column("ended", sa.Text),
        sa.Column("change", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("words", sa.Text),
        sa.Column("answer", sa.Text),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'deleted')", name="job_state"
        ),
    )
    op.create_index("job_by_state", "job", ["state", "sent", "created"])
    op.create_index("job_by_time", "job", ["case_id", "kind", "created", "id"])
    op.create_table(
        "job_exhibit",
        sa.Column("job_id", sa.Text, sa.ForeignKey("job.id"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("proposition", sa.Text),
        sa.Column("score", sa.Float),
        sa.Column("log10_lr", sa.Float),
        sa.Column("support", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("begins", sa.BigInteger),
        sa.Column("length", sa.BigInteger),
    )
    op.create_index("job_exhibit_of", "job_exhibit", ["sha256", "job_id"])
    op.create_table(
        "result_file",
        sa.Column("job_id", sa.Text, sa.ForeignKey("job.id"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_index("result_file_of", "result_file", ["sha256"])
    op.create_table(
        "result_removal",
        sa.Column("sha256", sa.Text, primary_key=True),
    )
    op.create_table(
        "incident",
        sa.Column("job_id", sa.Text, sa.ForeignKey("job.id"), primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("case_id", sa.Text, sa.ForeignKey("evidence_case.id"), nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("risk", sa.Float, nullable=False),
        sa.Column("p", sa.Float),
        sa.Column("percentile", sa.Float, nullable=False),
        sa.Column("first_seen", sa.Text),
        sa.Column("last_seen", sa.Text),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("entities", sa.Text, nullable=False),
        sa.Column("attack", sa.Text, nullable=False),
        sa.Column("begins", sa.BigInteger, nullable=False),
        sa.Column("length", sa.BigInteger, nullable=False),
        sa.Column("records_begin", sa.BigInteger, nullable=False),
        sa.Column("records_length", sa.BigInteger, nullable=False),
        sa.Column("records_count", sa.Integer, nullable=False),
    )
    op.create_index("incident_by_id", "incident", ["case_id", "id"])
    op.create_index("incident_by_risk", "incident", ["case_id", "risk", "job_id", "rank"])
    op.create_table(
        "incident_entity",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("job_id", sa.Text, primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("risk", sa.Float, nullable=False),
    )
    op.create_index(
        "incident_entity_by_risk", "incident_entity", ["case_id", "value", "risk", "job_id", "rank"]
    )
    op.create_index("incident_entity_of_job", "incident_entity", ["job_id"])
    op.create_table(
        "mark",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, sa.ForeignKey("evidence_case.id"), nullable=False),
        sa.Column("incident", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("until", sa.Text),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("taken_back", sa.Text),
        sa.Column("taken_back_by", sa.Text),
    )
    op.create_index("mark_by_time", "mark", ["case_id", "at", "id"])
    op.create_index("mark_of_incident", "mark", ["case_id", "incident", "at"])
    op.create_table(
        "baseline",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, sa.ForeignKey("evidence_case.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("job_id", sa.Text, sa.ForeignKey("job.id"), nullable=False),
    )
    op.create_index("baseline_named", "baseline", ["case_id", "name", "version"], unique=True)
    op.create_table(
        "baseline_file",
        sa.Column("baseline_id", sa.Text, sa.ForeignKey("baseline.id"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_index("baseline_file_of", "baseline_file", ["sha256"])
    op.create_table(
        "baseline_use",
        sa.Column("case_id", sa.Text, sa.ForeignKey("evidence_case.id"), primary_key=True),
        sa.Column("baseline_id", sa.Text, sa.ForeignKey("baseline.id"), nullable=False),
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("begun", sa.Text, nullable=False),
        sa.Column("beat", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Refuse: what was found is not taken down."""
    raise NotImplementedError("restore a backup instead")
