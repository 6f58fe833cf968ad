"""What training sees of the pool: the collected pictures, and what the forge makes of the photos among them."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from . import pool, views
from .kinds import TWINS, Kind, TwinKind
from .launder import Pixels
from .negatives import hard_negative
from .settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture as it is trained on.

    Attributes
    ----------
    item
        Number in the pool of the picture, or of the photo that it was made of.
    picture
        The line of the manifest of that picture.
    kind
        What it is.
    path
        Where its pixels are; hard negatives and changed twins are made of their photo's or twin's when loaded.
    """

    item: int
    picture: pool.Picture
    kind: Kind
    path: Path

    def load(self, seed: int) -> Pixels:
        """RGB, (height, width, 3), 0..255; the same for the same seed, always."""
        rgb = views.load(self.path)
        if self.kind not in ("negative", "changed"):
            return rgb
        # One draw for a photo and its twin: both go through the same change.
        state = hashlib.sha256(f"{seed}\0negative\0{self.picture.name}".encode()).digest()
        return hard_negative(rgb, np.random.default_rng(list(state)))[1]


def seen(settings: Settings, pictures: Sequence[pool.Picture], say: Callable[..., None]) -> list[Seen]:
    """The collected pictures, then those of every kind that the choice asks for."""
    found = [
        Seen(number, picture, "drawn" if picture.synthetic else "photo", picture.path)
        for number, picture in enumerate(pictures)
    ]
    photos = [number for number, picture in enumerate(pictures) if not picture.synthetic]
    order = pool.spread(photos, pictures)
    asked = settings.choice.kinds
    if "changed" in asked and "latent" not in asked:
        raise SettingsError("changed twins are made of latent ones: give these a share too")
    for kind in (kind for kind in TWINS if kind in asked):
        twins = _twins(kind, order[: settings.made.get(kind)], settings, pictures, say)
        found += twins
        if kind == "latent" and "changed" in asked:
            found += [replace(twin, kind="changed") for twin in twins[: settings.made.get("changed")]]
    if "negative" in asked:
        changed = order[: settings.made.get("negative")]
        found += [Seen(number, pictures[number], "negative", pictures[number].path) for number in changed]
    return found


class Making(Protocol):
    """What a recipe says of making twins."""

    @property
    def data(self) -> Path: ...
    @property
    def auto_encoder(self) -> str | None: ...
    @property
    def super_resolution(self) -> Path | None: ...
    @property
    def cache(self) -> Path: ...


def twins_of(
    kind: TwinKind, photos: Sequence[Seen], count: int | None, settings: Making, say: Callable[..., None]
) -> list[Seen]:
    """Twins of at most `count` of the photos, spread over their sources; null makes one of each."""
    pictures = {one.item: one.picture for one in photos}
    order = pool.spread(range(len(photos)), [one.picture for one in photos])[:count]
    found = _twins(kind, [photos[at].item for at in order], settings, pictures, say)
    return list(found)


def _twins(
    kind: TwinKind,
    order: Sequence[int],
    settings: Making,
    pictures: Sequence[pool.Picture] | Mapping[int, pool.Picture],
    say: Callable[..., None],
) -> list[Seen]:
    weights = {
        "latent": settings.data / settings.auto_encoder if settings.auto_encoder else None,
        "superres": settings.super_resolution,
        "decoder": settings.cache / "decoders",
    }[kind]
    if weights is None:
        say(f"no {kind} twins: the settings name no weights for them")
        return []
    from .twins import make_kind

    if kind == "decoder" and settings.auto_encoder:
        from .apprenticeship import train

        known = pictures.values() if isinstance(pictures, Mapping) else pictures
        every = [picture.path for picture in known if not picture.synthetic]
        train(every, settings.data / settings.auto_encoder, weights, report=say)
    found: list[Seen] = []
    photos = [pictures[number].path for number in order]
    drawn = make_kind(kind, photos, weights, settings.cache / "twins")
    for done, (number, twin) in enumerate(zip(order, drawn, strict=True), start=1):
        if twin is not None:
            found.append(Seen(number, pictures[number], kind, twin.path))
        if done % 100 == 0 or done == len(order):
            say(f"{kind} twins: {done} of {len(order)} photos, {len(found)} close enough")
    return found
