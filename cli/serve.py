"""``assay serve``: an evidence room with an HTTP door."""

from typing import Annotated

import typer

from .terminal import say


def serve(
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on; by default ASSAY_HOST, else this machine only.", show_default=False
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port to listen on, 0 takes a free one; by default ASSAY_PORT, else 8000.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve evidence, analyses and triage over HTTP, by default to this machine only.

    The first start makes the key of an admin and prints it once; `assay room key new` makes more.
    """
    from contextlib import nullcontext

    import uvicorn

    from ..service.app import create_app
    from ..service.operation.log import configure
    from ..service.room import Room
    from ..service.settings import Settings
    from ..service.wire import Wire
    from ..service.work.attendant import Attendant

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings.read(**given)
    configure(settings.log_level)
    with Room.open(settings) as room:
        if (first := room.keys.make_first()) is not None:
            say(f"assay: this room is new. The key of its admin, shown this once: {first}")
        with Attendant() if settings.work else nullcontext():
            uvicorn.run(
                create_app(room, warm=True),
                host=settings.host,
                port=settings.port,
                http=Wire.waiting(settings.stall_seconds),
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=10,
            )
