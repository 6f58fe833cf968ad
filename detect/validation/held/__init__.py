"""What an artifact says of material that its recipe makes and holds back: the figures of its card, measured once more.

Some artifacts are calibrated and measured on what the forge makes of held people and held sources: replaced faces, made
edits. Here the forge makes the same again, by the seed of the recipe, and the artifact judges it as it ships, through
the engine that runs it in use; operating points, weights and rules are those of its card.
"""

from .material import Held, HeldFigure, held_of

__all__ = ["Held", "HeldFigure", "held_of"]
