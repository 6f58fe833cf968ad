"""Bring generated requests to things that are there, or nearly all of them would be answered with 404.

``ASSAY_SEEDED`` holds JSON: names of parameters with ids that `run.py` has made. Requests that are meant to be wrong
are left as they are.
"""

import itertools
import json
import os
from typing import Any

import schemathesis
from schemathesis import GenerationMode

SEEDED: dict[str, list[str]] = json.loads(os.environ.get("ASSAY_SEEDED", "{}"))
TURNS = itertools.count()
OWN_KEY = os.environ.get("ASSAY_OWN_KEY", "")
NOBODY = {"sha256": "0" * 64, "key": "0" * 16}


@schemathesis.serializer("application/x-ndjson")
def lines(_: Any, value: Any) -> Any:
    return {"data": value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")}


@schemathesis.hook
def before_call(_: Any, case: Any, kwargs: Any) -> None:
    path: dict[str, Any] = case.path_parameters or {}
    meant = case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE
    if meant and next(TURNS) % 3:
        for name in path:
            if SEEDED.get(name) and case.method.upper() != "DELETE":
                path[name] = SEEDED[name][next(TURNS) % len(SEEDED[name])]
    if case.method.upper() == "DELETE":
        # What others are to find stays, and so does the key that asks.
        for name, value in path.items():
            if value in SEEDED.get(name, []) or value == OWN_KEY:
                path[name] = NOBODY.get(name, "0" * 32)
    if (
        case.method.upper() == "PATCH"
        and isinstance(case.body, dict)
        and path.get("case") in SEEDED.get("case", [])
    ):
        # A case that may hold nothing answers uploads with 507, as it should, which is a 5xx all the same.
        case.body.pop("quota_bytes", None)
    if meant:
        _name_the_case(case)


def _name_the_case(case: Any) -> None:
    """The key sees several cases, so that a request must say which one it means; no schema knows how many there are."""
    own = SEEDED.get("case")
    if not own:
        return
    documented = {each.name for each in case.operation.query}
    if "case" in documented and case.method.upper() in ("POST", "GET"):
        case.query = {**(case.query or {}), "case": own[0]}
    if isinstance(case.body, dict) and case.path in ("/v1/analyses", "/v1/baselines", "/v1/baselines/use"):
        case.body["case"] = own[0]
        if case.body.get("evidence") and SEEDED.get("sha256") and next(TURNS) % 2:
            case.body["evidence"] = SEEDED["sha256"][:1]
