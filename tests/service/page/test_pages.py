"""Every page as HTML and as JSON: what holds for all of them."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.service.access.matrix import MATRIX
from assay.service.page.surface import POLICY
from assay.service.room import Room

PAGES = sorted(
    row.path
    for row in MATRIX
    if row.method == "GET" and not row.path.startswith(("/v1/", "/static/"))
    and row.path not in ("/healthz", "/readyz", "/openapi.json", "/metrics")
    and "{analysis}" not in row.path and "{triage}" not in row.path
)  # fmt: skip
LARGEST = 150_000


def _place(path: str, held: dict[str, str]) -> str:
    return path.format(name="clip-probe", **held)


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page(path: str, language: str, signed: Any, held: dict[str, str]) -> None:
    browser = signed("admin")
    answer = browser.see(_place(path, held), **{"accept-language": language})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "private, no-store"
    assert "<b>note</b>" not in answer.text
    # Nothing that the policy would refuse, and nothing from elsewhere.
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|\bon[a-z]+=|<style|javascript:", answer.text)
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", answer.text)
    # Every form that changes something brings its proof.
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", answer.text, re.DOTALL):
        assert 'name="proof"' in form or 'action="/sign-in"' in form


@pytest.mark.parametrize("path", PAGES)
def test_its_twin(path: str, signed: Any, held: dict[str, str]) -> None:
    browser = signed("admin")
    place = _place(path, held)
    bare, query, rest = place.partition("?")
    by_end = browser.see(("/index" if bare == "/" else bare) + ".json" + query + rest)
    by_header = browser.see(place, accept="application/json")
    assert by_end.headers["content-type"] == by_header.headers["content-type"] == "application/json"
    assert by_end.json().keys() == by_header.json().keys()


def _loads(text: str) -> set[str]:
    """Names of what a page loads, with what its modules import."""
    from assay.service.page.files import FILES

    found = set(re.findall(r"/static/[0-9a-f]+/([\w.-]+\.(?:js|css|svg))", text))
    for name in sorted(found):
        found |= set(re.findall(r'from "\./([\w-]+\.js)"', FILES[name].content.decode()))
    return found


def test_pages_are_small(signed: Any, held: dict[str, str]) -> None:
    from assay.service.page.files import FILES

    browser = signed("admin")
    for path in PAGES:
        answer = browser.see(_place(path, held))
        loaded = sum(len(FILES[name].content) for name in _loads(answer.text))
        assert loaded > 10_000
        assert len(answer.content) + loaded < LARGEST, (path, len(answer.content), loaded)


def test_an_address_that_leads_nowhere(app: TestClient, signed: Any) -> None:
    browser = signed("admin")
    lost = browser.see("/nothing")
    assert lost.status_code == 404 and "<html" in lost.text
    assert browser.see("/nothing", accept="application/json").json()["code"] == "not-found"
    assert browser.see("/v1/nothing").json()["code"] == "not-found"
    assert browser.see("/cases/none").status_code == 404


def test_a_role_that_lacks_is_named(signed: Any) -> None:
    browser = signed("analyse")
    answer = browser.see("/custody")
    assert answer.status_code == 403 and "auditor" in answer.text and "<html" in answer.text
    assert 'href="/custody"' not in browser.see("/").text
    assert browser.see("/custody.json").json()["code"] == "forbidden"
    assert "/keys/" not in browser.see("/keys").text


def test_cases_are_a_boundary(room: Room, signed: Any, held: dict[str, str]) -> None:
    other = room.cases.make("elsewhere")
    browser = signed("analyse", cases=[other.id])
    for path in (f"/cases/{held['case']}", f"/evidence/{held['sha256']}"):
        assert browser.see(path).status_code == 404
    for path in ("/", "/cases", "/evidence", "/search?q=note", "/health", "/search?q=" + held["sha256"][:10]):
        assert held["case"] not in browser.see(path).text, path


def test_looking_at_an_exhibit_is_entered(signed: Any, held: dict[str, str]) -> None:
    browser = signed("admin")
    browser.see(f"/evidence/{held['sha256']}")
    entries = browser.see(f"/custody.json?exhibit={held['sha256']}").json()["entries"]
    assert [each["what"] for each in entries] == ["read", "received"]


def test_preferences_are_kept(app: TestClient, signed: Any) -> None:
    browser = signed("admin")
    answer = browser.see("/cases?lang=zh-Hant&theme=dark&x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases?x=1")
    page = browser.see("/cases").text
    assert 'lang="zh-Hant" data-theme="dark"' in page


def test_forms(room: Room, signed: Any, held: dict[str, str]) -> None:
    browser = signed("admin")
    made = browser.fill("/cases", name="second", quota="3", keep="")
    case = made.headers["location"].rpartition("/")[2]
    assert room.cases.one(case).quota_bytes == 3_000_000
    browser.fill(f"/cases/{case}", name="2nd", note="n", quota="", keep="7")
    changed = room.cases.one(case)
    assert (changed.name, changed.note, changed.quota_bytes, changed.keep_days) == ("2nd", "n", None, 7)
    key = browser.fill("/keys", name="new", roles=["submit", "analyse"], cases=[case], expires="2099-01-01")
    assert re.search(r"ak_[0-9a-f]{16}_[\w-]{43}", key.text)
    found = next(each for each in room.keys.all() if each.name == "new")
    assert found.cases == (case,) and found.expires == "2099-01-01T00:00:00.000000Z"
    browser.fill(f"/keys/{found.id}/revoke")
    assert not next(each for each in room.keys.all() if each.name == "new").valid
    assert browser.fill("/cases", name="").status_code == 422
    gone = browser.fill(f"/evidence/{held['sha256']}/delete", case=held["case"], reason="why")
    assert gone.headers["location"] == f"/cases/{held['case']}"
    assert browser.see(f"/evidence/{held['sha256']}").status_code == 404
    assert browser.fill(f"/cases/{case}/delete", reason="r").headers["location"] == "/cases"


def test_an_upload_without_scripts(room: Room, app: TestClient, signed: Any) -> None:
    from .conftest import OWN

    browser = signed("submit")
    case = room.cases.make("another").id
    fields = {"proof": browser.proof, "case": case}
    answer = app.post("/upload", data=fields, files={"file": ("../b.txt", b"abc")}, headers=OWN)
    assert answer.status_code == 303
    (held,) = room.exhibits.page([case], rows=2)
    assert answer.headers["location"] == f"/evidence/{held.sha256}" and held.name == "b.txt"
    long = app.post("/upload", data=fields, files={"file": ("c", b"x" * 3_000_000)}, headers=OWN)
    assert long.status_code == 413 and "<html" in long.text


def test_files_are_kept_by_browsers_until_they_change(app: TestClient) -> None:
    from assay.service.page.files import VERSION

    now = app.get(f"/static/{VERSION}/assay.css")
    assert now.headers["content-type"].startswith("text/css") and "immutable" in now.headers["cache-control"]
    assert app.get("/static/old/assay.css").headers["cache-control"] == "no-cache"
    for name in ("nothing.js", "..%2Fframe.py", "frame.py"):
        assert app.get(f"/static/{VERSION}/{name}").status_code == 404


def test_a_fault_of_the_service_is_a_page_that_quotes_nothing(
    room: Room, signed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed("admin")

    def broken(*_: Any) -> None:
        raise RuntimeError("secret.jpg")

    monkeypatch.setattr(type(room.cases), "all", broken)
    browser.client._transport.raise_server_exceptions = False
    for accept in ("text/html", "application/json"):
        answer = browser.see("/cases", accept=accept)
        assert answer.status_code == 500 and "internal-error" in answer.text and "secret" not in answer.text
        assert ("<html" in answer.text) == (accept == "text/html")
