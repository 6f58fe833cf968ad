"""The steps of an analysis, one by one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from assay.service.work.bench import Bench

Put = Callable[..., str]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    pixels = np.asarray(Image.radial_gradient("L").convert("RGB"))
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 240, 240, "yuv420p"
        for number in range(5):
            frame = np.ascontiguousarray(pixels[number : number + 240, :240])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
        out.mux(stream.encode())
    return path.read_bytes()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_job_that_ends_takes_nothing_away_from_another_about_the_same_video(
    bench: Bench, case: str, put: Put, clip: bytes, analysis_request: dict[str, object]
) -> None:
    sha256 = put(clip, "clip.mp4")
    lane = bench.lane(nice=0)
    steps = bench.analyses(lane, lane)
    try:
        first, second = (
            bench.jobs.add(case, "analysis", analysis_request, [sha256], by="me") for _ in range(2)
        )
        for job in (first, second):
            bench.jobs.begin(job.id)
        (step,) = steps.plan(first)
        assert step == {"video": True, "places": [1]}
        reels = [steps.glance(job, step)["reel"] for job in (first, second)]
        looked = steps.look(first, step, reels[0], ())["looked"]
        assert steps.end(first, looked, steps.report(first, looked))
        steps.clear(looked, reels[:1])
        looked = steps.look(second, step, reels[1], ())["looked"]
        assert looked[0]["kind"] == "video" and looked[0]["outcome"] == "inconclusive"
        made = steps.report(second, looked)
        assert steps.end(second, looked, made) and not steps.end(second, looked, made)
        steps.clear(looked, reels[1:])
    finally:
        lane.close()
    named = {bench.results.find(job.id, "verdicts.jsonl").sha256 for job in (first, second)}
    assert {blob.sha256 for blob in bench.results.store.blobs()} == named
