"""Numbers into words: the reasons of a record, the one sentence of an incident."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .answer import Reason
from .bursts import VOLUME_PAIRS, WINDOW
from .contexts import PAIRS, SLOT, SPREAD_PAIR, Pair
from .scorer import TOP
from .spelling import kinds

LONGEST: Final = 200
"""Most characters of a value that are shown."""

LABELS: Final[Mapping[str, str]] = {
    "type": "event type",
    "source_ip": "source address",
    "source_port": "source port",
    "destination_ip": "destination address",
    "destination_port": "destination port",
    "event_id": "event id",
    "logon_type": "logon type",
    "target_user": "target user",
    "user_agent": "user agent",
    "command": "command line",
    "template": "message",
    "bytes": "bytes",
    "parent": "parent process",
    "status": "status",
    "gap": "silence",
    "hour": "hour of week",
}
"""Words for fields; others are called by their name."""

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

PREVIOUS: Final = "the event type before it"

SPREAD: Final = "source addresses"

Row = Mapping[str, Any]


def record_reasons(scored: Row, record: Row, included: bool) -> tuple[Reason, ...]:
    """Reasons of a record, one per field, strongest first.

    Parameters
    ----------
    scored
        Row of `assay.triage.scorer.score_records`.
    record
        The normalised record.
    included
        Whether the record is in the counts itself, which changes the words.

    Returns
    -------
    tuple of Reason
        At most `TOP`; empty when nothing is unusual.
    """
    reasons: dict[str, Reason] = {}
    for place in range(TOP):
        at, bits = scored[f"pair_{place}"], scored[f"bits_{place}"]
        if at < 0:
            break
        asked = _asked(at, record)
        if asked is None or asked[0] in reasons:
            continue
        field, value, context = asked
        seen, of = scored[f"seen_{place}"], scored[f"of_{place}"]
        reasons[field] = _reason(field, value, context, seen, of, bits, included, _spelt(at, record))
    return tuple(reasons.values())


def window_reasons(group: Row, included: bool, company: int) -> tuple[Reason, ...]:
    """Reasons that lie in a window, not in a record.

    Parameters
    ----------
    group
        Row of `assay.triage.ranking.ranked`.
    included
        Whether the window is in the counts itself.
    company
        How many other unusual event types the incident has on the host.

    Returns
    -------
    tuple of Reason
        Strongest first; only those of at least 1 bit.
    """
    reasons = []
    place = f"{group['type']} on {group['host'] or 'an unnamed host'}"
    records = group["volume"] or 0
    if group["burst"] >= 1:
        ratio = 2.0 ** group["burst"]
        seen, of = group["seen_0"] or 0, group["of_0"] or 0
        usual = f"{_rounded(ratio)} times the usual number" if of else "where it was never seen"
        words = f"{place}: {records:,} records in five minutes, {usual}"
        reasons.append(Reason("volume", str(records), place, seen, of, _round(group["burst"]), words))
    for at, pair in enumerate(VOLUME_PAIRS):
        bits = group[f"bits_{at}"] or 0.0
        if pair.field == "volume" or bits < 1:
            continue
        value = _span(group["gap"]) if pair.field == "gap" else _hour(group["window"])
        owner = place if "type" in pair.context and "host" in pair.context else group[pair.context[0]] or ""
        seen, of = group[f"seen_{at}"], group[f"of_{at}"]
        what = "came after a silence of" if pair.field == "gap" else "came on"
        words = f"{owner} {what} {value}: {_seen(seen, of, included, 'windows')} ({bits:.1f} bits)"
        reasons.append(Reason(pair.field, value, owner, seen, of, _round(bits), words))
    lift = group["bits"] - group["own"]
    if company and lift >= 1:
        words = f"{company} other unusual event types on the same host within minutes (+{lift:.1f} bits)"
        reasons.append(Reason("company", str(company), f"host {group['host']}", company, company, _round(lift), words))
    return tuple(sorted(reasons, key=lambda reason: -reason.bits))


def summary(host: str, kind: str, reasons: Sequence[Reason], records: int, types: int) -> str:
    """One sentence for an incident.

    Parameters
    ----------
    host, kind
        Host and event type that opened it.
    reasons
        Of its first record and window, strongest first.
    records, types
        How many records and event types it holds.

    Returns
    -------
    str
        Ends with a full stop.
    """
    lead = reasons[0].words if reasons else f"{kind} stands out only by the company it keeps"
    told = f"host {host}" in lead or f" on {host}" in lead
    where = f"On {host}: " if host and not told else ""
    rest = f"; {records:,} record{'s' * (records != 1)} of {types} event type{'s' * (types != 1)} in all"
    return f"{where}{lead}{rest}."


def one_line(record: Row) -> str:
    """A record in one line.

    Parameters
    ----------
    record
        The normalised record.

    Returns
    -------
    str
        Its message, else its command, else its telling fields; bounded.
    """
    for name in ("command", "message", "url"):
        if record[name]:
            return _short(record[name])
    known = ("action", "user", "source_ip", "process", "path", "target_user", "outcome")
    parts = [f"{name}={record[name]}" for name in known if record[name]]
    if not parts:
        extras = zip(record["extra_names"] or (), record["extra_values"] or (), strict=False)
        parts = [f"{name}={value}" for name, value in extras]
    return _short(" ".join(parts) or record["type"] or "")


def _asked(at: int, record: Row) -> tuple[str, str, str] | None:
    """Field, value and context of a pair of the network; None where the record does not have them."""
    kind = record["type"] or "untyped records"
    if at >= len(PAIRS):
        names, values = record["extra_names"] or (), record["extra_values"] or ()
        slot, column = divmod(at - len(PAIRS), SLOT)
        if slot >= len(names):
            return None
        context = kind
        if column == SLOT - 1:
            context = f"method {_short(record['method'])}" if record["method"] else "site"
        return names[slot], _short(values[slot] or ""), context
    pair = PAIRS[at]
    if pair == SPREAD_PAIR:
        return "type", _short(kind), SPREAD
    value = record[pair.field]
    if value is None and pair.field != "type":
        return None
    return pair.field, _short(value or kind), _context(pair, record, kind)


def _spelt(at: int, record: Row) -> str | None:
    """The text whose alphabet a pair of the network asks about; None where it asks for something else."""
    if at < len(PAIRS):
        pair = PAIRS[at]
        return record[pair.field] if pair.spelt else None
    slot, column = divmod(at - len(PAIRS), SLOT)
    values = record["extra_values"] or ()
    return values[slot] if column == 1 and slot < len(values) else None


def _context(pair: Pair, record: Row, kind: str) -> str:
    if not pair.context:
        return "site"
    if pair.context == ("type",):
        return kind
    if pair.context == ("previous",):
        return PREVIOUS
    return ", ".join(f"{LABELS.get(name, name)} {_short(record[name] or '')}" for name in pair.context)


def _reason(
    field: str, value: str, context: str, seen: int, of: int, bits: float, included: bool, spelt: str | None
) -> Reason:
    label = LABELS.get(field, field)
    if context == SPREAD:
        words = f"event type {value} comes from {seen:,} of {of:,} source addresses ({bits:.1f} bits)"
        return Reason(field, value, context, int(seen), int(of), _round(bits), words)
    if spelt is not None:
        label, value = f"characters of {label}", f"{' '.join(kinds(spelt)) or 'none'} in {value}"
    subject = "" if context == "site" else f"{context}: "
    if context == PREVIOUS:
        subject, label = f"after {PREVIOUS} of the same host and user, ", "event type"
    words = f"{subject}{label} {value}, {_seen(seen, of, included, 'records')} ({bits:.1f} bits)"
    return Reason(field, value, context, int(seen), int(of), _round(bits), words)


def _seen(seen: int, of: int, included: bool, unit: str) -> str:
    if seen == 0:
        return f"never seen in {of:,} {unit}"
    times = {1: "once", 2: "twice"}.get(seen, f"{seen:,} times")
    return f"seen {times} in {of:,} {unit}" + (", this input included" if included else "")


def _hour(window: int) -> str:
    hours = (window * (WINDOW // 1_000_000) // 3600 + 72) % 168
    return f"{DAYS[hours // 24]} {hours % 24:02d}:00 UTC"


def _span(windows: int | None) -> str:
    minutes = (windows or 0) * 5
    return f"{minutes} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"


def _rounded(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"


def _round(bits: float) -> float:
    return round(float(bits), 2)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"
