"""``assay worker``: takes jobs of a room; any number may run, on any machine that reaches its database and store."""

from typing import Annotated

import typer


def worker(
    tied: Annotated[bool, typer.Option("--tied", help="Also end when standard input does.")] = False,
) -> None:
    """Do jobs of the service until it is told to end; `assay serve` runs one itself.

    Reads the same settings as `assay serve`. What a worker had begun when it died is gone on with by another one.
    """
    from ..service.operation.log import configure
    from ..service.settings import Settings
    from ..service.work.worker import Worker

    settings = Settings.read()
    configure(settings.log_level)
    Worker(settings).run(tied=tied)
