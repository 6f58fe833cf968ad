"""Settings: everything about a service that its operator may choose."""

from .settings import Settings, SettingsInvalid

__all__ = ["Settings", "SettingsInvalid"]
