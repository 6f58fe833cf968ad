"""The questions that triage asks."""

from fastapi.responses import Response

from ....triage.detectors import cards
from ..asked import Ask
from ..frame import answer
from ..route import page_router
from ..views.logs import DetectorsView

__all__ = ["router"]

router = page_router()


@router.get("/detectors")
def detectors(asked: Ask) -> Response:
    """Show all cards."""
    return answer(asked, "detectors", DetectorsView(tuple(each.to_json() for each in cards().values())))
