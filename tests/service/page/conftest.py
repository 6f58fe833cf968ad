"""A browser that is signed in, without a browser: its cookie, and what its forms send along."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.service.access import Role
from assay.service.app import create_app
from assay.service.room import Room
from assay.service.settings import Settings

BASE = "http://localhost:8000"
OWN = {"origin": BASE, "sec-fetch-site": "same-origin"}


@dataclass
class Browser:
    """What a person does with the page."""

    client: TestClient

    def sign_in(self, key: str, next: str = "/", **headers: str) -> Any:
        return self.client.post("/sign-in", data={"key": key, "next": next}, headers=OWN | headers)

    @property
    def proof(self) -> str:
        found = re.search(r'name="assay-proof" content="([^"]+)"', self.see("/help").text)
        assert found
        return found[1]

    def see(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def fill(self, path: str, *, headers: dict[str, str] | None = None, **fields: Any) -> Any:
        """Send a form of a page."""
        return self.client.post(path, data={"proof": self.proof} | fields, headers=OWN | (headers or {}))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", device="cpu", upload_bytes=2_000_000, spare_bytes=0)


@pytest.fixture
def app(room: Room) -> Iterator[TestClient]:
    with TestClient(create_app(room), base_url=BASE, follow_redirects=False) as client:
        client.headers.update({"accept": "text/html,*/*"})
        yield client


Signed = Callable[..., Browser]


@pytest.fixture
def signed(app: TestClient, room: Room) -> Signed:
    """Makes a key with these roles and signs in with it."""

    def made(*roles: str, cases: list[str] | None = None) -> Browser:
        app.cookies.clear()
        _, token = room.keys.make("the-" + "-".join(roles), [Role(each) for each in roles], cases=cases)
        browser = Browser(app)
        assert browser.sign_in(token).status_code == 303
        return browser

    return made


@pytest.fixture
def held(room: Room) -> dict[str, str]:
    """An exhibit in the first case."""
    case = room.cases.all()[0].id
    with room.store.arrival() as arrival:
        arrival.write(b"not a picture")
        made, _ = room.exhibits.receive(arrival, case_id=case, name="<b>note</b>.txt", by="test")
    return {"case": case, "sha256": made.sha256}
