"""What every peer sees: the same pictures under the same deliveries, whole and as native crops.

Test pictures get the fixed delivery of each tier, training pictures one that is drawn for each tier, as in the training
of the artifact. A peer that looks at the whole picture gets the delivered picture whole.
"""

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assay.detect.forge import pool, views
from assay.detect.forge.launder import TIER_LAUNDERINGS, TIERS, Pixels, random_laundering
from assay.detect.forge.settings import Settings

SAMPLED = 24
"""Training pictures whose views enter the digest: making all of them takes minutes."""


@dataclass(frozen=True)
class Seen:
    """A test picture after the fixed delivery of one tier.

    Attributes
    ----------
    picture
        What the manifest says of it.
    tier
        Number in `TIERS`.
    crops
        What the artifact looks at, (224, 224, 3) each.
    """

    picture: pool.Picture
    tier: int
    crops: tuple[Pixels, ...]

    def whole(self) -> Pixels:
        """The delivered picture, (height, width, 3); made anew each time, since all of them would fill the memory."""
        return TIER_LAUNDERINGS[TIERS[self.tier]].apply(views.load(self.picture.path))

    def file(self) -> bytes:
        """The same delivery as a file, for what takes files: its pixels are those of `whole`."""
        chain = TIER_LAUNDERINGS[TIERS[self.tier]]
        picture = Image.fromarray(views.load(self.picture.path))
        factor = 1.0 if chain.longest is None else min(1.0, chain.longest / max(picture.size))
        if factor < 1:
            width, height = (max(1, round(side * factor)) for side in picture.size)
            picture = picture.resize((width, height), Image.Resampling.LANCZOS)
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=chain.quality, subsampling=2)
        return stream.getvalue()


@dataclass(frozen=True)
class Drawn:
    """All training pictures once in every tier, one crop each.

    Attributes
    ----------
    crops
        (n, 224, 224, 3), uint8.
    place
        Number of the picture in the training pictures, (n,).
    tier
        (n,).
    synthetic, source
        Label and source of the picture, (n,).
    """

    crops: NDArray[np.uint8]
    place: NDArray[np.int64]
    tier: NDArray[np.int64]
    synthetic: NDArray[np.bool_]
    source: NDArray[np.str_]


class Material:
    """The pictures of one benchmark.

    Parameters
    ----------
    settings
        Of the training whose artifact is measured: where the pictures are, how many crops, which groups.
    thin
        Take every `thin`-th picture only, to try the benchmark out.
    """

    def __init__(self, settings: Settings, thin: int = 1) -> None:
        self.settings, self.thin = settings, thin
        manifest = settings.data / settings.manifest
        self.training = pool.read(manifest, "train")[::thin]
        self.testing = pool.read(manifest, "dev")[::thin]

    @cached_property
    def seen(self) -> list[Seen]:
        """Every test picture in every tier in which it has room for a crop."""
        found = []
        for number, picture in enumerate(self.testing):
            rgb = views.load(picture.path)
            if not views.fits(rgb):
                continue
            for tier, name in enumerate(TIERS):
                view = views.validation_view(rgb, number, name, self.settings.test_crops)
                if view.crops:
                    found.append(Seen(picture, tier, view.crops))
        return found

    @cached_property
    def drawn(self) -> Drawn:
        """Every training picture in every tier, delivered by a chain drawn for it."""
        crops: list[Pixels] = []
        place, tiers = [], []
        for number, picture in enumerate(self.training):
            rgb = views.load(picture.path)
            if not views.fits(rgb):
                continue
            for tier, name in enumerate(TIERS):
                view = views.training_view(rgb, number, name, picture.name, self.settings.seed, 1)
                crops += view.crops
                place += [number] * len(view.crops)
                tiers += [tier] * len(view.crops)
        owners = [self.training[n] for n in place]
        return Drawn(
            np.stack(crops),
            np.array(place),
            np.array(tiers),
            np.array([p.synthetic for p in owners]),
            np.array([p.source for p in owners]),
        )

    def drawn_whole(self, number: int, tier: int) -> Pixels:
        """A training picture whole, delivered by a chain drawn from the same chains as those of the crops."""
        picture = self.training[number]
        state = hashlib.sha256(f"whole\0{self.settings.seed}\0{tier}\0{picture.name}".encode()).digest()
        chain = random_laundering(TIERS[tier], np.random.default_rng(list(state)))
        return chain.apply(views.load(picture.path))

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Test sources by the name of their group; those that the settings do not name stand for themselves."""
        named = dict(self.settings.test_groups)
        grouped = {source for sources in named.values() for source in sources}
        return named | {s: (s,) for s in sorted({p.source for p in self.testing}) if s not in grouped}

    @cached_property
    def tested(self) -> str:
        """SHA-256 over what peers are tested on: the crops of every view in order."""
        total = hashlib.sha256()
        for seen in self.seen:
            total.update(f"{seen.picture.name}\0{seen.tier}\0{len(seen.crops)}\0".encode())
            for crop in seen.crops:
                total.update(crop.tobytes())
        return total.hexdigest()

    @cached_property
    def tested_whole(self) -> str:
        """SHA-256 over what peers that take whole pictures are tested on: names, and a sample of the deliveries."""
        total = hashlib.sha256()
        step = max(1, len(self.seen) // SAMPLED)
        for number, seen in enumerate(self.seen):
            total.update(f"{seen.picture.name}\0{seen.tier}\0{seen.picture.path.stat().st_size}\0".encode())
            if number % step == 0:
                total.update(seen.whole().tobytes())
        return total.hexdigest()

    def tested_by(self, takes: str) -> str:
        """What a peer is tested on, by what it takes: crops that move leave whole pictures as they are."""
        return self.tested if takes == "crops" else self.tested_whole

    def trained_by(self, takes: str) -> str:
        """What a peer is trained on, by what it takes."""
        return self.trained_on if takes == "crops" else self.trained_whole

    @cached_property
    def trained_on(self) -> str:
        """SHA-256 over what peers are trained on: all files by name, label and size, and a sample of the views."""
        return self._training(crops=True)

    @cached_property
    def trained_whole(self) -> str:
        """The same for peers that take whole pictures."""
        return self._training(crops=False)

    def _training(self, crops: bool) -> str:
        total = hashlib.sha256()
        for picture in self.training:
            total.update(f"{picture.name}\0{picture.synthetic}\0{picture.path.stat().st_size}\0".encode())
        for number in range(0, len(self.training), max(1, len(self.training) // SAMPLED)):
            rgb = views.load(self.training[number].path)
            for tier, name in enumerate(TIERS):
                if crops:
                    drawn = views.training_view(rgb, number, name, self.training[number].name, 0, 1)
                    total.update(b"".join(crop.tobytes() for crop in drawn.crops))
                total.update(self.drawn_whole(number, tier).tobytes())
        return total.hexdigest()
