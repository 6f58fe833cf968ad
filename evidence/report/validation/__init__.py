"""The report of a validation: what an artifact does on labelled files, for those who must answer for using it."""

from .writing import write_validation

__all__ = ["write_validation"]
