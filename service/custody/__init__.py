"""The custody log of the service: a table of its database, in which every access to evidence is entered."""

from .ledger import Ledger
from .table import CustodyTable

__all__ = ["CustodyTable", "Ledger"]
