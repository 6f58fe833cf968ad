"""The tables of the service. Each change of them has a migration; a test compares both.

Times are UTC text, ``2026-01-31T23:59:59.000000Z``, which sorts as it should and is what JSON shows.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
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
    "baseline",
    "baseline_file",
    "baseline_use",
    "case",
    "custody",
    "custody_checkpoint",
    "exhibit",
    "holding",
    "incident",
    "incident_entity",
    "job",
    "job_exhibit",
    "mark",
    "output",
    "page_session",
    "removal",
    "result_file",
    "result_removal",
    "tally",
    "worker",
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

# Browsers that are signed in.
page_session = Table(
    "page_session",
    METADATA,
    # SHA-256 of what the cookie holds.
    Column("hash", Text, primary_key=True),
    Column("key_id", Text, ForeignKey("api_key.id"), nullable=False),
    Column("created", Text, nullable=False),
    Column("expires", Text, nullable=False),
    Index("page_session_by_end", "expires"),
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

# Work that outlives the process that does it. The state is what counts; the queue only brings a job to a worker.
job = Table(
    "job",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("case_id", Text, ForeignKey("evidence_case.id"), nullable=False),
    # analysis, triage, baseline
    Column("kind", Text, nullable=False),
    # queued, running, done, failed, cancelled, deleted
    Column("state", Text, nullable=False),
    # JSON: what was asked for.
    Column("request", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("started", Text),
    Column("ended", Text),
    # Counts every change that a watcher is told of.
    Column("change", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    # Why it failed, coded and in words.
    Column("code", Text),
    Column("words", Text),
    # JSON: what came of it, as a whole.
    Column("answer", Text),
    # Times that a worker began it.
    Column("runs", Integer, nullable=False),
    # Under which number it was given to the queue; 0: not yet.
    Column("sent", Integer, nullable=False),
    CheckConstraint(
        "state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'deleted')", name="job_state"
    ),
    Index("job_by_time", "case_id", "kind", "created", "id"),
    Index("job_by_state", "state", "sent", "created"),
)

# What a job is about, in its order, and what came of each.
job_exhibit = Table(
    "job_exhibit",
    METADATA,
    Column("job_id", Text, ForeignKey("job.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text),
    Column("outcome", Text),
    Column("proposition", Text),
    Column("score", Float),
    Column("log10_lr", Float),
    Column("support", Text),
    Column("reason", Text),
    # Where its verdict stands in the file of verdicts.
    Column("begins", BigInteger),
    Column("length", BigInteger),
    Index("job_exhibit_of", "sha256", "job_id"),
)

# What a job made: reports, pictures, verdicts, incidents; the content lies in the store of results.
result_file = Table(
    "result_file",
    METADATA,
    Column("job_id", Text, ForeignKey("job.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Index("result_file_of", "sha256"),
)

# Results that nothing names any more and that are still to be taken out of their store.
result_removal = Table("result_removal", METADATA, Column("sha256", Text, primary_key=True))

incident = Table(
    "incident",
    METADATA,
    Column("job_id", Text, ForeignKey("job.id"), primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("case_id", Text, ForeignKey("evidence_case.id"), nullable=False),
    # The same for the same incident in every job.
    Column("id", Text, nullable=False),
    Column("risk", Float, nullable=False),
    Column("p", Float),
    Column("percentile", Float, nullable=False),
    Column("first_seen", Text),
    Column("last_seen", Text),
    Column("count", Integer, nullable=False),
    Column("summary", Text, nullable=False),
    # JSON, both.
    Column("entities", Text, nullable=False),
    Column("attack", Text, nullable=False),
    # Where it stands in the file of incidents, and its records in that of records.
    Column("begins", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("records_begin", BigInteger, nullable=False),
    Column("records_length", BigInteger, nullable=False),
    Column("records_count", Integer, nullable=False),
    Index("incident_by_risk", "case_id", "risk", "job_id", "rank"),
    Index("incident_by_id", "case_id", "id"),
)

# Who and what is involved, to be looked up by value; `kind` is host, user, source_ip, process or attack.
incident_entity = Table(
    "incident_entity",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("job_id", Text, primary_key=True),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("risk", Float, nullable=False),
    Index("incident_entity_of_job", "job_id"),
    Index("incident_entity_by_risk", "case_id", "value", "risk", "job_id", "rank"),
)

# What analysts said of incidents. A mark that is taken back stays.
mark = Table(
    "mark",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("case_id", Text, ForeignKey("evidence_case.id"), nullable=False),
    Column("incident", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    # Last day on which it counts.
    Column("until", Text),
    Column("at", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    # JSON: the mark itself.
    Column("page", Text, nullable=False),
    Column("taken_back", Text),
    Column("taken_back_by", Text),
    Index("mark_of_incident", "case_id", "incident", "at"),
    Index("mark_by_time", "case_id", "at", "id"),
)

baseline = Table(
    "baseline",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("case_id", Text, ForeignKey("evidence_case.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    # Of its card.
    Column("sha256", Text, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("created", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("job_id", Text, ForeignKey("job.id"), nullable=False),
    Index("baseline_named", "case_id", "name", "version", unique=True),
)

baseline_file = Table(
    "baseline_file",
    METADATA,
    Column("baseline_id", Text, ForeignKey("baseline.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Index("baseline_file_of", "sha256"),
)

# The baseline that a case is measured against unless a request names another one.
baseline_use = Table(
    "baseline_use",
    METADATA,
    Column("case_id", Text, ForeignKey("evidence_case.id"), primary_key=True),
    Column("baseline_id", Text, ForeignKey("baseline.id"), nullable=False),
)

# Workers that are at work; one whose beat stands still is dead, and its jobs go to others.
worker = Table(
    "worker",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    # When that process began, as its system counts; tells it from a later one of the same number.
    Column("begun", Text, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("seen", Text, nullable=False),
)

# What is still to be sent to another system; a row goes when it has arrived.
output = Table(
    "output",
    METADATA,
    Column("id", Text, primary_key=True),
    # webhook, syslog
    Column("target", Text, nullable=False),
    # JSON.
    Column("body", Text, nullable=False),
    Column("created", Text, nullable=False),
    # When it is tried next; whoever tries it moves this on first.
    Column("due", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Index("output_by_time", "due", "id"),
)

# How often scores of an artifact fell into a bucket, over all processes of the room.
tally = Table(
    "tally",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("artifact", Text, primary_key=True),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    Column("total", Float, nullable=False),
)
