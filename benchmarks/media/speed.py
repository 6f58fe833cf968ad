"""Speed of every peer, one after the other in the same run, on the same views."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from peers.peer import Peer
from peers.wheels import WheelAbsent
from store import Store
from views import Material, Seen

from assay.detect.forge.launder import Pixels

VIEWS = 24


class Held(Seen):
    """A view that keeps its delivered picture, so that making it is not timed."""

    @cached_property
    def _held(self) -> Pixels:
        return super().whole()

    def whole(self) -> Pixels:
        """The delivered picture."""
        return self._held


@dataclass(frozen=True)
class Speed:
    """Pictures, and native crops where it looks at crops, that a peer scores in a second."""

    pictures: float
    crops: float | None


def speeds(
    several: Sequence[Peer], material: Material, store: Store, say: Callable[[str], None]
) -> dict[str, Speed]:
    """By the name of the peer; each is warmed up by a few views first."""
    clean = [view for view in material.seen if view.tier == 0]
    views = [Held(v.picture, v.tier, v.crops) for v in clean[:: max(1, len(clean) // VIEWS)][:VIEWS]]
    for view in views:
        view.whole()
    found: dict[str, Speed] = {}
    for peer in several:
        begun = time.perf_counter()
        try:
            peer.prepare(material, store.place(peer))
        except WheelAbsent:
            continue
        # The views that warm it up are not timed: a store of features would know them.
        peer.score(views[:2])
        timed = views[2:]
        seconds = peer.score(timed).seconds
        crops = sum(len(view.crops) for view in timed) if peer.takes == "crops" else None
        found[peer.name] = Speed(len(timed) / seconds, crops and crops / seconds)
        say(f"speed of {peer.name}: {time.perf_counter() - begun:.0f} s")
    return found
