"""Parameters of requests become fields of their own."""

import polars as pl

from assay.triage.limits import DEFAULT
from assay.triage.records.fields import conform
from assay.triage.records.queries import with_parameters


def told(url, path=None, extras=()):
    frame = conform(
        pl.DataFrame({"url": [url], "path": [path], "extra_names": [[n for n, _ in extras]],
                      "extra_values": [[v for _, v in extras]]},
                     schema_overrides={"url": pl.String, "path": pl.String, "extra_names": pl.List(pl.String),
                                       "extra_values": pl.List(pl.String)})
    )  # fmt: skip
    row = with_parameters(frame).row(0, named=True)
    return row["path"], list(zip(row["extra_names"], row["extra_values"], strict=True))


def test_each_parameter_and_their_names_together():
    path, extras = told("http://shop/a/b.php?id=5' or 1=1&x=&flag#top")
    assert path == "/a/b.php"
    assert extras == [("?", "id&x&flag"), ("?id", "5' or 1=1"), ("?x", ""), ("?flag", "")]


def test_what_was_there_stays_and_comes_first():
    path, extras = told("/a?b=c", path="known", extras=[("referrer", "r")])
    assert path == "known" and extras == [("referrer", "r"), ("?", "b"), ("?b", "c")]


def test_without_a_query_nothing_is_added():
    assert told("/a/b") == ("/a/b", [])
    assert told("example.com") == (None, [])
    assert told(None) == (None, [])


def test_parameters_are_bounded():
    url = "/a?" + "&".join(f"p{n}={n}" for n in range(DEFAULT.parameters + 500))
    assert len(told(url)[1]) == DEFAULT.parameters + 1
