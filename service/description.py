"""The description of the API (OpenAPI): what the framework finds, the kinds of problems, and how to show a key."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .access import MATRIX
from .kinds import kinds_at
from .problems import MEDIA_TYPE, SCHEMA, page_of

__all__ = ["describe"]

Page = dict[str, Any]

WORDS: Final = {
    "after": "The `next` of an answer.",
    "budget": "Most incidents that are given.",
    "custody_after": "The `custody_next` of an answer.",
    "exhibit": "SHA-256: only entries about this exhibit.",
    "form": "How the report is given; `zip` is the whole sealed folder.",
    "format": "Of the lines; `auto` looks at them.",
    "incident": "Id: only what was said of this incident.",
    "key": "Id of the key.",
    "lang": "Of the report.",
    "part": "Folder of the report.",
    "rank": "Of the incident, from 1.",
    "reason": "Why; the custody log keeps it.",
    "redact": "Leave names, places and identities out of the report.",
    "rows": "Most rows of the answer.",
    "state": "Only those in this state.",
    "verdict": "Only those that say this.",
}
"""What parameters mean that mean the same at every route."""

_NAMES: Final = {
    "/v1/artifacts/{name}": "NAME or NAME@VERSION.",
    "/v1/evidence": "Name of the exhibit, or, in a list, a part of it.",
    "/v1/triage": "Name of what is sent.",
}
_DONE: Final = "Done."


def describe(app: FastAPI) -> None:
    """Let `app` give the full description at ``/openapi.json``."""

    def described() -> Page:
        if app.openapi_schema is None:
            page = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            components = page.setdefault("components", {})
            schemas = components.setdefault("schemas", {})
            schemas["Problem"] = SCHEMA
            # The framework's own form of a refusal, which this service never sends.
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            components["securitySchemes"] = {
                "key": {"type": "http", "scheme": "bearer", "bearerFormat": "ak_ID_SECRET"}
            }
            for row in MATRIX:
                route = page["paths"].get(row.path, {}).get(row.method.lower())
                if route is None:
                    continue
                _answers(route, f"{row.method} {row.path}")
                _words(route, row.path, schemas)
                if row.roles is not None:
                    route["security"] = [{"key": []}]
                    route["x-assay-roles"] = sorted(row.roles)
            app.openapi_schema = page
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _words(route: Page, path: str, schemas: Page) -> None:
    """Say what parameters and answers are where the route itself does not."""
    for each in route.get("parameters", ()):
        if "description" not in each:
            named = _NAMES.get(path, "Name of a file, as the report has it.")
            told = named if each["name"] == "name" else WORDS.get(each["name"])
            each.update({} if told is None else {"description": told})
    for answer in route["responses"].values():
        if answer["description"] != "Successful Response":
            continue
        first: Page = next(iter(answer.get("content", {}).values()), {})
        model = str(first.get("schema", {}).get("$ref", "")).rsplit("/", 1)[-1]
        told = schemas.get(model, {}).get(
            "description", _DONE if "content" not in answer else route["summary"]
        )
        answer["description"] = str(told).split("\n")[0]


def _answers(route: Page, operation: str) -> None:
    """Say of each refusal which kinds it may be, with an example of each."""
    for status, answer in route["responses"].items():
        if not status.isdecimal() or int(status) < 400:
            continue
        # What answers a HEAD has no body.
        if operation.startswith("HEAD "):
            answer.pop("content", None)
            continue
        kinds = kinds_at(operation, int(status))
        schema: Page = {"$ref": "#/components/schemas/Problem"}
        if not any(kind.open for kind in kinds):
            codes = {"code": {"enum": [kind.code for kind in kinds]}}
            schema = {"allOf": [schema, {"type": "object", "properties": codes}]}
        examples = {
            kind.code: {"summary": kind.meaning, "value": page_of(kind.status, kind.code, kind.meaning)}
            for kind in kinds
        }
        answer["content"] = {MEDIA_TYPE: {"schema": schema, "examples": examples}}
        if int(status) == 429:
            answer["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string"}}}
