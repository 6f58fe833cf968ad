"""Rows of arrays on their way into a network: checked against the card, stacked, padded, cut apart again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import AssayError
from ..card import Tensor

__all__ = ["BatchInvalid", "RowInvalid", "check_columns", "check_row", "padded", "stacked"]

Arrays = Mapping[str, NDArray[Any]]


class RowInvalid(AssayError):
    """A row does not fit the card's inputs. `row` counts from 0; every earlier row was scored and handed out."""

    code = "row-invalid"

    def __init__(self, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.row = row


class BatchInvalid(RowInvalid):
    """A batch of columns does not fit the card's inputs. `batch` counts from 0; every earlier one was handed out."""

    code = "batch-invalid"

    def __init__(self, message: str, batch: int, row: int | None = None) -> None:
        super().__init__(message, row)
        self.batch = batch


def check_row(inputs: Sequence[Tensor], row: Arrays, number: int) -> None:
    """Refuse a row whose names, shapes or types are not those of `inputs`, or that holds NaN or infinity.

    Raises
    ------
    RowInvalid
        Says which row and what to change.
    """
    if why := _names(inputs, row):
        raise RowInvalid(f"row {number} {why}", number)
    for tensor in inputs:
        array = row[tensor.name]
        if tensor.per == "batch":
            raise RowInvalid(
                f"row {number}: {tensor.name} belongs to a batch of rows; score batches of columns", number
            )
        if why := _kind(tensor, array, tensor.shape):
            raise RowInvalid(f"row {number}: {why}", number)
        if array.dtype.kind == "f" and not bool(np.isfinite(array).all()):
            raise RowInvalid(
                f"row {number}: {tensor.name} holds NaN or infinity; leave such rows out", number
            )


def check_columns(inputs: Sequence[Tensor], batch: Arrays, number: int) -> int:
    """Check a batch of columns [n, ...] like `check_row` and return n.

    Raises
    ------
    BatchInvalid
        Says which batch, and for NaN or infinity which of its rows.
    """
    if why := _names(inputs, batch):
        raise BatchInvalid(f"batch {number} {why}", number)
    count: int | None = None
    for tensor in inputs:
        array = batch[tensor.name]
        if tensor.per == "batch":
            if why := _kind(tensor, array, tensor.shape):
                raise BatchInvalid(f"batch {number}: {why}", number)
            continue
        if why := _kind(tensor, array, (None, *tensor.shape)):
            raise BatchInvalid(f"batch {number}: {why} (first axis: rows)", number)
        if count is not None and len(array) != count:
            raise BatchInvalid(
                f"batch {number}: {tensor.name} has {len(array)} rows, {inputs[0].name} has {count}; "
                "give all inputs the same rows",
                number,
            )
        count = len(array)
        if array.dtype.kind == "f" and not (fine := np.isfinite(array)).all():
            row = int(np.flatnonzero(~fine.reshape(count, -1).all(axis=1))[0])
            raise BatchInvalid(
                f"batch {number}, row {row}: {tensor.name} holds NaN or infinity; leave such rows out",
                number,
                row,
            )
    return count or 0


def _names(inputs: Sequence[Tensor], arrays: object) -> str:
    if not isinstance(arrays, Mapping):
        return f"is a {type(arrays).__name__}; give a mapping of input names to arrays"
    names = {tensor.name for tensor in inputs}
    if arrays.keys() == names:
        return ""
    missing, extra = names - arrays.keys(), arrays.keys() - names
    parts = [f"lacks {', '.join(sorted(missing))}"] * bool(missing)
    parts += [f"has the unknown {', '.join(sorted(map(str, extra)))}"] * bool(extra)
    return f"{' and '.join(parts)}; the inputs are {', '.join(tensor.name for tensor in inputs)}"


def _kind(tensor: Tensor, array: object, shape: Sequence[int | None]) -> str:
    if not isinstance(array, np.ndarray | np.generic):  # a number out of an array is a generic
        return f"{tensor.name} is a {type(array).__name__}; give a numpy array of {tensor.dtype}"
    if array.dtype != np.dtype(tensor.dtype):
        return f"{tensor.name} is {array.dtype}; convert it to {tensor.dtype}"
    fits = len(array.shape) == len(shape) and all(
        want is None or have == want for have, want in zip(array.shape, shape, strict=True)
    )
    wanted = "[" + ", ".join("any" if want is None else str(want) for want in shape) + "]"
    return "" if fits else f"{tensor.name} has shape {list(array.shape)}; it must be {wanted}"


def stacked(rows: Sequence[Arrays]) -> dict[str, NDArray[Any]]:
    """Rows without, to columns with a row axis; a single row is not copied."""
    if len(rows) == 1:
        return {
            name: np.ascontiguousarray(array)[None].reshape(1, *array.shape)
            for name, array in rows[0].items()
        }
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def padded(columns: Arrays, size: int) -> dict[str, NDArray[Any]]:
    """Columns of at most `size` rows, filled up with rows of zeros."""
    return {
        name: np.concatenate([array, np.zeros((size - len(array), *array.shape[1:]), array.dtype)])
        if len(array) < size
        else array
        for name, array in columns.items()
    }
