"""What triage answers with: reasons, records, incidents, windows, and what was done."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .values import SourceReport

if TYPE_CHECKING:
    from .continuity.threads import Continued
    from .feedback.review import Note, Review
    from .ranking.identity import Kind
    from .sigma.report import RuleReport


@dataclass(frozen=True, slots=True)
class Reason:
    """One named contribution to a score.

    Attributes
    ----------
    field
        Field whose value is unusual; ``type`` is the event type, ``volume``, ``gap``, ``hour``,
        ``company`` and ``tactics`` speak of the window.
    value
        The value, as text.
    context
        What it was compared within, as text, e.g. ``user svc_backup``; ``site`` is everything.
    seen
        How often the context had shown the value.
    of
        How many values the context had shown.
    bits
        Evidence: -log2 of the share of values at least this rare.
    words
        The same as a sentence.
    detector
        Name of the card of its kind of question, see `assay.triage.detectors`.
    typical
        Most frequent values of the context with how often they were seen, without the value itself.
    """

    field: str
    value: str
    context: str
    seen: int
    of: int
    bits: float
    words: str
    detector: str = ""
    typical: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an incident.

    Attributes
    ----------
    source
        Name of the file it came from.
    line
        Its line there, from 0 (EVTX: record order).
    time
        When it happened, UTC, if known.
    score
        Bits.
    type
        Event type.
    text
        The record in one line, for people.
    reasons
        In the order of `assay.triage.words.leading`.
    rules
        Titles of detection rules that fired.
    """

    source: str
    line: int
    time: datetime | None
    score: float
    type: str
    text: str
    reasons: tuple[Reason, ...]
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A record near the first one of an incident, on the same host; it is context, not a finding.

    Attributes
    ----------
    source, line, time, type, text
        As of `Record`.
    """

    source: str
    line: int
    time: datetime | None
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Incident:
    """Records that belong together.

    Attributes
    ----------
    rank
        From 1, most urgent first.
    risk
        What incidents are ordered by, in bits.
    p
        Share of a baseline's held-out windows that were at least as unusual, corrected so that it is
        valid: among ordinary windows at most a share *a* has p <= a. None without a baseline.
    percentile
        0..100: share of this input's windows that were less unusual than the incident's first.
    entities
        ``host, user, source_ip, process`` to their values, most involved first.
    first_seen, last_seen
        Times of its records, if known.
    count
        All records of its windows; `records` shows the most unusual.
    records
        Most unusual first.
    attack
        ATT&CK technique ids.
    summary
        One sentence.
    id
        Of the place where it opened: the same in every run over these records.
    kind
        What makes others like it.
    feedback
        What marks of earlier incidents did to its rank.
    continues
        What it continues of earlier batches; None when it is new, or no state was given.
    before, after
        Records of the same host and file around its first record, in the order of the file.
    tree
        Programs of which each started the next, down to that of its first record; see `assay.triage.words.tree`.
    """

    rank: int
    risk: float
    p: float | None
    percentile: float
    entities: dict[str, tuple[str, ...]]
    first_seen: datetime | None
    last_seen: datetime | None
    count: int
    records: tuple[Record, ...]
    attack: tuple[str, ...]
    summary: str
    id: str
    kind: "Kind"
    feedback: "tuple[Note, ...]" = ()
    continues: "Continued | None" = None
    before: tuple[Neighbour, ...] = ()
    after: tuple[Neighbour, ...] = ()
    tree: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What was done.

    Attributes
    ----------
    sources
        What became of each source: format, lines, records, rejected lines by reason.
    records
        Records scored.
    windows
        Groups of host, event type and five minutes.
    baseline
        ``name@version`` of the baseline, or None when the batch was its own.
    artifact, sha256
        Id and hash of the artifact that gave the scores.
    spilled
        Observations that its table had no room for.
    run
        Device, backend, versions: the engine's record.
    seconds
        Wall time.
    feedback
        What marks of earlier incidents did; None when none were read.
    nothing_new
        Incidents that are not given because earlier batches had shown all of them; None without a state.
    rules
        What became of the detection rules; None when none were given.
    """

    sources: tuple[SourceReport, ...]
    records: int
    windows: int
    baseline: str | None
    artifact: str
    sha256: str
    spilled: int
    run: Any
    seconds: float
    feedback: "Review | None" = None
    nothing_new: int | None = None
    rules: "RuleReport | None" = None


@dataclass(frozen=True, slots=True)
class Window:
    """The records of one event type on one host within five minutes.

    Attributes
    ----------
    host, type
        Empty where unknown.
    number
        Five-minute number since 1970; negative, by position, for records without a time.
    records
        How many.
    bits, risk
        See `assay.triage.ranking.ranking.ranked`.
    p
        Conformal p; None without a baseline that held windows out.
    """

    host: str
    type: str
    number: int
    records: int
    bits: float
    risk: float
    p: float | None
