"""Parameters of requests: what stands behind the `?` of a URL, as further fields of the record."""

from typing import Final

import polars as pl

from ..limits import DEFAULT, LogLimits

_NAME: Final = 100


def with_parameters(frame: pl.DataFrame, limits: LogLimits = DEFAULT) -> pl.DataFrame:
    """Records whose `url` has a query get its parameters as further fields, and a `path` if they had none.

    A parameter ``name=value`` becomes the field ``?name``; which parameters there are, in their order, is
    one more field, ``?``. Nothing is decoded: an encoded character is told by its percent sign.

    Parameters
    ----------
    frame
        A normalised frame.
    limits
        Most parameters and most further fields.

    Returns
    -------
    pl.DataFrame
        The same columns; the frame itself when no URL has a query.
    """
    if frame["url"].null_count() == frame.height:
        return frame
    url = pl.col("url")
    path = url.str.replace(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", "").str.replace(r"[?#].*$", "")
    frame = frame.with_columns(path=pl.coalesce("path", pl.when(url.str.contains("/", literal=True)).then(path)))
    asked = url.str.contains("?", literal=True).fill_null(False)
    if not frame.select(asked.any()).item():
        return frame
    parts = url.str.replace(r"^[^?]*\?", "").str.replace(r"#.*$", "").str.split("&").list.head(limits.parameters)
    names = pl.element().str.replace(r"=.*$", "").str.slice(0, _NAME)
    values = pl.element().str.replace(r"^[^=]*=?", "")
    told = (
        frame.select(parts=pl.when(asked).then(parts))
        .with_columns(names=pl.col("parts").list.eval(names), values=pl.col("parts").list.eval(values))
        .with_columns(
            names=pl.concat_list(pl.lit("?"), pl.col("names").list.eval("?" + pl.element())),
            values=pl.concat_list(pl.col("names").list.join("&"), "values"),
        )
    )
    return frame.with_columns(
        extra_names=pl.when(asked)
        .then(pl.concat_list("extra_names", told["names"]).list.head(limits.extras))
        .otherwise("extra_names"),
        extra_values=pl.when(asked)
        .then(pl.concat_list("extra_values", told["values"]).list.head(limits.extras))
        .otherwise("extra_values"),
    )
