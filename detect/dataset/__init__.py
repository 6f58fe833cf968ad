"""Data to learn from and to be measured on: what its files say, and what would make any figure on it worthless."""

from .check import Check, check_dataset
from .facts import FileFacts, gather_facts
from .fault import Fault
from .splitting import split_by_source

__all__ = ["Check", "Fault", "FileFacts", "check_dataset", "gather_facts", "split_by_source"]
