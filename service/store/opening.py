"""The store that the settings name."""

from pathlib import Path

from ..settings import Settings, SettingsInvalid
from .blob import Store
from .folder import FolderStore
from .objects import BucketStore

__all__ = ["open_store"]


def open_store(settings: Settings, area: str) -> Store:
    """Open one area of the store.

    Parameters
    ----------
    settings
        Name the place.
    area : str
        ``evidence`` for what was sent in, ``results`` for what was made of it.

    Raises
    ------
    SettingsInvalid
        The place is no folder and no address that is known.
    """
    place = settings.store_place
    if place.startswith("s3://"):
        folder = settings.home / "incoming" / area
        return BucketStore(f"{place.rstrip('/')}/{area}", folder, spare=settings.spare_bytes)
    if "://" in place:
        raise SettingsInvalid(f"ASSAY_STORE: {place.partition('://')[0]}:// is no store that is known")
    return FolderStore(Path(place).absolute() / area, spare=settings.spare_bytes)
