"""Installed artifacts by name: the zoo that ships, the user's store, folders, archives and hubs."""

from .registry import (
    Check,
    Entry,
    Registry,
    RegistryError,
    RegistryNoDefault,
    RegistryStoreMalformed,
    RegistryUnknown,
    user_store,
)

__all__ = [
    "Check",
    "Entry",
    "Registry",
    "RegistryError",
    "RegistryNoDefault",
    "RegistryStoreMalformed",
    "RegistryUnknown",
    "user_store",
]
