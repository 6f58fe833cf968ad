"""``assay detect``: is this picture an untouched recording?"""

import sys

import typer

from .options import Depth, Device, Json, Paths, Profile, Record, Workers, must_be_writable
from .progress import watched
from .terminal import json_line


def detect(
    paths: Paths,
    as_json: Json = False,
    profile: Depth = Profile.standard,
    device: Device = "auto",
    workers: Workers = None,
    record: Record = None,
) -> None:
    """Say of each picture whether it is consistent with an untouched recording, how strongly, and why.

    Exit code 1: some file failed (its answer says why) and the rest was assayed.
    """
    from ..detect.contract import verdict_json
    from ..detect.session import Detector

    must_be_writable(record, "--record")
    done = failed = 0
    screen = None
    if not as_json:
        from .terminal import console
        from .verdict_view import show_verdict

        screen = console()
    # On one screen the answers themselves are the progress.
    with (
        watched("pictures", hidden=screen is not None and sys.stdout.isatty()) as progress,
        Detector(profile=profile.value, device=device, workers=workers) as detector,
    ):
        for done, verdict in enumerate(detector.run(paths), start=1):
            line = verdict_json(verdict)
            failed += line["outcome"] == "failed"
            if screen is None:
                sys.stdout.write(json_line(line))
                sys.stdout.flush()
            else:
                show_verdict(screen, line)
            progress("assayed", done)
        if record is not None:
            from .record import write_record

            options = {"profile": profile.value, "device": device, "workers": workers}
            write_record(record, "detect", options, detector.record, {"files": done, "failed": failed})
    if failed:
        raise typer.Exit(1)
