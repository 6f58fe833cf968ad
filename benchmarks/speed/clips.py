"""Videos through `assay detect`: processor time of half a minute, memory of ten seconds and of two hours.

    python benchmarks/speed/clips.py [--data DIR] [--hours N] [--page FILE]

DIR holds ``media/dev/video_real/634.mp4`` (default: $ASSAY_DATA, else ../shared/data beside the checkout): one person,
1280 x 720 pixels. It is played on and on to the wanted length and coded once; the long one is that coding remuxed again
and again. The command is started cold, once for each row. Processor time is that of all processes; wall time is told
beside it and means something only on an idle machine.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import av
from pictures import COMMAND, table
from run import measured

RATE = 25


def looped(source: Path, target: Path, seconds: float, quality: int) -> None:
    """The clip again and again, coded as H.264."""
    with av.open(str(source)) as read, av.open(str(target), "w") as out:
        frames = [frame.reformat(format="yuv420p") for frame in read.decode(video=0)]
        stream: Any = out.add_stream("libx264", rate=RATE, options={"crf": str(quality), "preset": "fast", "g": "250"})
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        for number, frame in enumerate(islice(cycle(frames), round(seconds * RATE))):
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def remuxed(source: Path, target: Path, times: int) -> None:
    """The packets of a clip again and again, without coding them anew."""
    with av.open(str(source)) as read:
        stream = read.streams.video[0]
        packets = [packet for packet in read.demux(stream) if packet.size]
        span = max(packet.pts for packet in packets) + packets[0].duration
        start = min(packet.dts for packet in packets)
        base = stream.time_base
        with av.open(str(target), "w") as out:
            copy = out.add_stream_from_template(stream)
            for turn in range(times):
                for packet in packets:
                    again = av.Packet(bytes(packet))
                    again.pts, again.dts = packet.pts + turn * span - start, packet.dts + turn * span - start
                    again.duration, again.time_base = packet.duration, base
                    again.is_keyframe, again.stream = packet.is_keyframe, copy
                    out.mux(again)


def clips(data: Path, folder: Path, hours: float) -> Iterator[tuple[str, Path]]:
    """Names and files."""
    source = data / "media/dev/video_real/634.mp4"
    for seconds in (10, 30):
        path = folder / f"{seconds}.mp4"
        looped(source, path, seconds, 24)
        yield f"{seconds} s", path
    short, long = folder / "short.mp4", folder / "long.mp4"
    looped(source, short, 30, 33)
    remuxed(short, long, round(hours * 120))
    yield f"{hours:g} h", long


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ASSAY_DATA", here / "../shared/data")))
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, path in clips(given.data, Path(folder), given.hours):
            for profile in ("fast", "standard", "full"):
                found = measured(COMMAND.format(profile=profile), path)
                told = found.get("failed") or [f"{found[one]:,}" for one in ("cpu_seconds", "wall_seconds", "peak_mib")]
                rows.append([name, f"{path.stat().st_size / 2**20:.1f}", profile, *told])
                print(*rows[-1], sep="  ", flush=True)
    text = (
        "# Videos: speed and memory, measured\n\nMade by `python benchmarks/speed/clips.py --page "
        "docs/validation/speed-videos.md`; not edited by hand. 1280 x 720 pixels, 25 frames a second, one person, "
        "H.264 in MP4; the command is started cold, loading included, and memory is that of all processes. Processor "
        "time is what counts: wall time holds whatever else the machine did.\n\n"
        + table([["length", "MiB", "profile", "CPU, s", "wall, s", "peak, MiB"], *rows])
        + "\n"
    )
    if given.page is not None:
        given.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
