"""``assay detect``: is this picture an untouched recording?"""

import sys
from contextlib import nullcontext

import typer

from . import analyzers
from .default_command import DEFAULT, DefaultGroup
from .options import (
    ArtifactName,
    Depth,
    Device,
    Json,
    KnownList,
    Paths,
    PictureFolder,
    Profile,
    Record,
    Trust,
    TwinsFile,
    Workers,
    must_be_writable,
    pem_text,
)
from .progress import live
from .reporting import Language, Redact, ReportFolder, ReportLanguage, asked, place_for, told
from .terminal import json_line

app = typer.Typer(
    cls=DefaultGroup,
    no_args_is_help=True,
    help="Say of each picture or video whether it is consistent with an untouched recording, how strongly, and why.",
)
app.command("analyzers")(analyzers.analyzers)


@app.command(DEFAULT, hidden=True)
def detect(
    paths: Paths,
    as_json: Json = False,
    profile: Depth = Profile.standard,
    device: Device = "auto",
    artifact: ArtifactName = None,
    workers: Workers = None,
    pictures: PictureFolder = None,
    trust: Trust = None,
    known: KnownList = None,
    twins: TwinsFile = None,
    record: Record = None,
    report: ReportFolder = None,
    language: ReportLanguage = Language.en,
    redact: Redact = False,
) -> None:
    """Say of each picture or video whether it is consistent with an untouched recording, how strongly, and why.

    Exit code 1: some file failed, or its picture or a page of the report could not be written, and the rest was done.
    """
    from ..detect.contract import verdict_json
    from ..detect.session import Detector
    from .pictures import Pictures
    from .twin_view import say_bad_lines, tell_groups

    must_be_writable(record, "--record")
    must_be_writable(twins, "--twins")
    place_for(report, paths, redact)
    anchors = pem_text(trust, "--trust")
    album = None if pictures is None else Pictures.open(pictures, paths)
    # The maps of a report come from the same looks as the pictures.
    drawn = album is not None or report is not None
    done = failed = 0
    chosen = None
    if artifact is not None:
        from ..models.registry import Registry

        chosen = Registry().get(artifact)
    screen = None
    if not as_json:
        from .terminal import console
        from .verdict_view import show_verdict

        screen = console()
    writer = None
    if report is not None:
        from ..evidence.report import MediaReport

        again: dict[str, object] = {"--profile": profile.value, "--device": device, "--trust": trust}
        again |= {"--known": known, "--artifact": artifact}
        given = asked("detect", paths, again, language, redact, ["trust"] if trust is not None else [])
        writer = MediaReport(report, given, profile.value)
    with (
        album or nullcontext(),
        writer or nullcontext(),
        live() as doing,
        Detector(
            profile=profile.value,
            device=device,
            workers=workers,
            artifact=chosen,
            pictures=drawn,
            anchors=anchors,
            known=known,
        ) as detector,
    ):
        if detector.known is not None:
            say_bad_lines(detector.known)
        for done, verdict in enumerate(detector.run(paths, stage=doing.stage), start=1):
            kept = None if album is None else album.keep(verdict)
            line = verdict_json(verdict) if kept is None else verdict_json(kept.verdict, kept.paths)
            failed += line["outcome"] == "failed" or (kept is not None and not kept.whole)
            with doing.aside(done):
                if screen is None:
                    sys.stdout.write(json_line(line))
                    sys.stdout.flush()
                else:
                    show_verdict(screen, line)
            if writer is not None:
                writer.add(verdict)
        if writer is not None:
            told(writer.finish(detector.record, [detector.artifact]), writer.troubles)
            failed += len(writer.troubles)
        tell_groups(detector.groups, twins, screen)
        if record is not None:
            from .record import write_record

            options = {"profile": profile.value, "device": device, "workers": workers}
            options |= {"pictures": drawn, "trust": None if trust is None else str(trust)}
            options |= {"known": None if known is None else str(known), "artifact": artifact}
            write_record(record, "detect", options, detector.record, {"files": done, "failed": failed})
    if failed:
        raise typer.Exit(1)
