"""The description of the API is kept: every answer has a documented status and form, and none is a failure."""

import os
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.schemas import BaseSchema
from starlette.testclient import TestClient

from assay.service.access import MATRIX
from assay.service.app import create_app
from assay.service.room import Room
from assay.service.settings import Settings

EXAMPLES = int(os.environ.get("ASSAY_TEST_EXAMPLES", "30"))
"""Cases for each endpoint; `make soak` sends more."""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BaseSchema, dict[str, str]]]:
    given = {"work": False, "rate_per_minute": 10**9, "refused_per_minute": 10**9, "host": "0.0.0.0"}
    home = tmp_path_factory.mktemp("described")
    with Room.open(Settings(home=home, device="cpu", spare_bytes=0, **given)) as room:
        app = create_app(room)
        with TestClient(app, base_url="http://localhost"):
            token = room.keys.make_first()
            schema = schemathesis.openapi.from_asgi("/openapi.json", app)
            yield schema, {"Authorization": f"Bearer {token}"}


OTHERS = ("/healthz", "/metrics", "/readyz", "/openapi.json")
ROUTES = [(row.method, row.path) for row in MATRIX if row.path.startswith("/v1/") or row.path in OTHERS]


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=" ".join)
def test_answers_are_those_described(
    described: tuple[BaseSchema, dict[str, str]], method: str, path: str
) -> None:
    schema, key = described

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=schema[path][method].as_strategy())
    def answered(case: Case) -> None:
        case.call_and_validate(headers=key)

    answered()
