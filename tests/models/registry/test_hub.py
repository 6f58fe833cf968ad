"""A real hub client against a server that lays files out as the hub does, on the loopback interface."""

import hashlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from assay.models.artifact import Artifact
from assay.models.artifact.refusals import ArtifactFileChanged
from assay.models.card import CardUnknownKey
from assay.models.registry import Registry
from assay.models.registry.hub import (
    HubFileWrongSize,
    HubMissingLibrary,
    HubNameInvalid,
    HubNotFound,
    HubOffline,
)

constants = pytest.importorskip("huggingface_hub.constants")

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "some-owner/plain-sum"


class Hub:
    """One repository: small files at /owner/name/resolve/REVISION/FILE, large ones redirected to a store."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.claims: dict[str, int] = {}
        self.large: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                hub.answer(self, with_body=False)

            def do_GET(self) -> None:
                hub.answer(self, with_body=True)

            def log_message(self, *parts: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, *, with_body: bool) -> None:
        self.asked.append((request.command, request.path))
        large = request.path.startswith("/store/")
        repository, _, rest = request.path.removeprefix("/").partition("/resolve/")
        revision, _, name = rest.partition("/")
        name = request.path.removeprefix("/store/") if large else name
        headers: dict[str, Any] = {"X-Repo-Commit": COMMIT}
        body, status = b"", 200
        if not large and (repository != REPOSITORY or revision not in ("main", "v1", COMMIT)):
            status, headers = (
                404,
                {"X-Error-Code": "RepoNotFound" if repository != REPOSITORY else "RevisionNotFound"},
            )
        elif name not in self.files:
            status, headers["X-Error-Code"] = 404, "EntryNotFound"
        else:
            body = self.files[name]
            tag = hashlib.sha256(body).hexdigest()
            headers |= {"ETag": f'"{tag}"', "Content-Length": self.claims.get(name, len(body))}
            if name in self.large and not large:
                status = 302
                headers |= {"Location": f"{self.endpoint}/store/{name}", "X-Linked-Etag": f'"{tag}"'}
                headers |= {"X-Linked-Size": self.claims.get(name, len(body)), "Content-Length": 0}
                body = b""
        request.send_response(status)
        for key, value in {"Content-Length": len(body), **headers}.items():
            request.send_header(key, str(value))
        request.end_headers()
        if with_body:
            request.wfile.write(body)


@pytest.fixture
def hub(artifact: Artifact) -> Iterator[Hub]:
    hub = Hub()
    hub.files = {path.name: path.read_bytes() for path in artifact.folder.iterdir()}
    weights = artifact.path("weights")
    hub.files |= {
        f"shared/{weights.name}": weights.read_bytes(),
        "README.md": b"hello",
        ".gitattributes": b"* text",
    }
    hub.large = {f"shared/{weights.name}"}
    yield hub
    hub.stop()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "no-token"))
    return tmp_path / "cache"


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry([tmp_path / "user"])


@pytest.mark.parametrize("revision", ["", "@v1", f"@{COMMIT}"])
def test_an_artifact_is_installed_from_a_hub(
    hub: Hub, registry: Registry, artifact: Artifact, revision: str
) -> None:
    installed = registry.install(f"hub:{REPOSITORY}{revision}", endpoint=hub.endpoint, expect=artifact.sha256)
    assert installed.sha256 == artifact.sha256
    assert registry.get("plain-sum").tensors("weights")["w"].tolist() == [0, 1, 2]
    assert not any("README" in path or "git" in path for _, path in hub.asked)
    # The card decides the commit; everything after it is asked for at that commit.
    assert all(
        f"/resolve/{COMMIT}/" in path
        for _, path in hub.asked
        if "card.json" not in path and "/store/" not in path
    )
    assert any(path.startswith("/store/") for _, path in hub.asked)


def test_shared_files_that_a_store_has_are_not_fetched(hub: Hub, artifact: Artifact, tmp_path: Path) -> None:
    registry = Registry([artifact.folder.parent, tmp_path / "user"])
    (artifact.folder / "LICENSE").unlink()  # else the one in the store is whole, and nothing needs installing
    assert registry.install(f"hub:{REPOSITORY}", endpoint=hub.endpoint).folder.parent == tmp_path / "user"
    assert not any("shared" in path for _, path in hub.asked)


def test_the_cache_answers_when_offline(
    hub: Hub, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HubOffline, match="folder or an archive"):
        registry.install(f"hub:{REPOSITORY}", endpoint=hub.endpoint)
    assert hub.asked == []
    monkeypatch.delenv("HF_HUB_OFFLINE")
    first = registry.install(f"hub:{REPOSITORY}", endpoint=hub.endpoint)
    hub.stop()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    again = Registry([tmp_path / "second"]).install(f"hub:{REPOSITORY}", endpoint=hub.endpoint)
    assert again.sha256 == first.sha256


def test_a_hub_that_does_not_answer_is_said_to_be_offline(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # the client waits longer before each new try
    with pytest.raises(HubOffline, match="cannot be reached") as caught:
        registry.install(f"hub:{REPOSITORY}", endpoint="http://127.0.0.1:9")
    assert caught.value.code == "hub-offline"


@pytest.mark.parametrize("source", ["hub:some-owner/other", f"hub:{REPOSITORY}@v2"])
def test_an_unknown_repository_or_revision_is_refused(hub: Hub, registry: Registry, source: str) -> None:
    with pytest.raises(HubNotFound, match="404"):
        registry.install(source, endpoint=hub.endpoint)
    assert registry.list() == ()


@pytest.mark.parametrize("name", ["card.json", "LICENSE"])
def test_a_missing_file_is_refused(hub: Hub, registry: Registry, name: str) -> None:
    del hub.files[name]
    with pytest.raises(HubNotFound, match=name):
        registry.install(f"hub:{REPOSITORY}", endpoint=hub.endpoint)
    assert list(registry.stores[0].iterdir()) == []


@pytest.mark.parametrize("name", ["card.json", "state.json", "shared"])
def test_a_file_longer_than_expected_is_not_downloaded(hub: Hub, registry: Registry, name: str) -> None:
    name = next(file for file in hub.files if file.startswith(name))
    hub.claims[name] = 1 << 40
    with pytest.raises(HubFileWrongSize, match=name):
        registry.install(f"hub:{REPOSITORY}", endpoint=hub.endpoint)
    assert not any(verb == "GET" and path.endswith(name) for verb, path in hub.asked)
    assert list(registry.stores[0].iterdir()) == []


def test_a_flipped_byte_from_the_hub_is_refused(hub: Hub, registry: Registry) -> None:
    hub.files["state.json"] = hub.files["state.json"].replace(b"3", b"4")
    with pytest.raises(ArtifactFileChanged, match=r"state\.json"):
        registry.install(f"hub:{REPOSITORY}", endpoint=hub.endpoint)
    assert list(registry.stores[0].iterdir()) == []


def test_a_card_that_lists_a_pickle_or_an_unknown_key_stops_before_other_files(
    hub: Hub, registry: Registry
) -> None:
    hub.files["card.json"] = hub.files["card.json"].replace(b'"seed"', b'"sead"')
    with pytest.raises(CardUnknownKey):
        registry.install(f"hub:{REPOSITORY}", endpoint=hub.endpoint)
    assert all(path.endswith("card.json") for _, path in hub.asked)


@pytest.mark.parametrize(
    "source",
    [
        "hub:",
        "hub:name",
        "hub:a/b/c",
        "hub:../x",
        "hub:a/..",
        "hub:a/b@",
        "hub:a/b@../x",
        "hub:a/b c",
        "hub:a/b@v1\n",
        "hub:é/b",
    ],
)
def test_what_is_no_hub_name_is_refused(registry: Registry, source: str) -> None:
    with pytest.raises(HubNameInvalid, match="hub:owner/name@revision"):
        registry.install(source)


def test_without_the_client_library_it_says_what_to_install(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(HubMissingLibrary, match="pip install"):
        registry.install(f"hub:{REPOSITORY}")


def test_importing_the_registry_loads_neither_client_nor_archives() -> None:
    code = (
        "import sys, assay.models.registry\n"
        "print({'huggingface_hub', 'tarfile', 'torch', 'onnx'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
