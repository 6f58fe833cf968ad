"""Numbers into words: the reasons of a record and of its window."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ..answer import Reason
from ..counting.contexts import NUMERIC, PAIRS, SLOT, SPREAD_PAIR, Pair
from ..detectors import detector_of
from ..ranking.bursts import VOLUME_PAIRS
from ..ranking.reasons import TOP
from ..records.folding import folded
from ..records.spelling import kinds
from .event_names import in_words
from .leading import in_order
from .phrases import (
    PREVIOUS,
    SPREAD,
    having,
    hour,
    label,
    number,
    rarity,
    short,
    shown,
    size_rarity,
    span,
    spoken,
    steps,
    times,
    usually,
)
from .typical import SHOWN, Question, Usual, question, sized

_TURN: Final = "; this one "
_ALSO: Final = "; "

_PLAIN: Final = ("small letters", "capitals", "digits", "spaces")
"""Kinds of characters that are not worth a word when there are others."""

Row = Mapping[str, Any]


def record_reasons(
    scored: Row, record: Row, included: bool, usual: Mapping[Question, Usual] | None = None
) -> tuple[Reason, ...]:
    """Reasons of a record, one per field, in the order of `assay.triage.words.leading`.

    Parameters
    ----------
    scored
        Has the columns of `assay.triage.ranking.reasons.best_pairs`.
    record
        The normalised record.
    included
        Whether the record is in the counts itself, which changes the words.
    usual
        Most frequent values of contexts, from `assay.triage.words.typical.usual_values`; none are told without.

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
        if asked is None:
            continue
        field, value, context = asked
        told: Usual = ()
        if usual is not None:
            key = question(at, record)
            told = usual.get(key, ()) if key is not None else ()
        seen, of = int(scored[f"seen_{place}"]), int(scored[f"of_{place}"])
        if field not in reasons:
            reasons[field] = _reason(
                at, field, value, context, seen, of, bits, included, told, _spelt(at, record)
            )
        elif told and at < len(PAIRS) and PAIRS[at].context not in ((), ("type",)):
            reasons[field] = _seconded(reasons[field], field, value, context, seen, of, told)
    return in_order(reasons.values())


def questions(scored: Row, record: Row) -> list[Question]:
    """What a record's reasons were asked of, to look up what is usual there.

    Parameters
    ----------
    scored, record
        As of `record_reasons`.

    Returns
    -------
    list of Question
    """
    pairs = [scored[f"pair_{place}"] for place in range(TOP) if scored[f"pair_{place}"] >= 0]
    return [found for at in pairs if (found := question(at, record)) is not None]


def window_reasons(group: Row, included: bool, company: int) -> tuple[Reason, ...]:
    """Reasons that lie in a window, not in a record.

    Parameters
    ----------
    group
        Row of `assay.triage.ranking.ranking.ranked`.
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
    place = f"{short(in_words(group['type']))} on {group['host'] or 'an unnamed host'}"
    records = group["volume"] or 0
    if group["burst"] >= 1 and group["window"] < 0:
        seen, of = group["seen_1"] or 0, group["of_1"] or 0
        words = f"{place}: {records:,} records, a number {rarity(seen, of, included, 'stretches')}"
        words = f"{words} ({group['burst']:.1f} bits)"
        reasons.append(_window_reason("volume", str(records), place, seen, of, group["burst"], words))
    elif group["burst"] >= 1:
        ratio = 2.0 ** group["burst"]
        seen, of = group["seen_0"] or 0, group["of_0"] or 0
        usual = f"usually {number(records / ratio)}" if of else "where there are usually none"
        words = f"{place}: {records:,} records in five minutes, {usual} ({group['burst']:.1f} bits)"
        reasons.append(_window_reason("volume", str(records), place, seen, of, group["burst"], words))
    for at, pair in enumerate(VOLUME_PAIRS):
        bits = group[f"bits_{at}"] or 0.0
        if pair.field == "volume" or bits < 1:
            continue
        value = span(group["gap"]) if pair.field == "gap" else hour(group["window"])
        owner = place if "type" in pair.context and "host" in pair.context else group[pair.context[0]] or ""
        spoken = short(in_words(owner)) if pair.context == ("type",) else owner
        seen, of = group[f"seen_{at}"], group[f"of_{at}"]
        often = rarity(seen, of, included, "windows")
        told = (
            f"came after a silence of {value}: {often}"
            if pair.field == "gap"
            else f"on {value}, an hour {often}"
        )
        words = f"{spoken} {told} ({bits:.1f} bits)"
        reasons.append(_window_reason(pair.field, value, owner, seen, of, bits, words))
    lift = group["bits"] - group["alone"]
    if company and lift >= 1:
        others = f"{company} other unusual event type{'s' * (company != 1)}"
        where = "on the same host within minutes" if group["host"] else "within minutes, on no named host"
        words = f"{others} {where} (+{lift:.1f} bits)"
        host = f"host {group['host']}"
        reasons.append(_window_reason("company", str(company), host, company, company, lift, words))
    met, raised = group.get("tactics") or (), group.get("escalation") or 0.0
    if raised:
        named = ", ".join(name.replace("-", " ") for name in met)
        words = f"{len(met)} tactics on one host: {named} (+{raised:.1f} bits)"
        host = f"host {group['host']}"
        reasons.append(_window_reason("tactics", ", ".join(met), host, len(met), len(met), raised, words))
    return tuple(sorted(reasons, key=lambda reason: -reason.bits))


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
            context = f"method {short(record['method'])}" if record["method"] else "site"
        return names[slot], values[slot] or "", context
    pair = PAIRS[at]
    if pair == SPREAD_PAIR:
        return "type", kind, SPREAD
    value = record[pair.field]
    if value is None and pair.field != "type":
        return None
    return pair.field, value or kind, _context(pair, record, kind)


def _spelt(at: int, record: Row) -> str | None:
    """The text whose alphabet a pair of the network asks about; None where it asks for something else."""
    if at < len(PAIRS):
        pair = PAIRS[at]
        return record[pair.field] if pair.spelt else None
    slot, column = divmod(at - len(PAIRS), SLOT)
    values = record["extra_values"] or ()
    return values[slot] if column == 1 and slot < len(values) else None


def _name(at: int, field: str) -> str:
    """Name of the question, as cards have it."""
    if at < len(PAIRS):
        return PAIRS[at].name
    return (f"type>{field}", f"type>{field}~", f"method>{field}")[(at - len(PAIRS)) % SLOT]


def _context(pair: Pair, record: Row, kind: str) -> str:
    if not pair.context:
        return "site"
    if pair.context == ("type",):
        return kind
    if pair.context == ("previous",):
        return PREVIOUS
    return ", ".join(f"{label(name)} {short(record[name] or '')}" for name in pair.context)


def _seconded(
    reason: Reason, field: str, value: str, context: str, seen: int, of: int, usual: Usual
) -> Reason:
    """The reason with what prevails in another context of the same field, where its own context has nothing to say."""
    if _TURN in reason.words or _ALSO in reason.words:
        return reason
    prevails = usually(field, _others(field, value, usual), of - seen)
    if not prevails:
        return reason
    return replace(
        reason, words=f"{reason.words}{_ALSO}{spoken(context)} has {of - seen:,} other records, {prevails}"
    )


def _others(field: str, value: str, usual: Usual) -> Usual:
    """What is usual, without the value itself in whatever spelling."""
    own = folded(field, value)
    return tuple((text, count) for text, count in usual if folded(field, text) != own)


def _by_size(at: int, field: str, value: str) -> bool:
    return ((at >= len(PAIRS) and (at - len(PAIRS)) % SLOT == SLOT - 1) or field in NUMERIC) and sized(value)


def _reason(
    at: int,
    field: str,
    value: str,
    context: str,
    seen: int,
    of: int,
    bits: float,
    included: bool,
    usual: Usual,
    spelt: str | None,
) -> Reason:
    typical = tuple((short(text), count) for text, count in _others(field, value, usual))[:SHOWN]
    prevails = usually(field, typical, of - seen)
    end = f"({bits:.1f} bits)"
    subject = f"{spoken(context)}: " if context != "site" else ""
    if context == PREVIOUS:
        words = f"{shown(field, value)} rarely follows the kind of event before it: {steps(seen, of, included)} {end}"
    elif context == SPREAD:
        words = f"{shown(field, value)} comes from {seen:,} of {of:,} source addresses {end}"
    elif spelt is not None:
        marks = " ".join(kind for kind in kinds(spelt) if kind not in _PLAIN) or "letters and digits only"
        mix = f"this mix of characters ({marks})"
        words = f"{subject}{label(field)} {shown(field, value)}: {mix} {times(seen, included)} in {of:,} records {end}"
    elif prevails:
        counted = f"{of - seen:,} records" if not seen else f"{of - seen:,} other records"
        words = f"{subject}{counted}, {prevails}{_TURN}{having(field, value)}, {times(seen, included)} {end}"
    elif seen and _by_size(at, field, value):
        words = f"{subject}{label(field)} {shown(field, value)}: {size_rarity(seen, of, included)} {end}"
    else:
        words = (
            f"{subject}{label(field)} {shown(field, value)}, {rarity(seen, of, included, 'records')} {end}"
        )
    return Reason(
        field, short(value), context, seen, of, _round(bits), words, detector_of(_name(at, field)), typical
    )


def _window_reason(
    field: str, value: str, context: str, seen: int, of: int, bits: float, words: str
) -> Reason:
    return Reason(field, value, context, seen, of, _round(bits), words, detector_of(f"window:{field}"))


def _round(bits: float) -> float:
    return round(float(bits), 2)
