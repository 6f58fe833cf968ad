"""Pages as HTML: one file each, with its style inside, no script, and nothing fetched from anywhere."""

from .rendering import Folder, rendered

__all__ = ["Folder", "rendered"]
