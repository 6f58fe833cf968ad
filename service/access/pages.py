"""What goes over the wire about keys."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ..limits import DEFAULT
from .caller import Caller, Role
from .keys import Key

__all__ = ["KeyPage", "KeyPages", "MadeKeyPage", "NewKey", "SelfPage"]

_KEY: dict[str, Any] = {
    "id": "0123456789abcdef",
    "name": "camera",
    "roles": ["submit"],
    "cases": ["0b0e7c1c-6a54-4d0e-8f5c-4f3f2a1d9c77"],
    "created": "2026-01-31T23:59:59.000000Z",
    "expires": None,
    "revoked": None,
}
_TOKEN = "ak_0123456789abcdef_" + "x" * 43


class NewKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "camera",
                    "roles": ["submit"],
                    "cases": ["0b0e7c1c-6a54-4d0e-8f5c-4f3f2a1d9c77"],
                    "expires": "2027-01-31T00:00:00Z",
                }
            ],
            # An admin is bound to no case.
            "anyOf": [
                {"properties": {"cases": {"type": "null"}}},
                {"properties": {"roles": {"not": {"contains": {"const": "admin"}}}}},
            ],
        },
    )

    name: Annotated[str, Field(min_length=1, max_length=DEFAULT.title_chars, pattern=r"^[^\x00-\x1f\x7f]+$")]
    roles: Annotated[list[Role], Field(min_length=1, max_length=len(Role))]
    cases: (
        Annotated[
            list[Annotated[str, Field(max_length=64, pattern=r"^[^\x00]+$")]],
            Field(min_length=1, max_length=DEFAULT.key_cases),
        ]
        | None
    ) = Field(default=None, description="Cases that it is bound to; null: it sees all of them.")
    expires: AwareDatetime | None = None


class KeyPage(BaseModel):
    """A key, without its secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEY]})

    id: str
    name: str
    roles: list[Role]
    cases: list[str] | None
    created: str
    expires: str | None
    revoked: str | None

    @classmethod
    def of(cls, key: Key) -> "KeyPage":
        """Show it."""
        return cls(
            id=key.id,
            name=key.name,
            roles=list(key.roles),
            cases=None if key.cases is None else list(key.cases),
            created=key.created,
            expires=key.expires,
            revoked=key.revoked,
        )


class KeyPages(BaseModel):
    """Every key that was ever made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"keys": [_KEY]}]})

    keys: list[KeyPage]


class MadeKeyPage(BaseModel):
    """A new key, and its secret for this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"key": _KEY, "token": _TOKEN}]})

    key: KeyPage
    token: str = Field(description="The key itself. It is shown this once; only its hash is kept.")


class SelfPage(BaseModel):
    """What a key may do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": _KEY["id"], "name": "camera", "roles": ["submit"], "cases": _KEY["cases"]}]
        }
    )

    id: str
    name: str
    roles: list[Role]
    cases: list[str] | None

    @classmethod
    def of(cls, caller: Caller) -> "SelfPage":
        """Show it."""
        cases = None if caller.cases is None else sorted(caller.cases)
        return cls(id=caller.key, name=caller.name, roles=sorted(caller.roles), cases=cases)
