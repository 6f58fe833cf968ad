r"""Names of Windows in one case: `C:\windows\system32\svchost.exe` is `C:\Windows\System32\svchost.exe`.

Windows compares paths, registry keys and names of objects without regard to case, and its logs write them now so,
now so. A value is taken for such a name by its shape (a drive, a leading backslash, a registry hive, a lone file name
of a program), not by its record, so that it has one key wherever it is met; paths of Unix never have that shape.
Only keys are made of it: what is shown stays as it was written.
"""

import re
from typing import Final

import polars as pl

FOLDED: Final = ("process", "parent", "path")
"""Columns whose values are compared so."""

_SHAPE: Final = r"(?i)^(?:[a-z]:[\\/]|\\|HK[A-Z_]+\\|[^\\/]+\.(?:exe|dll|sys)$)"
_NAME: Final = re.compile(_SHAPE)


def in_one_case(column: pl.Expr) -> pl.Expr:
    """Values with names of Windows in small letters.

    Parameters
    ----------
    column
        Of text.

    Returns
    -------
    pl.Expr
        Other values stay.
    """
    return pl.when(column.str.contains(_SHAPE)).then(column.str.to_lowercase()).otherwise(column)


def folded(field: str, value: str) -> str:
    """One value as it is compared.

    Parameters
    ----------
    field
        Its column.
    value
        As written.

    Returns
    -------
    str
        The same for values that count as one.
    """
    return value.lower() if field in FOLDED and _NAME.match(value) else value
