"""Where the time of `assay detect` goes: decoding, other work on pixels, the network, the verdict, one by one."""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from assay.detect.analyzers.synthetic import Synthetic, outputs
from assay.detect.bench import bench
from assay.detect.credentials import read_credentials
from assay.detect.media import DECODER, read_picture
from assay.detect.values import Profile
from assay.detect.verdict import judge
from assay.intake.child import Child
from assay.intake.exhibit import Exhibit
from assay.intake.limits import DEFAULT
from assay.models.engine import Engine
from assay.models.registry import Registry

PHASES = ("hash and decode", "pixels: tier, crops, launderings, analyzers", "network", "verdict")


def shares(paths: Sequence[Path], profile: Profile) -> dict[str, float]:
    """Share of the wall time of each phase, 0..1, over the pictures, with nothing beside it and one thread."""
    artifact = Registry().default("synthetic-image")
    spent = dict.fromkeys(PHASES, 0.0)
    with (
        Child(DEFAULT, preload=[DECODER]) as child,
        Engine.open(artifact, device="cpu", threads=1, outputs=outputs(artifact)) as engine,
    ):
        synthetic = Synthetic(engine, artifact, profile)
        told = bench(profile)
        for number, path in enumerate([paths[0], *paths]):
            marks = [time.perf_counter()]
            exhibit = Exhibit.open(path, DEFAULT, name=os.fspath(path))
            picture = replace(
                read_picture(exhibit, child, DEFAULT), credentials=read_credentials(exhibit, child)
            )
            marks.append(time.perf_counter())
            samples = synthetic.samples(picture)
            findings = [analyzer.analyze(picture) for analyzer in told]
            marks.append(time.perf_counter())
            scores = list(engine.score(samples.rows()))
            marks.append(time.perf_counter())
            judge((synthetic.conclude(samples, scores), *findings), 0.5)
            marks.append(time.perf_counter())
            if number:  # the first only warms up
                for phase, begun, ended in zip(PHASES, marks, marks[1:], strict=False):
                    spent[phase] += ended - begun
    total = sum(spent.values())
    return {phase: seconds / total for phase, seconds in spent.items()}
