"""What the named values of an audit event mean: who, by which program, did what to what, and did it work."""

from typing import Final

import polars as pl

from ..contract import Intake
from . import pairs
from .syscalls import SYSCALLS

_CODED: Final = (
    "proctitle",
    "name",
    "cwd",
    "comm",
    "exe",
    "cmd",
    "acct",
    "key",
    "data",
    "path",
    "grp",
    "new-disk",
)
_HEX: Final = r"^(?:[0-9A-F]{2})+$"
_WORKED: Final = {
    "yes": "success", "success": "success", "1": "success", "no": "failure", "failed": "failure", "0": "failure",
    "fail": "failure", "denied": "failure",
}  # fmt: skip

PLACES: Final = pairs.places(
    {
        "user": "auid_name auid",
        "target_user": "acct id_name",
        "process": "exe comm",
        "command": "execve cmd proctitle data",
        "path": "object name path",
        "source_ip": "addr laddr",
        "source_port": "lport",
        "destination_ip": "saddr_ip raddr daddr dest",
        "destination_port": "saddr_port dport",
        "action": "avc policy syscall_name call op",
        "outcome": "success res result denial",
        "status": "exit",
        "service": "unit",
        "hash": "hash",
        "user_agent": "",
    }
)


def events(found: pl.DataFrame, extra: pl.DataFrame, kind: pl.Series, intake: Intake) -> pl.DataFrame:
    """Fields of events.

    Parameters
    ----------
    found
        `record`, `type`, `name`, `value`, `quoted` of every named value, in order of the record.
    extra
        Further `record`, `name`, `value` that are kept as they are.
    kind
        Type of the first line of each event.
    intake
        Where the bounds and the ledger are.
    """
    height = len(kind)
    # A name in capitals is what auditd itself resolved: AUID="alice" stands beside auid=1000.
    resolved = pl.col("name").str.contains(r"^[A-Z][A-Z_]+$")
    found = found.with_columns(
        pl.when(resolved).then(pl.col("name").str.to_lowercase() + "_name").otherwise("name").alias("name")
    )
    argument = (pl.col("type") == "EXECVE") & pl.col("name").str.contains(r"^a\d+(?:\[\d+\])?$")
    coded = (pl.col("name").is_in(_CODED) | argument) & ~pl.col("quoted") & pl.col("value").str.contains(_HEX)
    if found.select(coded.any()).item():
        found = found.with_columns(pl.when(coded).then(_unhexed()).otherwise("value").alias("value"))
    made = [
        _denial(found),
        _command(found.filter(argument)),
        _object(found),
        _peer(found),
        _call(found),
    ]
    other = (
        (pl.col("type") == "PATH")
        | argument
        | pl.col("name").is_in(["saddr", "argc", "saddr_name", "apparmor", "operation"])
    )
    plain = found.filter(~other).select("record", "name", "value")
    whole = pl.concat([*made, extra, plain]).sort("record", maintain_order=True)
    acting = _first(found, ("uid_name", "uid"), height)
    fields, names, values = pairs.settle(whole, height, PLACES, intake.limits, intake.ledger)
    absent = [n for n in ("user", "target_user", "action", "outcome", "source_ip") if n not in fields.columns]
    fields = fields.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    address = pl.col("source_ip").str.contains(r"^[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*$")
    return fields.with_columns(
        pl.coalesce("user", "target_user", acting).alias("user"),
        pl.when(address).then("source_ip").alias("source_ip"),
        pl.col("outcome").replace(_WORKED),
        pl.coalesce("action", pl.Series(kind).str.to_lowercase()).alias("action"),
        pl.Series("provider", ["auditd"]).new_from_index(0, height),
        pl.Series("raw_kind", ["auditd"]).new_from_index(0, height),
        names,
        values,
    ).with_columns(
        pl.concat_str(pl.lit("audit"), kind, "action", "outcome", separator=" ", ignore_nulls=True).alias(
            "template"
        )
    )


def _unhexed() -> pl.Expr:
    """Text that was written as hexadecimal because it holds blanks or more; NUL parts arguments."""
    text = pl.col("value").str.decode("hex", strict=False).cast(pl.String, strict=False)
    return pl.coalesce(text.str.replace_all("\0", " ", literal=True).str.strip_chars_end(" "), "value")


def _denial(found: pl.DataFrame) -> pl.DataFrame:
    """What a security module says of an access: ``avc: denied read``, or AppArmor's words."""
    said = found.filter(pl.col("name").is_in(["avc", "apparmor", "operation"]))
    if said.is_empty():
        return pairs.EMPTY
    word = pl.when(pl.col("name") == "apparmor").then("apparmor " + pl.col("value").str.to_lowercase())
    both = said.group_by("record", maintain_order=True).agg(
        pl.coalesce(word, "value").filter(pl.col("name") != "avc").str.join(" ").alias("policy"),
        pl.col("value")
        .filter(pl.col("name").is_in(["avc", "apparmor"]))
        .first()
        .str.to_lowercase()
        .alias("denial"),
    )
    refused = pl.when(pl.col("denial").str.contains("denied")).then(pl.lit("denied"))
    long = both.select("record", "policy", refused.alias("denial")).unpivot(
        index="record", variable_name="name", value_name="value"
    )
    return long.drop_nulls().select("record", "name", "value")


def _command(arguments: pl.DataFrame) -> pl.DataFrame:
    """One command line of each event that has arguments; an argument in pieces is put together."""
    place = pl.col("name").str.extract(r"^a(\d+)").cast(pl.UInt32, strict=False)
    piece = pl.col("name").str.extract(r"\[(\d+)\]").cast(pl.UInt32, strict=False)
    return (
        arguments.select("record", "value", place.alias("place"), piece.alias("piece"))
        .sort("record", "place", "piece", nulls_last=False)
        .group_by("record", "place", maintain_order=True)
        .agg(pl.col("value").str.join(""))
        .group_by("record", maintain_order=True)
        .agg(pl.col("value").str.join(" "))
        .select("record", pl.lit("execve").alias("name"), "value")
    )


def _object(found: pl.DataFrame) -> pl.DataFrame:
    """The file that was touched: of several the last one that is not just the folder it lies in; a program first."""
    of_path = found.filter(pl.col("type") == "PATH", pl.col("name").is_in(["item", "name", "nametype"]))
    if of_path.is_empty():
        return pairs.EMPTY
    # An item begins with its number.
    of_path = of_path.with_columns((pl.col("name") == "item").cum_sum().alias("item"))
    items = of_path.group_by("item", maintain_order=True).agg(
        pl.col("record").first(),
        pl.col("value").filter(pl.col("name") == "name").first().alias("value"),
        pl.col("value").filter(pl.col("name") == "nametype").first().alias("nametype"),
    )
    items = items.filter(pl.col("value").is_not_null())
    made = pl.col("nametype").is_in(["CREATE", "DELETE"])
    folder = pl.col("nametype") == "PARENT"
    items = items.with_columns(
        pl.when(made).then(0).when(~folder.fill_null(False)).then(1).otherwise(2).alias("rank")
    )
    return (
        items.sort("record", "rank", maintain_order=True)
        .unique("record", keep="first", maintain_order=True)
        .select("record", pl.lit("object").alias("name"), "value")
    )


def _peer(found: pl.DataFrame) -> pl.DataFrame:
    """Address and port in a socket address: raw in hexadecimal, or resolved."""
    raw = found.filter(pl.col("name") == "saddr")
    if raw.is_empty():
        return pairs.EMPTY
    four = raw["value"].str.extract_groups(
        r"^0200([0-9A-F]{4})([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2})([0-9A-F]{2})"
    )
    parts = four.struct.unnest().select(pl.all().str.to_integer(base=16, strict=False).cast(pl.String))
    parts.columns = ["port", "a", "b", "c", "d"]
    six = raw["value"].str.extract(r"^0A00[0-9A-F]{4}[0-9A-F]{8}([0-9A-F]{32})")
    six_port = raw["value"].str.extract(r"^0A00([0-9A-F]{4})").str.to_integer(base=16, strict=False)
    grouped = six.str.to_lowercase().str.replace(
        r"^" + r"(.{4})" * 8 + r"$", "${1}:${2}:${3}:${4}:${5}:${6}:${7}:${8}"
    )
    local = raw["value"].str.extract(r"^0100((?:[0-9A-F]{2})+?)(?:00|$)")
    place = local.str.decode("hex", strict=False).cast(pl.String, strict=False)
    columns = {
        "saddr_ip": parts.select(pl.concat_str("a", "b", "c", "d", separator="."))
        .to_series()
        .zip_with(six.is_null(), grouped),
        "saddr_port": parts["port"].zip_with(six.is_null(), six_port.cast(pl.String)),
        "object": place,
    }
    rows = [
        pl.DataFrame(
            [raw["record"], pl.Series("name", [name]).new_from_index(0, raw.height), series.alias("value")]
        )
        for name, series in columns.items()
    ]
    return pl.concat(rows).drop_nulls().sort("record", maintain_order=True)


def _call(found: pl.DataFrame) -> pl.DataFrame:
    """Name of the system call of each event that has one."""
    of_call = found.filter(pl.col("name").is_in(["arch", "syscall"]))
    if of_call.is_empty():
        return pairs.EMPTY
    both = of_call.group_by("record", maintain_order=True).agg(
        pl.col("value").filter(pl.col("name") == "arch").first().alias("arch"),
        pl.col("value").filter(pl.col("name") == "syscall").first().alias("number"),
    )
    both = both.filter(pl.col("number").is_not_null())
    coded = pl.concat_str(pl.col("arch").fill_null(""), "number", separator=" ")
    named = coded.replace_strict(SYSCALLS, default=None, return_dtype=pl.String)
    numbered = (
        pl.when(pl.col("number").str.contains(r"^\d+$"))
        .then("syscall-" + pl.col("number"))
        .otherwise("number")
    )
    return both.select("record", pl.lit("call").alias("name"), pl.coalesce(named, numbered).alias("value"))


def _first(found: pl.DataFrame, names: tuple[str, ...], height: int) -> pl.Series:
    """The first value of the best named of *names* in each event."""
    ranked = found.filter(pl.col("name").is_in(names)).with_columns(
        pl.col("name")
        .replace_strict({name: n for n, name in enumerate(names)}, return_dtype=pl.UInt8)
        .alias("rank")
    )
    ranked = ranked.sort("record", "rank", maintain_order=True).unique(
        "record", keep="first", maintain_order=True
    )
    return pairs.spread(ranked["record"], ranked["value"], height)
