"""Words, keys that are pressed, and where else the same can be done."""

from typing import Final

from fastapi.responses import Response

from ..asked import Ask
from ..frame import answer
from ..route import page_router
from ..views.room import HelpView

__all__ = ["router"]

router = page_router()

_TERMS: Final = ("ratio", "words", "outcomes", "silence", "transposed")
_KEYS: Final = (
    ("search", ("/",)),
    ("forward", ("Tab", "Shift+Tab")),
    ("press", ("Enter", "Space")),
)


@router.get("/help")
def help(asked: Ask) -> Response:
    """Explain the words of the page."""
    return answer(asked, "help", HelpView(_TERMS, _KEYS))
