"""A real browser before a real service: one of each for all tests of this folder.

Needs playwright and Chromium (Debian: apt-get install chromium); without them these tests are skipped. What a page says
on its console, or asks of another machine, is written down; a test that leaves any of it fails.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assay.service.access import Role
from assay.service.room import Room
from assay.service.settings import Settings

PATIENCE = 120_000
"""Milliseconds that a step may take on a machine that is busy with other things."""


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser that asks nobody anything by itself."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (the extra dev)")
    path = _chromium()
    if path is None:
        pytest.skip("no Chromium (Debian: apt-get install chromium)")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with api.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=[*quiet, "--disable-sync"], timeout=PATIENCE
        )
        yield browser
        browser.close()


@dataclass(frozen=True)
class House:
    """A service that runs, with the keys of an admin and of somebody who may look at nothing but a case."""

    address: str
    key: str
    bound: str
    case: str


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, start_service: Callable[..., Any]) -> House:
    """`assay serve` with its worker."""
    home = tmp_path_factory.mktemp("house")
    with Room.open(Settings(home=home, spare_bytes=0)) as room:
        _, key = room.keys.make("an admin", [Role.ADMIN], cases=None)
        case = room.cases.all()[0].id
        _, bound = room.keys.make("a desk", [Role.ANALYSE, Role.SUBMIT], cases=[case])
    served = start_service(home)
    return House(served.address, key, bound, case)


@dataclass
class Watched:
    """A window with a record of what should not have happened in it.

    Attributes
    ----------
    page
        Of playwright.
    faults : list of str
        What its console said, what it asked elsewhere, what failed.
    """

    page: Any
    address: str
    faults: list[str] = field(default_factory=list)

    def follow(self, page: Any) -> None:
        """Write down what happens in a page."""
        page.set_default_timeout(PATIENCE)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", self._asked)

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"asked {request.url}")

    def enter(self, key: str) -> None:
        """Sign in."""
        self.page.goto("/sign-in")
        self.page.fill("#key", key)
        self.page.press("#key", "Enter")
        self.page.wait_for_url(f"{self.address}/")


Open = Callable[..., Watched]


@pytest.fixture
def window(chromium: Any, house: House) -> Iterator[Open]:
    """Opens windows; at the end none of them may have had a fault."""
    opened: list[tuple[Any, Watched]] = []

    def made(
        *, key: str | None = None, locale: str = "en-GB", dark: bool = False, width: int = 1280
    ) -> Watched:
        context = chromium.new_context(
            base_url=house.address,
            locale=locale,
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 860},
            reduced_motion="reduce",
        )
        watched = Watched(context.new_page(), house.address)
        watched.follow(watched.page)
        opened.append((context, watched))
        watched.enter(house.key if key is None else key)
        return watched

    yield made
    faults = [fault for _, watched in opened for fault in watched.faults]
    for context, _ in opened:
        context.close()
    assert faults == []


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture with texture, whose name and metadata would be code somewhere else."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(1)
    rough = random.integers(0, 255, (96, 96, 3), dtype=np.uint8)
    shown = Image.fromarray(rough).resize((512, 512), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x010F] = HOSTILE
    exif[0x0131] = "{{ 7*7 }}" + HOSTILE
    place = tmp_path_factory.mktemp("pictures") / "<img src=x onerror=alert(1)>.jpg"
    shown.save(place, quality=92, exif=exif)
    return place


HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>'"


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of video."""
    import av
    import numpy as np

    place = tmp_path_factory.mktemp("films") / "clip.mp4"
    random = np.random.default_rng(2)
    with av.open(str(place), "w") as out:
        stream: Any = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        base = random.integers(0, 255, (240, 320, 3), dtype=np.uint8)
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(np.roll(base, 4 * number, axis=1), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return place


@pytest.fixture(scope="session")
def axe(repository: Path) -> str:
    """axe-core, as the tests of reports find it."""
    import os

    place = Path(os.environ.get("ASSAY_AXE") or repository / "node_modules" / "axe-core" / "axe.min.js")
    if not place.is_file():
        pytest.skip("no axe-core: npm install axe-core, or ASSAY_AXE=.../axe.min.js")
    return place.read_text(encoding="utf-8")
