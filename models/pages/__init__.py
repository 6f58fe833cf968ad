"""Cards as pages: what an artifact is and what it was made of, in the layout of model and dataset hubs."""

from .data import data_page
from .model import head, model_page

__all__ = ["data_page", "head", "model_page"]
