"""``assay serve``: the same two jobs over HTTP."""

from typing import Annotated

import typer


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; there is no authentication.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8000,
) -> None:
    """Serve /v1/detect, /v1/triage and /v1/artifacts over HTTP, by default to this machine only."""
    import uvicorn

    from ..service.app import create_app

    uvicorn.run(create_app(host=host), host=host, port=port, log_level="info", server_header=False)
