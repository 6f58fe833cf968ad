"""All peers over all views: cached scores where nothing changed, else trained and scored now."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from peers.clip_last import ClipLast
from peers.controls import controls
from peers.peer import Peer
from peers.pilot import Pilot
from peers.sahu import Sahu
from peers.shipped import Shipped
from peers.tuned import tuned
from peers.wheels import WheelAbsent
from store import Measured, Store
from views import Material

from assay.detect.forge.features import FeatureStore
from assay.models.artifact import Artifact


def peers(material: Material, artifact: Artifact, features: FeatureStore, wheels: Path) -> list[Peer]:
    """All peers, the artifact first."""
    return [
        Shipped(artifact), Pilot(features), ClipLast(wheels), Sahu(wheels), *tuned(wheels, material.thin), *controls(),
    ]  # fmt: skip


def measure(
    several: Sequence[Peer], material: Material, store: Store, say: Callable[[str], None]
) -> dict[str, Measured | str]:
    """Scores by the name of the peer; where one cannot be had, the reason in words."""
    found: dict[str, Measured | str] = {}
    for peer in several:
        known = store.known(peer)
        if known is None:
            begun = time.perf_counter()
            try:
                peer.prepare(material, store.place(peer))
            except WheelAbsent as error:
                say(f"{peer.name}: {error}")
                found[peer.name] = str(error)
                continue
            ready = time.perf_counter()
            known = store.keep(peer, peer.score(material.seen).values)
            say(f"{peer.name}: ready in {ready - begun:.0f} s, scored in {time.perf_counter() - ready:.0f} s")
        else:
            say(f"{peer.name}: known")
        found[peer.name] = known
    return found
