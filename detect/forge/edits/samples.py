"""Made edits with exact masks, kept on disk in parts: host, edited host and region of each.

Sample number n of a seed is the same whatever was made before, by however many processes. A part is whole or absent, so
a killed run goes on where it was.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import save_file

from ....models.training.weights import write_flushed
from ..latent import LatentAutoEncoder
from ..launder import Pixels
from ..pool import Picture
from . import pasts
from .kinds import KINDS, SHARES, Scene, edited
from .outlines import outline
from .plain import plain_host

SIDE = 320
"""Side of a sample, in pixels; `views` cuts a little less out of it."""

PART = 64
"""Samples of a part."""

GENERATED_HOSTS = 0.08
"""Share of the samples whose host is a generated picture that nobody edited: wholly generated is not edited."""

ARRAYS = ("hosts", "edits", "regions")

_TRIES = 8
_SALT = 0xED17


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sample is.

    Attributes
    ----------
    number
        Of the sample.
    source, name
        Of the host's photo, as the manifest says.
    held
        Whether the source of the host is held back for validation.
    kind
        Of the edit, see `kinds.KINDS`; `none` where there is none.
    outline
        Kind of the outline.
    area
        Share of the pixels that were edited.
    plain
        Whether the host shows a thing before a plain background.
    """

    number: int
    source: str
    name: str
    held: bool
    kind: str
    outline: str
    area: float
    plain: bool = False


class _Rows:
    """Rows of an array that lies in several files."""

    def __init__(self, slices: Sequence[Any], places: Sequence[tuple[int, int]]) -> None:
        self._slices, self._places = slices, places

    def __getitem__(self, number: int) -> NDArray[np.uint8]:
        part, row = self._places[number]
        return np.asarray(self._slices[part][row : row + 1][0])

    def and_(self, other: "_Rows") -> "_Rows":
        """These rows, and then the others."""
        files = len(self._slices)
        moved = [(files + part, row) for part, row in other._places]
        return _Rows([*self._slices, *other._slices], [*self._places, *moved])

    def part(self, numbers: Sequence[int]) -> "_Rows":
        """Some of the rows, in that order."""
        return _Rows(self._slices, [self._places[number] for number in numbers])


@dataclass(frozen=True, slots=True)
class Samples:
    """Hosts and edits uint8 (320, 320, 3), regions uint8 (320, 320) 0..255, and facts, by number."""

    hosts: _Rows
    edits: _Rows
    regions: _Rows
    facts: Sequence[Facts]

    def __len__(self) -> int:
        return len(self.facts)

    def and_(self, other: "Samples") -> "Samples":
        """These, and then the others."""
        rows = [
            one.and_(more)
            for one, more in (
                (self.hosts, other.hosts), (self.edits, other.edits), (self.regions, other.regions)
            )
        ]  # fmt: skip
        return Samples(rows[0], rows[1], rows[2], [*self.facts, *other.facts])

    def part(self, numbers: Sequence[int]) -> "Samples":
        """Some of them, in that order."""
        rows = [one.part(numbers) for one in (self.hosts, self.edits, self.regions)]
        return Samples(rows[0], rows[1], rows[2], [self.facts[number] for number in numbers])


@dataclass(frozen=True, slots=True)
class Recipe:
    """What samples are made of.

    Attributes
    ----------
    pictures
        The pool; hosts are its real pictures, donors all.
    held
        Sources held back: their pictures meet each other only.
    auto_encoder
        Folder of the latent auto-encoder; None redraws nothing.
    seed
        Decides everything.
    plain
        Hosts show a thing before a plain background, see `plain`.
    """

    pictures: tuple[Picture, ...]
    held: frozenset[str]
    auto_encoder: Path | None
    seed: int
    plain: bool = False


def make(
    recipe: Recipe,
    wanted: int | Sequence[int],
    folder: Path,
    say: Callable[[str], None],
    processes: int = 1,
    part: int = PART,
) -> Samples:
    """Make what is missing of the wanted samples, `part` to a file, and read them all.

    Parameters
    ----------
    recipe
        What they are made of.
    wanted
        The numbers of the samples, or how many of them from 0 on; a folder may then get some more, for those who ask
        for more later. A folder holds those of one such list.
    folder, part
        Where they are kept, and how many to a file.
    say
        Told one line of progress at a time.
    processes
        That make them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = wanted if isinstance(wanted, int) else len(wanted)
    parts = -(-count // part)
    numbers = range(parts * part) if isinstance(wanted, int) else tuple(wanted)
    missing = [n for n in range(parts) if not _path(folder, n).is_file()]
    sizes = [len(numbers[n * part : (n + 1) * part]) for n in missing]
    if missing:
        say(f"{sum(sizes)} edits to be made")
    for done, number in enumerate(_made(recipe, folder, missing, processes, part, numbers), start=1):
        if done % 10 == 0 or done == len(missing):
            say(f"part {number}: {sum(sizes[:done])} of {sum(sizes)} edits made")
    return read(folder, count)


def held_numbers(recipe: Recipe, count: int) -> list[int]:
    """Which of the first `count` samples have a host of a held source."""
    hosts = _hosts(recipe)
    return [n for n in range(count) if hosts[n % len(hosts)].source in recipe.held]


def _hosts(recipe: Recipe) -> list[Picture]:
    """The photos that samples are made of, in turn."""
    hosts = [p for p in recipe.pictures if not p.synthetic]
    return [hosts[n] for n in np.random.default_rng(recipe.seed).permutation(len(hosts))]


def _made(
    recipe: Recipe, folder: Path, missing: Sequence[int], processes: int, part: int, numbers: Sequence[int]
) -> Iterator[int]:
    if processes == 1 or len(missing) < 2:
        maker = Maker(recipe, folder, part, numbers)
        yield from map(maker.part, missing)
        return
    # Not forked: torch and OpenCV have threads by now, whose locks a fork would copy.
    with ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_start, initargs=(recipe, folder, part, numbers)
    ) as pool:
        yield from pool.map(_make_part, missing)


def read(folder: Path, count: int | None = None) -> Samples:
    """The samples of a folder, `count` at most; pixels stay on disk until they are asked for."""
    facts: list[Facts] = []
    files: list[Any] = []
    sizes: list[int] = []
    for path in sorted(folder.glob("part-*.safetensors")):
        if count is not None and len(facts) >= count:
            break
        lines = json.loads(path.with_suffix(".json").read_bytes())
        facts += [Facts(**line) for line in lines]
        sizes.append(len(lines))
        files.append(safe_open(path, "np"))
    facts = facts[:count]
    places = [(number, row) for number, size in enumerate(sizes) for row in range(size)][: len(facts)]
    rows = [_Rows([file.get_slice(name) for file in files], places) for name in ARRAYS]
    return Samples(rows[0], rows[1], rows[2], facts)


def _path(folder: Path, number: int) -> Path:
    return folder / f"part-{number:05d}.safetensors"


class Maker:
    """Makes samples of a recipe, and parts of them in a folder: those of `numbers`, `size` to a part."""

    def __init__(
        self, recipe: Recipe, folder: Path, size: int = PART, numbers: Sequence[int] = ()
    ) -> None:
        self.recipe, self.folder, self.size, self.numbers = recipe, folder, size, numbers
        self.redrawer = None if recipe.auto_encoder is None else LatentAutoEncoder.open(recipe.auto_encoder)
        ways = [[p for p in recipe.pictures if (p.source in recipe.held) == held] for held in (False, True)]
        self.real = [[p for p in one if not p.synthetic] for one in ways]
        self.fake = [[p for p in one if p.synthetic] for one in ways]
        self.hosts = _hosts(recipe)

    def sample(self, number: int) -> tuple[Pixels, Pixels, NDArray[np.uint8], Facts]:
        rng = np.random.default_rng([self.recipe.seed, _SALT, number])
        photo = self.hosts[number % len(self.hosts)]
        held = photo.source in self.recipe.held
        if not self.recipe.plain and self.fake[held] and rng.random() < GENERATED_HOSTS:
            photo = self.fake[held][int(rng.integers(len(self.fake[held])))]
            host = pasts.host(_opened(photo), SIDE, rng)
            facts = Facts(number, photo.source, photo.name, held, "none", "none", 0.0)
            return host, host, np.zeros((SIDE, SIDE), np.uint8), facts
        host = (plain_host if self.recipe.plain else pasts.host)(_opened(photo), SIDE, rng)
        names = list(KINDS)
        chances = np.array([SHARES[name] for name in names])
        for _ in range(_TRIES):
            kind = names[int(rng.choice(len(names), p=chances / chances.sum()))]
            scene, shape = self._scene(host, photo, held, kind, rng)
            kind = "splice" if kind == "redraw" and scene.redrawn is None else kind
            made = edited(scene, kind, rng)
            if made is not None:
                region = np.asarray(np.rint(scene.alpha * 255), dtype=np.uint8)
                area = round(float(scene.inside.mean()), 5)
                facts = Facts(
                    number, photo.source, photo.name, held, kind, shape, area, self.recipe.plain
                )
                return host, made, region, facts
        facts = Facts(number, photo.source, photo.name, held, "none", "none", 0.0, self.recipe.plain)
        return host, host, np.zeros((SIDE, SIDE), np.uint8), facts

    def part(self, number: int) -> int:
        """Write part `number`, whole or not at all, and return the number."""
        made = [self.sample(n) for n in self.numbers[number * self.size : (number + 1) * self.size]]
        rows = ([one[0] for one in made], [one[1] for one in made], [one[2] for one in made])
        arrays = {name: np.stack(given) for name, given in zip(ARRAYS, rows, strict=True)}
        path = _path(self.folder, number)
        lines = [{field: getattr(one[3], field) for field in Facts.__slots__} for one in made]
        write_flushed(path.with_suffix(".json"), json.dumps(lines).encode())
        new = path.with_name(f".{path.name}.part")
        save_file(arrays, new)
        new.replace(path)
        return number

    def _scene(
        self, host: Pixels, photo: Picture, held: bool, kind: str, rng: np.random.Generator
    ) -> tuple[Scene, str]:
        among = self.fake[held] if self.fake[held] and rng.random() < 0.25 else self.real[held]
        other = pasts.donor(_opened(among[int(rng.integers(len(among)))]), SIDE, rng)
        # What is cut out of a donor has its outline; everything else that of a thing in the host.
        shape, alpha = outline(other if kind == "splice" and rng.random() < 0.5 else host, rng)
        redrawn = None
        if kind == "redraw" and self.redrawer is not None:
            redrawn = self.redrawer.redraw(host if rng.random() < 0.6 else other, photo.name)
        return Scene(host, alpha, other, redrawn), shape


_maker: Maker | None = None


def _start(recipe: Recipe, folder: Path, part: int, numbers: Sequence[int]) -> None:
    """Set a process of the pool up: one thread each, since there is a process for each core."""
    import torch

    global _maker
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _maker = Maker(recipe, folder, part, numbers)


def _make_part(number: int) -> int:
    assert _maker is not None
    return _maker.part(number)


def _opened(picture: Picture) -> Pixels:
    with Image.open(picture.path) as opened:
        return np.asarray(opened.convert("RGB"))
