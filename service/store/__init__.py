"""The store: blobs of bytes, each known by the SHA-256 of its content, written once."""

from .blob import Arrival, Blob, BlobDamaged, BlobMissing, Store
from .opening import open_store

__all__ = ["Arrival", "Blob", "BlobDamaged", "BlobMissing", "Store", "open_store"]
