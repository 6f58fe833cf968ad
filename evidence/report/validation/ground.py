"""What a validation rests on: its files and their faults, the machine, and how long it took."""

from ....detect.validation.conditions import NATIVE
from ....detect.validation.result import Validation
from ..blocks.block import Align, Block, Facts, Listing, Section, Table
from ..blocks.span import code, faint, foreign, join, say, told

__all__ = ["data", "how", "speed"]


def data(made: Validation) -> Section:
    data = made.data
    blocks: list[Block] = [
        Facts(
            (
                ("manifest", foreign(data["manifest"], 200)), ("SHA-256", code(data["sha256"])),
                ("files", say(f"{data['files']:,}")), ("accepted", say(", ".join(data["accepted"]) or "nothing")),
            )
        )
    ]  # fmt: skip
    if data["control"]:
        head: tuple[tuple[str, Align], ...] = (
            ("format-only control", "left"),
            ("AUC", "right"),
            ("leaks", "left"),
        )
        rows = tuple(
            (
                say(c["family"]), say(f"{c['auc']:.3f} [{c['low']:.3f}, {c['high']:.3f}]"),
                say("yes" if c["leaks"] else "no"),
            )
            for c in data["control"]
        )  # fmt: skip
        blocks.append(
            Table(head, rows, "How well the label is told from what the files say, without any picture")
        )
    if data["faults"]:
        blocks.append(
            Listing(
                tuple(
                    join(say(fault["severity"]), told(fault["words"], 600), faint(f"[{fault['code']}]"))
                    for fault in data["faults"]
                )
            )
        )
    return Section("data", "The data", tuple(blocks))


def how(made: Validation) -> Section:
    run = made.run
    rows = [(f"{s.name}@{s.version}", code(s.sha256)) for s in made.subjects]
    rows += [
        ("backend", say(f"{run['backend']} on {run['device']}")), ("processor", say(str(run["cpu"]))),
        ("libraries", say(", ".join(f"{name} {version}" for name, version in run["libraries"].items()))),
        ("parts measured", say(", ".join(made.parts))),
        ("as it comes", say(f"tier told from the file itself ({NATIVE.name}); the other tiers are one fixed "
            f"delivery each")),
        ("processor time", say(f"{made.seconds:,.0f} s, what was remembered from earlier runs not among it")),
    ]  # fmt: skip
    return Section("how", "How it was measured", (Facts(tuple(rows)),))


def speed(made: Validation) -> Section:
    titles = {
        "pictures": "pictures timed", "megapixels": "megapixels a picture", "parts": "parts that the network looks at",
        "preparing": "processor seconds to cut them", "network": "processor seconds of the network",
    }  # fmt: skip
    rows = tuple((titles.get(name, name), say(f"{value:g}")) for name, value in made.speed.items())
    return Section("speed", "Speed", (Facts(rows),))
