"""Budgets: a number, or a number a day."""

import polars as pl
import pytest

from assay.triage.ranking.budget import MOST, Budget, BudgetInvalid

DAY = 288


def groups(*windows):
    return pl.DataFrame({"window": pl.Series(windows, dtype=pl.Int64)})


def test_a_number_is_that_number():
    assert Budget.of(20).places(groups(5, 900_000)) == Budget.of("20").places(groups()) == 20


@pytest.mark.parametrize(
    ("windows", "places"),
    [
        ((100, 100 + DAY - 1), 50),
        ((100, 100 + 10 * DAY - 1), 500),
        ((7,), 1),
        ((0, DAY // 2 - 1), 25),
        ((-1, -9), 50),
        ((), 50),
    ],
)
def test_a_daily_budget_follows_the_span_of_the_logs(windows, places):
    assert Budget.of("50/day").places(groups(*windows)) == places


def test_a_huge_span_is_bounded():
    assert Budget.of("9999/day").places(groups(0, 10**9)) == MOST


@pytest.mark.parametrize("given", ["", "0", 0, -1, "50/hour", "1e3", "day", "5/day/day", "99999999", 2.5])
def test_anything_else_is_refused(given):
    with pytest.raises(BudgetInvalid, match="50/day"):
        Budget.of(given)


def test_it_is_written_as_it_was_read():
    assert [str(Budget.of(given)) for given in (20, "50/day")] == ["20", "50/day"]
    assert Budget.of(Budget(3, True)) == Budget(3, True)
