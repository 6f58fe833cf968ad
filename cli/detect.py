"""``assay detect``: is this picture an untouched recording?"""

import sys

import typer

from .options import Depth, Device, Json, Paths, Profile, Workers
from .progress import watched
from .terminal import json_line


def detect(
    paths: Paths,
    as_json: Json = False,
    profile: Depth = Profile.standard,
    device: Device = "auto",
    workers: Workers = None,
) -> None:
    """Say of each picture whether it is consistent with an untouched recording, how strongly, and why.

    Exit code 1: some file failed (its answer says why) and the rest was assayed.
    """
    from ..detect.contract import verdict_json
    from ..detect.session import detect as assay

    failed = False
    screen = None
    if not as_json:
        from .terminal import console
        from .verdict_view import show_verdict

        screen = console()
    # On one screen the answers themselves are the progress.
    with watched("pictures", hidden=screen is not None and sys.stdout.isatty()) as progress:
        verdicts = assay(paths, profile=profile.value, device=device, workers=workers)
        for done, verdict in enumerate(verdicts, start=1):
            line = verdict_json(verdict)
            failed |= line["outcome"] == "failed"
            if screen is None:
                sys.stdout.write(json_line(line))
                sys.stdout.flush()
            else:
                show_verdict(screen, line)
            progress("assayed", done)
    if failed:
        raise typer.Exit(1)
