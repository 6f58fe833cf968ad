"""What each file of a set says of itself, and what it looks like: read once in the bounded child, remembered."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from ...intake.child import Child
from ...intake.exhibit import Exhibit
from ...intake.limits import DEFAULT, Limits
from ...intake.manifest import Entry
from ...intake.refusals import ExhibitRefused
from ...models.devices import usable_cores
from ..likeness.fingerprint import Fingerprint, fingerprint
from ..media import DECODER, Picture, read_picture
from ..tiers import estimate, quality_of

__all__ = ["FACTS_NAME", "FileFacts", "Progress", "gather_facts"]

FACTS_NAME: Final = "facts-1.jsonl"
"""Name of the file of remembered facts; its number rises when they mean something else."""

Progress = Callable[[int, int], None]
"""Called with how many of how many are done."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file says, and what it looks like.

    Attributes
    ----------
    sha256, bytes, media
        Of the file; the type is by content.
    refused
        Code of why it could not be decoded; the rest is then empty.
    width, height
        As shown, in pixels.
    mode, bits
        Pixels as stored.
    saved_quality, earlier_quality
        Of the last save by its tables, and of an earlier one by its traces, 1..100; 0 where there is none.
    tables
        Sums of the first two quantisation tables; 0 where there are none.
    subsampling, progressive
        Of a JPEG.
    metadata
        Number of EXIF fields, of XMP characters, of text fields.
    thumbnail, profile
        Whether there is one.
    tier
        How much delivery has damaged it.
    phash, dhash, poses
        See `likeness.fingerprint`; 0 and empty where it is too even.
    """

    sha256: str
    bytes: int
    media: str
    refused: str = ""
    width: int = 0
    height: int = 0
    mode: str = ""
    bits: int = 0
    saved_quality: int = 0
    earlier_quality: int = 0
    tables: tuple[int, int] = (0, 0)
    subsampling: str = ""
    progressive: bool = False
    metadata: tuple[int, int, int] = (0, 0, 0)
    thumbnail: bool = False
    profile: bool = False
    tier: str = ""
    phash: int = 0
    dhash: int = 0
    poses: tuple[tuple[str, int, int], ...] = ()

    @property
    def fingerprint(self) -> Fingerprint | None:
        """Its hashes, None where it was not decoded or is too even."""
        return Fingerprint(self.phash, self.dhash, self.poses) if self.poses else None


def gather_facts(
    entries: Sequence[Entry],
    *,
    cache: Path | None = None,
    workers: int | None = None,
    limits: Limits = DEFAULT,
    progress: Progress | None = None,
) -> list[FileFacts]:
    """Facts of all entries, in order.

    Parameters
    ----------
    entries
        Of a manifest. Files that cannot be read have facts too: why.
    cache
        Folder in which facts are remembered by the content of the file, so that a killed run goes on.
    workers
        Files looked at at a time; the usable cores, at most 8, when not given.
    """
    count = max(1, min(8, usable_cores()) if workers is None else workers)
    with ExitStack() as stack:
        memory = stack.enter_context(_Memory(cache))
        children: SimpleQueue[Child] = SimpleQueue()
        for _ in range(count):
            children.put(stack.enter_context(Child(limits, preload=[DECODER])))
        pool = stack.enter_context(ThreadPoolExecutor(count, thread_name_prefix="facts"))
        found: list[FileFacts] = []
        for one in _ahead(
            pool, entries, lambda entry: _look(entry.path, children, limits, memory), 2 * count
        ):
            memory.keep(one)
            found.append(one)
            if progress is not None:
                progress(len(found), len(entries))
        return found


def _ahead(
    pool: ThreadPoolExecutor, entries: Sequence[Entry], look: Callable[[Entry], FileFacts], most: int
) -> Iterator[FileFacts]:
    pending: deque[Future[FileFacts]] = deque()
    for entry in entries:
        pending.append(pool.submit(look, entry))
        if len(pending) > most:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()


class _Memory:
    """Facts by SHA-256, one JSON line each; a half line of a killed run is passed over."""

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / FACTS_NAME
        self._known: dict[str, FileFacts] = {}

    def __enter__(self) -> "_Memory":
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            held = self._path.read_bytes() if self._path.exists() else b""
            for line in held.splitlines():
                try:
                    one = _from_json(json.loads(line))
                except (ValueError, TypeError, KeyError):
                    continue
                self._known[one.sha256] = one
            self._stream = self._path.open("a", encoding="ascii")
            if held and not held.endswith(b"\n"):
                self._stream.write("\n")
        return self

    def __exit__(self, *_: object) -> None:
        if self._path is not None:
            self._stream.close()

    def get(self, sha256: str) -> FileFacts | None:
        return self._known.get(sha256)

    def keep(self, one: FileFacts) -> None:
        if self._path is None or not one.sha256 or one.sha256 in self._known:
            return
        self._known[one.sha256] = one
        self._stream.write(json.dumps(asdict(one)) + "\n")
        self._stream.flush()


def _from_json(line: dict[str, object]) -> FileFacts:
    made = FileFacts(**line)  # type: ignore[arg-type]
    (luma, chroma), (exif, xmp, text) = made.tables, made.metadata
    poses = tuple((name, phash, dhash) for name, phash, dhash in made.poses)
    return replace(made, tables=(luma, chroma), metadata=(exif, xmp, text), poses=poses)


def _look(path: Path, children: "SimpleQueue[Child]", limits: Limits, memory: _Memory) -> FileFacts:
    try:
        exhibit = Exhibit.open(path, limits)
    except ExhibitRefused as error:
        return FileFacts("", 0, "", refused=error.code)
    known = memory.get(exhibit.sha256)
    if known is not None:
        return known
    media = "" if exhibit.media_type is None else exhibit.media_type.name
    bare = FileFacts(exhibit.sha256, exhibit.size, media)
    if exhibit.kind == "video":
        return bare
    child = children.get()
    try:
        picture = read_picture(exhibit, child, limits, luma=False)
    except ExhibitRefused as error:
        return replace(bare, refused=error.code)
    finally:
        children.put(child)
    return _told(bare, picture)


def _told(bare: FileFacts, picture: Picture) -> FileFacts:
    facts, coding = picture.facts, picture.facts.jpeg
    tables = {} if coding is None else dict(enumerate(coding.tables))
    tier = estimate(picture.rgb, tables or None)
    looks = fingerprint(picture.rgb)
    return replace(
        bare,
        width=facts.width,
        height=facts.height,
        mode=facts.mode,
        bits=facts.bits,
        saved_quality=quality_of(tables[0]) if 0 in tables else 0,
        earlier_quality=tier.earlier_quality or 0,
        tables=(sum(tables.get(0, ())), sum(tables.get(1, ()))),
        subsampling="" if coding is None else coding.subsampling,
        progressive=coding is not None and coding.progressive,
        metadata=(len(facts.exif), len(facts.xmp), len(facts.text)),
        thumbnail=picture.thumbnail is not None or facts.thumbnail_jpeg is not None,
        profile=facts.profile is not None,
        tier=tier.tier,
        phash=0 if looks is None else looks.phash,
        dhash=0 if looks is None else looks.dhash,
        poses=() if looks is None else looks.poses,
    )
