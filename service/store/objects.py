"""A store in a bucket that speaks S3: the same names, each object put whole and only where there is none.

Bytes arrive in a folder of this machine first, since an object is named by a hash that is known at the end only.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..limits import DEFAULT
from ..refusals import StoreUnreachable
from ..settings import SettingsInvalid
from .arrival import SpooledArrival
from .blob import Blob, BlobDamaged, BlobMissing, blob_name
from .incoming import Incoming

if TYPE_CHECKING:
    from obstore.store import ObjectStore as Bucket

__all__ = ["BucketStore"]

_WHOLE_BYTES: Final = 8 * 1024 * 1024
"""Up to this an object goes in one request, which the bucket refuses where there is one already."""


class BucketStore:
    """A store in a bucket.

    Parameters
    ----------
    address : str
        ``s3://BUCKET/PREFIX``; region, keys and endpoint come from the ``AWS_`` variables.
    folder
        Where bytes arrive on this machine.
    spare : int
        Bytes of its disk that arrivals leave free.
    """

    def __init__(self, address: str, folder: Path, *, spare: int = 0) -> None:
        try:
            from obstore.exceptions import BaseError
            from obstore.store import from_url
        except ImportError:
            raise SettingsInvalid("ASSAY_STORE: a bucket needs the extra: pip install 'assay[s3]'") from None
        try:
            self._bucket: Bucket = from_url(address, checksum_algorithm="sha256")
        except (BaseError, ValueError) as error:
            raise SettingsInvalid(f"ASSAY_STORE: {error}") from None
        self._failures: tuple[type[Exception], ...] = (BaseError, OSError)
        self._incoming = Incoming(folder, spare)

    def arrival(self) -> SpooledArrival:
        """See `Store`."""
        return SpooledArrival(self, self._incoming)

    def put(self, data: bytes) -> Blob:
        """See `Store`."""
        with self.arrival() as arrival:
            arrival.write(data)
            return arrival.keep()

    def size(self, sha256: str) -> int | None:
        """See `Store`."""
        import obstore

        with self._reached():
            try:
                return int(obstore.head(self._bucket, _place(sha256))["size"])
            except FileNotFoundError:
                return None

    def chunks(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `Store`."""
        import obstore

        options: dict[str, Any] = {}
        if end is not None:
            if end <= start:
                return
            options = {"range": (start, end)}
        elif start:
            options = {"range": {"offset": start}}
        with self._reached():
            try:
                got = obstore.get(self._bucket, _place(sha256), options=options)  # type: ignore[arg-type]
            except FileNotFoundError:
                raise BlobMissing(f"the store does not hold {sha256}") from None
            for piece in got.stream(min_chunk_size=DEFAULT.chunk_bytes):
                yield bytes(piece)

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        """See `Store`; the copy is hashed while it comes.

        Raises
        ------
        BlobDamaged
            The bucket gave something else.
        """
        digest = hashlib.sha256()
        with self.arrival() as arrival:
            for piece in self.chunks(sha256):
                digest.update(piece)
                arrival.write(piece)
            if digest.hexdigest() != sha256:
                raise BlobDamaged(f"the store holds something else under {sha256}")
            yield arrival.path

    def remove(self, sha256: str) -> None:
        """See `Store`."""
        import obstore

        with self._reached():
            try:
                obstore.delete(self._bucket, _place(sha256))
            except FileNotFoundError:
                return

    def blobs(self) -> Iterator[Blob]:
        """See `Store`."""
        import obstore

        with self._reached():
            for some in obstore.list(self._bucket):
                for each in some:
                    name = each["path"].rpartition("/")[2]
                    if blob_name(name):
                        yield Blob(name, int(each["size"]))

    def sweep(self) -> int:
        """See `Store`."""
        return self._incoming.sweep()

    def free(self) -> None:
        """See `Store`; a bucket does not tell."""
        return None

    def check(self) -> None:
        """See `Store`."""
        import obstore

        try:
            for _ in obstore.list(self._bucket, chunk_size=1):
                break
        except self._failures as error:
            raise OSError("the bucket of the store cannot be reached") from error

    def take(self, blob: Blob, path: Path) -> None:
        """Put a complete file under its name; what is there already is left."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        if self.size(blob.sha256) is not None:
            return
        with self._reached():
            if blob.size <= _WHOLE_BYTES:
                try:
                    obstore.put(self._bucket, _place(blob.sha256), path.read_bytes(), mode="create")
                except AlreadyExistsError:
                    return
            else:
                # In parts, which become visible together. Who puts the same name puts the same content.
                with path.open("rb") as file:
                    obstore.put(self._bucket, _place(blob.sha256), file, use_multipart=True)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except self._failures as error:
            raise StoreUnreachable(
                "the bucket of the store cannot be reached, or refuses: try again later"
            ) from error


def _place(sha256: str) -> str:
    if not blob_name(sha256):
        raise ValueError("a blob is named by 64 hexadecimal digits")
    return f"{sha256[:2]}/{sha256}"
