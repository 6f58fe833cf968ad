"""What makes an incident the same, and what makes two alike."""

import pytest

from assay.triage.answer import Reason
from assay.triage.ranking.identity import Kind, Place, kind_of


def reason(field, bits, value="x"):
    return Reason(field, value, "site", 0, 10, bits, f"{field} {value}")


def test_an_id_is_pinned():
    # Marks are kept for years: an id must never change with a release.
    assert Place("db1", "sshd | login", 5912379).id == "631079bb69d61c45"


@pytest.mark.parametrize(
    "other", [Place("db2", "a", 1), Place("db1", "b", 1), Place("db1", "a", 2), Place("db1a", "", 1)]
)
def test_another_place_is_another_incident(other):
    assert other.id != Place("db1", "a", 1).id


def test_parts_do_not_run_into_each_other():
    assert Place("a", "b,c", 1).id != Place("a,b", "c", 1).id
    assert Place('a"', "b", 1).id != Place("a", '"b', 1).id


def test_the_strongest_reason_of_its_own_leads():
    reasons = [reason("company", 30.0), reason("user", 9.0, "eve"), reason("path", 3.0)]
    assert kind_of("h", "t", reasons) == Kind("h", "t", "user", "eve")


def test_measures_lead_without_their_value():
    assert kind_of("h", "t", [reason("gap", 9.0, "35 minutes")]) == Kind("h", "t", "gap", "")
    assert kind_of("h", "t", [reason("hour", 9.0, "Sunday 03:00 UTC")]) == Kind("h", "t", "hour", "Sunday 03:00 UTC")


def test_without_a_reason_of_its_own():
    assert kind_of("h", "t", [reason("company", 9.0)]) == kind_of("h", "t", []) == Kind("h", "t", "", "")


@pytest.mark.parametrize(
    ("records", "size"),
    [("1", "1 to 1"), ("4711", "4,096 to 8,191"), ("4,096", "4,096 to 8,191"), ("8192", "8,192 to 16,383")],
)
def test_a_far_larger_flood_is_another_kind(records, size):
    assert kind_of("h", "t", [reason("volume", 9.0, records)]) == Kind("h", "t", "volume", size)
