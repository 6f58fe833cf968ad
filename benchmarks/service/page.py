"""docs/validation/service.md out of what `run.py` measured."""

from collections.abc import Mapping
from typing import Any

HEAD = """# The service under load

Made by `python benchmarks/service/run.py --page docs/validation/service.md`; not edited by hand. A service on SQLite
and a folder with one worker, asked from other processes on loopback, on {cores} cores; the clients run on the same
ones. *Load* is the average of processes that wanted a core, before and at the end of each measurement, the
measured ones among them: above the number of cores, waiting for others is in the figure. Latencies in milliseconds.

| asked for | measured | wanted | load |
|---|---|---|---|
"""


def page(results: Mapping[str, Any]) -> str:
    """The whole page."""
    found = results["sections"]
    videos, triage, uploads, mixed, long = (
        found[name] for name in ("videos", "triage", "uploads", "mixed", "long")
    )
    memory = mixed["memory"]
    rows = [
        (
            "`/healthz` while two videos are assayed, p99",
            f"{videos['healthz_ms']['p99']:.1f}",
            "< 50",
            videos,
        ),
        (f"triage of {triage['lines']:,} lines, p95", f"{triage['triage_ms']['p95']:.0f}", "< 500", triage),
        (
            f"errors of {uploads['clients']} clients that upload at once",
            f"{len(uploads['errors'])}",
            "0",
            uploads,
        ),
        (
            f"memory of all processes over {mixed['seconds'] / 60:.1f} minutes of mixed load, MiB a minute",
            f"{memory['all_mib_a_minute']:+.1f}",
            "flat",
            mixed,
        ),
        (
            f"errors of the mixed load, of {sum(mixed['counts'].values()):,} requests",
            f"{len(mixed['errors'])}",
            "0",
            mixed,
        ),
        (
            f"growth of the server over an upload of {long['bytes'] / 2**30:.2f} GiB, MiB",
            f"{long['growth_mib']:.0f}",
            "< 64",
            long,
        ),
        ("lag of the event loop over it, p99", f"≤ {long['lag']['p99_below_ms']:g}", "< 50", long),
    ]
    parts = [HEAD.format(cores=results["cores"])]
    parts += [f"| {name} | {value} | {wanted} | {_load(of)} |\n" for name, value, wanted, of in rows]
    parts.append(
        "\n## Latencies\n\n| what | number | p50 | p95 | p99 | longest |\n|---|---|---|---|---|---|\n"
    )
    named = {
        "`/healthz`, nothing else asked": videos["idle_ms"],
        "`/healthz` while two videos are assayed": videos["healthz_ms"],
        f"`/healthz` while {uploads['clients']} clients upload": uploads["healthz_ms"],
        "`/healthz` under mixed load": mixed["healthz_ms"],
        f"triage of {triage['lines']:,} lines, {triage['at_once']} of them answered at once": triage[
            "triage_ms"
        ],
        f"upload of 1 MiB, {uploads['clients']} at once": uploads["upload_ms"],
    }
    parts += [
        f"| {name} | {each['count']:,} | {each['p50']:.1f} | {each['p95']:.1f} | {each['p99']:.1f} "
        f"| {each['max']:.0f} |\n"
        for name, each in named.items()
    ]
    states = ", ".join(sorted(set(videos["states"])))
    sizes = " and ".join(f"{size / 2**20:.1f} MiB" for size in videos["clips"])
    lags = ", ".join(
        f"{name} {each['lag']['p99_below_ms']:g} ms"
        for name, each in (("videos", videos), ("uploads", uploads), ("long upload", long))
    )
    counts = ", ".join(f"{number:,} {name}" for name, number in sorted(mixed["counts"].items()))
    first, last = memory["all_mib"]
    ours, later = memory["server_mib"]
    parts.append(
        f"""
## What was done

- Two clips of {sizes} were assayed side by side in {videos["seconds"]:.0f} s; both ended `{states}`.
- {uploads["clients"]} clients sent three MiB each, {uploads["mib_per_second"]:.0f} MiB a second together.
- A batch of {triage["lines"]:,} lines cost the processes of the service {triage["work_ms"]:.0f} ms of processor time.
- The mixed load was {counts}.
  Resident memory of all processes was {first:,.0f} MiB on average in the second third
  and {last:,.0f} MiB in the last, at most {memory["most_mib"]:,.0f} MiB; of the server alone {ours:,.0f} and
  {later:,.0f} MiB ({memory["server_mib_a_minute"]:+.1f} MiB a minute).
- The long upload came in {long["seconds"]:.0f} s, hashing on the side of the client included.
- 99 of 100 times the event loop woke up no later than: {lags} (upper bound of the histogram's class).
"""
    )
    wrong = [*uploads["errors"], *mixed["errors"]]
    if wrong:
        parts.append("\n## Errors\n\n" + "".join(f"- {each}\n" for each in sorted(set(wrong))[:20]))
    return "".join(parts)


def _load(found: Mapping[str, Any]) -> str:
    before, after = found["load"]
    return f"{before:.1f} → {after:.1f}"
