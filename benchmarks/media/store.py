"""Scores of peers on disk: a run that was killed goes on, and peers that did not change are not scored again."""

import ast
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from peers.peer import Peer, Scores
from views import Material


@dataclass(frozen=True)
class Measured:
    """What is kept of a peer: its scores in the order of the material's views, and its threshold."""

    scores: Scores
    threshold: float | None


class Store:
    """Scores by peer, code and pictures, in a folder."""

    def __init__(self, folder: Path, material: Material) -> None:
        self._folder, self._material = folder, material

    def place(self, peer: Peer) -> Path:
        """The peer's own folder for what it trains; another one when its code or its training pictures change."""
        material = self._material
        state = f"{peer.name}\0{peer.identity(material)}\0{material.trained_by(peer.takes)}\0{code(peer.modules)}"
        plain = "".join(c if c.isalnum() else "-" for c in peer.name.lower())
        return self._folder / f"{plain}-{hashlib.sha256(state.encode()).hexdigest()[:12]}"

    def known(self, peer: Peer) -> Measured | None:
        """Scores of an earlier run, if nothing that decides them has changed."""
        path = self._scores(peer)
        if not path.exists():
            return None
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Measured(np.array(stored["scores"]), stored["threshold"])

    def keep(self, peer: Peer, scores: Scores) -> Measured:
        """Write the scores down."""
        folder = self.place(peer)
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"scores": scores.tolist(), "threshold": peer.threshold})
        partial = folder / "scores.partial"
        partial.write_text(text, encoding="utf-8")
        partial.replace(self._scores(peer))
        return Measured(scores, peer.threshold)

    def _scores(self, peer: Peer) -> Path:
        return self.place(peer) / f"scores-{self._material.tested_by(peer.takes)[:12]}.json"


def code(modules: Sequence[ModuleType]) -> str:
    """SHA-256 of what modules do: their syntax trees, without comments and docstrings."""
    total = hashlib.sha256()
    for module in modules:
        assert module.__file__ is not None
        tree = ast.parse(Path(module.__file__).read_bytes())
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
                value = body[0].value
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    body.pop(0)
        total.update(ast.dump(tree).encode())
    return total.hexdigest()
