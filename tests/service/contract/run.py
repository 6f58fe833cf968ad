"""Hold the service against its description: requests that schemathesis makes of it, and all of its checks.

``python tests/service/contract/run.py --examples 200`` starts a service of its own; ``--address URL --key KEY`` asks
one that runs. Ends with 1 when an answer is none that the description allows, or a 5xx.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from assay.service.client import Client
from assay.tests.service.serving import served

HERE = Path(__file__).parent


def _event(number: int, event: int, **more: str) -> bytes:
    when = f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z"
    page = {"EventID": event, "Hostname": f"ws{number % 3}", "User": f"u{number % 5}", "Time": when, **more}
    return json.dumps(page).encode() + b"\n"


EVENTS = b"".join(_event(number, 4624) for number in range(300))
EVENTS += _event(301, 7045, User="stranger", ServiceName="xx", ImagePath="C:\\temp\\a.exe")


def seed(client: Client, wait: bool) -> dict[str, list[str]]:
    """Things to ask for; with `wait` also analyses that have ended, which needs a worker."""
    case = client.evidence.open_case("fuzzed").id
    shown = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    Image.fromarray(noise).save(shown, "PNG")
    held = client.evidence.submit(shown.getvalue(), name="noise.png", case=case)
    analysis = client.analyses.start([held.sha256], case=case, profile="fast")
    triage = client.triage.send(EVENTS, case=case, name="events.jsonl")
    reported = client.triage.send(evidence=[held.sha256], case=case, later=True)
    mark = client.triage.say(triage.id, 1, "benign", reason="seeded")
    fit = client.baselines.fit("seeded", [next(client.evidence.exhibits(case=case)).sha256], case=case)
    if wait:
        for job in (analysis, reported, fit):
            client.jobs.wait(job, 300)
    return {
        "case": [case],
        "sha256": [held.sha256],
        "analysis": [analysis.id],
        "triage": [triage.id, triage.id, reported.id],
        "fit": [fit.id],
        "mark": [mark.id],
        "rank": ["1"],
    }


def fuzz(
    address: str, key: str, *, examples: int, wait: bool, phases: str, seed_number: int, only: list[str]
) -> int:
    """Run schemathesis; its status."""
    client = Client(address, key)
    seeded = seed(client, wait)
    environment = os.environ | {"ASSAY_SEEDED": json.dumps(seeded), "ASSAY_OWN_KEY": client.key().id}
    environment["SCHEMATHESIS_HOOKS"] = "hooks"
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{address}/openapi.json",
        "--checks", "all",
        "--phases", phases,
        "--max-examples", str(examples),
        "--seed", str(seed_number),
        "--header", f"Authorization: Bearer {key}",
    ]  # fmt: skip
    for path in only:
        command += ["--include-path", path]
    with tempfile.TemporaryDirectory() as place:
        return subprocess.run(command, env=environment, cwd=place).returncode


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--examples", type=int, default=200, help="most cases of each operation and phase")
    asked.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", action="append", default=[], metavar="PATH", help="may be repeated")
    asked.add_argument("--address")
    asked.add_argument("--key")
    asked.add_argument("--log", action="store_true", help="also show what the service logged of failures")
    given = asked.parse_args()
    more = {
        "examples": given.examples,
        "phases": given.phases,
        "seed_number": given.seed,
        "only": given.only,
    }
    if given.address:
        return fuzz(given.address, given.key, wait=False, **more)
    with tempfile.TemporaryDirectory() as folder:
        rates = dict.fromkeys(("ASSAY_RATE_PER_MINUTE", "ASSAY_REFUSED_PER_MINUTE"), "10000000")
        with served(Path(folder), **rates) as serving:
            status = fuzz(serving.address, serving.token, wait=True, **more)
        failed = [line for line in serving.log.read_text().splitlines() if '"error"' in line]
        if given.log:
            sys.stdout.writelines(f"{line}\n" for line in failed)
        sys.stdout.write(f"{len(failed)} failures in the log of the service\n")
        return status or bool(failed)


if __name__ == "__main__":
    sys.exit(main())
