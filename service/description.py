"""The description of the API (OpenAPI): what the framework finds, the form of errors, and how to show a key."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .access import MATRIX
from .problems import SCHEMA

__all__ = ["describe"]


def describe(app: FastAPI) -> None:
    """Let `app` give the full description at ``/openapi.json``."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            page = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
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
                if route is not None and row.roles is not None:
                    route["security"] = [{"key": []}]
                    route["x-assay-roles"] = sorted(row.roles)
            app.openapi_schema = page
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
