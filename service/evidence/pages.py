"""What goes over the wire about exhibits and cases."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ...evidence.custody import Entry
from ..examples import CASE, SHA256, WHEN, example
from ..limits import DEFAULT
from .cases import Case
from .exhibits import Held

__all__ = [
    "CaseChange",
    "CasePage",
    "CasePages",
    "CustodyPage",
    "EntryPage",
    "ExhibitPage",
    "HeldPage",
    "HeldPages",
    "NewCase",
    "QuotaPage",
]

_HELD: dict[str, Any] = {
    "case": CASE,
    "sha256": SHA256,
    "size": 4,
    "name": "photo.jpg",
    "received": WHEN,
    "received_by": "key 0123456789abcdef: camera",
}
_ENTRY: dict[str, Any] = {
    "number": 7,
    "when": WHEN,
    "who": "key 0123456789abcdef: camera",
    "what": "received",
    "exhibit": SHA256,
    "artifacts": [],
    "details": {"case": CASE, "name": "photo.jpg", "size": 4},
    "tool": "assay 0.3.0",
    "previous": "0" * 64,
    "hash": "4" * 64,
}

_CASE_PAGE: dict[str, Any] = {
    "id": CASE,
    "name": "Harbour",
    "note": "",
    "created": WHEN,
    "quota_bytes": 10_000_000_000,
    "keep_days": 365,
    "exhibits": 12,
    "bytes": 48_000_000,
}


class HeldPage(BaseModel):
    """That a case holds an exhibit."""

    model_config = example(_HELD)

    case: str
    sha256: str
    size: int
    name: str
    received: str
    received_by: str

    @classmethod
    def of(cls, held: Held) -> "HeldPage":
        """Show it."""
        return cls(
            case=held.case,
            sha256=held.sha256,
            size=held.size,
            name=held.name,
            received=held.received,
            received_by=held.received_by,
        )


class HeldPages(BaseModel):
    """Some exhibits, newest first."""

    model_config = example({"exhibits": [_HELD], "next": None})

    exhibits: list[HeldPage]
    next: str | None = Field(description="Give it as `after` to get the following ones; null at the end.")


class EntryPage(BaseModel):
    """An entry of the custody log."""

    model_config = example(_ENTRY)

    number: int
    when: str
    who: str
    what: str
    exhibit: str | None
    artifacts: list[str]
    details: dict[str, Any]
    tool: str
    previous: str
    hash: str

    @classmethod
    def of(cls, entry: Entry) -> "EntryPage":
        """Show it."""
        return cls(
            number=entry.number,
            when=entry.when,
            who=entry.who,
            what=entry.what,
            exhibit=entry.exhibit,
            artifacts=list(entry.artifacts),
            details=dict(entry.details),
            tool=entry.tool,
            previous=entry.previous,
            hash=entry.hash,
        )


class CustodyPage(BaseModel):
    """Some entries of the custody log, in their order."""

    model_config = example({"entries": [_ENTRY], "next": None})

    entries: list[EntryPage]
    next: int | None = Field(description="Give it as `after` to get the following ones; null at the end.")


class ExhibitPage(BaseModel):
    """An exhibit, where it is held and what happened to it, as far as the key may see."""

    model_config = example(
        {"sha256": SHA256, "size": 4, "held": [_HELD], "custody": [_ENTRY], "custody_next": None}
    )

    sha256: str
    size: int
    held: list[HeldPage]
    custody: list[EntryPage]
    custody_next: int | None = Field(description="Give it as `custody_after` to get the following entries.")


Name = Annotated[str, Field(min_length=1, max_length=DEFAULT.title_chars, pattern=r"^[^\x00-\x1f\x7f]+$")]
Note = Annotated[str, Field(max_length=DEFAULT.note_chars, pattern=r"^[^\x00]*$")]


def _whole(value: Any) -> Any:
    """JSON has one kind of number, so 365.0 is 365."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Quota = Annotated[int, Field(ge=0, le=2**53, strict=True), BeforeValidator(_whole)]
Days = Annotated[int, Field(ge=1, le=36_500, strict=True), BeforeValidator(_whole)]


class NewCase(BaseModel):
    """A case to open."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "Harbour", "quota_bytes": 10_000_000_000, "keep_days": 365}]
        },
    )

    name: Name
    note: Note = ""
    quota_bytes: Quota | None = None
    keep_days: Days | None = None


class CaseChange(BaseModel):
    """What changes of a case; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"keep_days": 730}]})

    name: Name = ""
    note: Note = ""
    quota_bytes: Quota | None = None
    keep_days: Days | None = None


class CasePage(BaseModel):
    """A case."""

    model_config = example(_CASE_PAGE)

    id: str
    name: str
    note: str
    created: str
    quota_bytes: int | None
    keep_days: int | None
    exhibits: int
    bytes: int

    @classmethod
    def of(cls, case: Case) -> "CasePage":
        """Show it."""
        return cls(
            id=case.id,
            name=case.name,
            note=case.note,
            created=case.created,
            quota_bytes=case.quota_bytes,
            keep_days=case.keep_days,
            exhibits=case.exhibits,
            bytes=case.bytes,
        )


class CasePages(BaseModel):
    """The cases that the key may see."""

    model_config = example({"cases": [_CASE_PAGE]})

    cases: list[CasePage]


class QuotaPage(BaseModel):
    """What is used, and what may be."""

    model_config = example(
        {
            "upload_bytes": 4_294_967_296,
            "store_bytes": None,
            "store_used_bytes": 48_000_000,
            "free_bytes": 120_000_000_000,
            "requests_per_minute": 1200,
            "cases": [],
        }
    )

    upload_bytes: int = Field(description="Longest upload.")
    store_bytes: int | None = Field(description="Most bytes of the room; null: no bound. Admins only.")
    store_used_bytes: int | None = Field(description="Bytes of the room. Admins only.")
    free_bytes: int | None = Field(description="Bytes that the disk has left. Admins only.")
    requests_per_minute: int
    cases: list[CasePage]
