"""Files that pages load."""

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from ..files import FILES, VERSION

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/static/{version}/{file}")
async def static(version: str, file: str) -> Response:
    """Give a file; the address changes with its content."""
    found = FILES.get(file)
    if found is None:
        raise HTTPException(404, "there is no such file")
    kept = "public, max-age=31536000, immutable" if version == VERSION else "no-cache"
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": kept})
