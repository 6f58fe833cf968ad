"""The pages of logs: what they show, whom they let, what their forms do; all that a log says is text on them."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.service.access import Role
from assay.service.database.tables import mark
from assay.service.room import Room
from assay.triage.detectors import cards

from .test_injection import HOSTILE, _sound

Ask = Callable[[str, str], Any]
LANGUAGES = ("en", "zh-Hant")


@pytest.fixture
def ask(app: TestClient, room: Room) -> Iterator[Callable[..., Any]]:
    """Asks the service itself with the key of an admin, as a program does."""
    _, token = room.keys.make("a program", [Role.ADMIN], cases=None)

    def made(method: str, path: str, **how: Any) -> Any:
        with TestClient(app.app, base_url="http://localhost:8000") as client:
            answer = client.request(method, path, headers={"authorization": f"Bearer {token}"}, **how)
        assert answer.status_code < 300, answer.text
        return answer.json()

    yield made


@pytest.fixture(scope="module")
def night() -> bytes:
    """A night of logs with twelve things in it."""
    rows: list[dict[str, Any]] = []
    for number in range(240):
        if number % 20 == 0:
            rare = {"EventID": 7040 + number // 20, "Channel": "System", "Hostname": f"ws{number // 20 % 3}"}
            rows.append(rare | {"@timestamp": f"2026-01-31T{number // 20:02d}:30:00Z"})
        usual = {"EventID": 4624, "Channel": "Security", "Hostname": f"ws{number % 3}"}
        rows.append(
            usual | {"TargetUserName": f"u{number % 5}", "@timestamp": f"2026-01-31T{number % 24:02d}:00:00Z"}
        )
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.fixture
def triaged(ask: Any, night: bytes) -> dict[str, Any]:
    """A batch with its incidents."""
    page: dict[str, Any] = ask("POST", "/v1/triage", params={"name": "night.jsonl"}, content=night)
    assert page["state"] == "done" and len(page["incidents"]) > 3
    return page


def _say(ask: Any, triaged: dict[str, Any], rank: int, verdict: str, **more: str) -> str:
    place = f"/v1/triage/{triaged['id']}/incidents/{rank}/feedback"
    said: str = ask("POST", place, json={"verdict": verdict, **more})["id"]
    return said


def test_incidents_of_all_batches(ask: Any, triaged: dict[str, Any], signed: Any) -> None:
    _say(ask, triaged, 2, "true")
    browser = signed("triage")
    view = browser.see("/incidents.json").json()
    risks = [each["risk"] for each in view["incidents"]]
    assert risks == sorted(risks, reverse=True) and len(risks) == len(triaged["incidents"])
    assert {each["rank"]: each["mark"] and each["mark"]["verdict"] for each in view["incidents"]}[2] == "true"
    some = browser.see("/incidents.json?value=ws1").json()["incidents"]
    wanted = [each for each in view["incidents"] if ["host", "ws1"] in each["who"]]
    assert (
        some == [{**each, "share": here["share"]} for each, here in zip(wanted, some, strict=True)] and some
    )
    page = browser.see("/incidents?value=ws1").text
    assert f'href="/triage/{triaged["id"]}/incidents/{some[0]["rank"]}"' in page
    assert "No incident involves this" in browser.see("/incidents?value=ws").text
    assert browser.see("/incidents?after=nonsense").status_code == 422


def test_incidents_are_turned_over(ask: Any, night: bytes, signed: Any, monkeypatch: Any) -> None:
    import assay.service.page.routes.incidents as module

    for number in range(2):
        ask("POST", "/v1/triage", content=night + b'{"EventID": %d}\n' % number)
    whole = [(e["batch"], e["rank"]) for e in signed("auditor").see("/incidents.json").json()["incidents"]]
    monkeypatch.setattr(module, "ROWS", 5)
    browser, seen, place = signed("auditor"), [], "/incidents"
    while place:
        seen += re.findall(r'href="/triage/(\w+)/incidents/(\d+)"', page := browser.see(place).text)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        place = found[1].replace("&amp;", "&") if found else ""
    assert [(batch, int(rank)) for batch, rank in seen] == whole and len(whole) > 10


def test_a_search_finds_what_incidents_involve(triaged: dict[str, Any], signed: Any) -> None:
    found = signed("triage").see("/search.json?q=ws2").json()["incidents"]
    assert found and all(["host", "ws2"] in each["who"] for each in found)
    page = signed("auditor").see("/search?q=ws2").text
    assert 'href="/incidents?value=ws2"' in page
    # Who may see no incidents is told of none.
    assert signed("analyse").see("/search.json?q=ws2").json()["incidents"] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_suppressions(language: str, ask: Any, triaged: dict[str, Any], signed: Any, room: Room) -> None:
    known = _say(ask, triaged, 1, "benign", reason="<b>patch</b> night", until="2099-12-31")
    alarm = _say(ask, triaged, 2, "false")
    _say(ask, triaged, 3, "true")
    back = _say(ask, triaged, 4, "benign", reason="by mistake")
    ask("DELETE", f"/v1/feedback/{back}")
    browser = signed("triage")
    view = browser.see("/suppressions.json").json()
    assert [each["id"] for each in view["marks"]] == [alarm, known]
    assert view["places"] == {known: [triaged["id"], 1], alarm: [triaged["id"], 2]}
    every = browser.see("/suppressions.json?every=1").json()["marks"]
    assert [(each["id"], each["counts"]) for each in every] == [(back, False), (alarm, True), (known, True)]
    page = browser.see("/suppressions", **{"accept-language": language}).text
    assert "&lt;b&gt;patch&lt;/b&gt; night" in page and "2099-12-31" in page and back not in page
    rule = next(each["rule"] for each in view["marks"] if each["id"] == known)
    assert re.search(rf'<span class="small" lang="en">{re.escape(rule[:20])}', page)
    assert f'href="/triage/{triaged["id"]}/incidents/1"' in page
    # Taken back on the page, it is as if the program had done it.
    assert browser.fill(f"/suppressions/{known}/undo").headers["location"] == "/suppressions"
    assert [each["id"] for each in browser.see("/suppressions.json").json()["marks"]] == [alarm]
    assert browser.fill(f"/suppressions/{known}/undo").status_code == 409
    # What has ended is shown among all only.
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    with room.database.writing() as connection:
        stored = json.loads(connection.execute(mark.select().where(mark.c.id == alarm)).one().page)
        connection.execute(
            mark.update()
            .where(mark.c.id == alarm)
            .values(until=yesterday, page=json.dumps(stored | {"until": yesterday}))
        )
    assert browser.see("/suppressions.json").json()["marks"] == []
    assert not browser.see("/suppressions.json?every=1").json()["marks"][1]["counts"]


def test_a_later_word_stands_for_an_earlier_one(ask: Any, triaged: dict[str, Any], signed: Any) -> None:
    first = _say(ask, triaged, 1, "benign")
    later = _say(ask, triaged, 1, "true")
    browser = signed("triage")
    assert browser.see("/suppressions.json").json()["marks"] == []
    assert ask("GET", "/v1/suppressions")["feedback"] == []
    ask("DELETE", f"/v1/feedback/{later}")
    assert [each["id"] for each in browser.see("/suppressions.json").json()["marks"]] == [first]


@pytest.mark.parametrize("language", LANGUAGES)
def test_baselines(
    language: str, room: Room, signed: Any, put: Any, batch: bytes, working: Any, ended: Any
) -> None:
    case = room.cases.all()[0].id
    normal = put(batch.replace(b"7045", b"4634"), "<i>normal</i>.jsonl")
    browser = signed("triage")
    here = f"/baselines?case={case}"
    fields = {"case": case, "name": "office"}
    for wrong in (fields, fields | {"evidence": [normal], "name": "../x"}, fields | {"evidence": ["x"]}):
        assert browser.fill("/baselines", **wrong).status_code == 422
    assert browser.fill("/baselines", **fields, evidence=[normal], held_out="51").status_code == 422
    made = browser.fill("/baselines", **fields, evidence=[normal], held_out="0")
    assert (made.status_code, made.headers["location"]) == (303, here)
    (fit,) = browser.see(f"/baselines.json?case={case}").json()["fits"]
    page = browser.see(here, **{"accept-language": language}).text
    assert f'data-follow="/v1/baselines/fits/{fit["id"]}/events"' in page and "follow.js" in page
    assert "&lt;i&gt;normal&lt;/i&gt;.jsonl" in page
    # Cancelled, it is done no more; asked for again, a worker does it.
    assert browser.fill(f"/baselines/fits/{fit['id']}/cancel").headers["location"] == here
    assert browser.fill(f"/baselines/fits/{fit['id']}/cancel").status_code == 409
    assert browser.see("/baselines.json").json()["fits"][0]["state"] == "cancelled"
    working()
    for name in ("office", "branch"):
        browser.fill("/baselines", case=case, name=name, evidence=[normal], held_out="20")
    for each in browser.see("/baselines.json").json()["fits"][:2]:
        assert ended(each["id"]).state == "done"
    assert browser.fill("/baselines/sum", **fields, first="office", second="nothing").status_code == 404
    browser.fill("/baselines/sum", case=case, name="both", first="office@1.0.0", second="branch@1.0.0")
    assert ended(browser.see("/baselines.json").json()["fits"][0]["id"]).state == "done"
    view = browser.see("/baselines.json").json()
    held = {each["name"]: each["records"] for each in view["baselines"]}
    assert held["both"] == held["office"] + held["branch"] and view["used"] is None
    assert browser.fill("/baselines/use", case=case, baseline="both@1.0.0").headers["location"] == here
    assert browser.see("/baselines.json").json()["used"] == "both@1.0.0"
    assert "both@1.0.0" in browser.see(here, **{"accept-language": language}).text
    browser.fill("/baselines/use", case=case, baseline="")
    assert browser.see("/baselines.json").json()["used"] is None


def test_detectors(signed: Any) -> None:
    browser = signed("submit")
    page = browser.see("/detectors").text
    assert len(cards()) == len(browser.see("/detectors.json").json()["cards"]) == page.count("<section id=")
    for name in cards():
        assert f'<section id="{name}">' in page and f'href="#{name}"' in page
    # Who may see no incidents is led to none.
    assert "/incidents" not in page and "/incidents?value=T1078" in signed("auditor").see("/detectors").text


def test_who_may(ask: Any, triaged: dict[str, Any], signed: Any, room: Room) -> None:
    said = _say(ask, triaged, 1, "benign")
    pages = ("/incidents", "/suppressions", "/baselines")
    for path in pages:
        assert signed("analyse").see(path).status_code == 403
    auditor = signed("auditor")
    for path in pages:
        assert auditor.see(path).status_code == 200
        assert 'method="post" action="/s' not in auditor.see(path).text.replace("/sign-out", "")
    assert auditor.fill(f"/suppressions/{said}/undo").status_code == 403
    # Another case's: neither shown nor there.
    other = room.cases.make("elsewhere").id
    stranger = signed("triage", cases=[other])
    for path in pages:
        page = stranger.see(path).text
        assert triaged["id"] not in page and said not in page and triaged["case"] not in page
    assert stranger.fill(f"/suppressions/{said}/undo").status_code == 404
    assert stranger.see(f"/baselines?case={triaged['case']}").status_code == 404
    fields = {"case": triaged["case"], "name": "x", "evidence": ["0" * 64]}
    assert stranger.fill("/baselines", **fields).status_code == 404
    assert stranger.fill("/baselines/use", case=triaged["case"]).status_code == 404
    assert stranger.see("/search.json?q=ws1").json()["incidents"] == []


def test_forms_without_their_proof_do_nothing(ask: Any, triaged: dict[str, Any], signed: Any) -> None:
    said = _say(ask, triaged, 1, "benign")
    browser = signed("triage")
    for path in (f"/suppressions/{said}/undo", "/baselines/use", "/baselines", "/baselines/sum"):
        answer = browser.fill(path, proof="wrong", case=triaged["case"], name="x", evidence=["0" * 64])
        assert answer.status_code == 403, path
    assert len(browser.see("/suppressions.json").json()["marks"]) == 1


@pytest.mark.parametrize(
    ("text", "language"),
    [(text, LANGUAGES[place % 2]) for place, text in enumerate(HOSTILE)],
    ids=range(len(HOSTILE)),
)
def test_what_a_log_says_is_text(text: str, language: str, ask: Any, signed: Any, night: bytes) -> None:
    rows = [json.loads(line) for line in night.splitlines()]
    for row in rows:
        if row["Channel"] == "System":
            row |= {"Hostname": text, "TargetUserName": text, "Image": text, "CommandLine": text, text: text}
    body = "".join(json.dumps(row) + "\n" for row in rows).encode()
    page = ask("POST", "/v1/triage", params={"name": "a.jsonl"}, content=body)
    first = next(
        each["rank"] for each in page["incidents"] if text.strip() in each["entities"].get("host", [text])
    )
    _say(ask, page, first, "benign", reason=text)
    browser = signed("triage")
    for path in ("/incidents", "/suppressions", "/suppressions?every=1", "/triage", f"/triage/{page['id']}",
                 f"/triage/{page['id']}/incidents/{first}"):  # fmt: skip
        answer = browser.see(path, **{"accept-language": language})
        assert answer.status_code == 200, path
        _sound(answer.text)
    for path, name in (("/incidents", "value"), ("/search", "q"), (f"/triage/{page['id']}", "value")):
        _sound(browser.client.get(path, params={name: text}, headers={"accept-language": language}).text)
