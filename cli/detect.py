"""``assay detect``: is this picture an untouched recording?"""

import json
import sys

import typer

from .options import Device, Json, Paths, Profile, Workers
from .progress import counting


def detect(
    paths: Paths,
    as_json: Json = False,
    profile: Profile = Profile.standard,
    device: Device = "auto",
    workers: Workers = None,
) -> None:
    """Say of each picture whether it is consistent with an untouched recording, how strongly, and why.

    Exit code 1: some file failed (its line says why) and the rest was assayed.
    """
    from ..detect.contract import verdict_json
    from ..detect.session import detect as assay

    failed = False
    screen = None
    if not as_json:
        from .terminal import console
        from .verdict_view import show_verdict

        screen = console()
    with counting("pictures") as advance:
        for verdict in assay(paths, profile=profile.value, device=device, workers=workers):
            line = verdict_json(verdict)
            failed |= line["outcome"] == "failed"
            if screen is None:
                sys.stdout.write(json.dumps(line, allow_nan=False) + "\n")
                sys.stdout.flush()
            else:
                show_verdict(screen, line)
            advance()
    if failed:
        raise typer.Exit(1)
