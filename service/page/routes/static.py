"""Files that pages load."""

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from ..files import FILES, VERSION

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.get("/static/{version}/{name}")
async def static(version: str, name: str) -> Response:
    """Give a file; the address changes with its content."""
    file = FILES.get(name)
    if file is None:
        raise HTTPException(404, "there is no such file")
    kept = "public, max-age=31536000, immutable" if version == VERSION else "no-cache"
    return Response(file.content, media_type=file.media_type, headers={"Cache-Control": kept})
