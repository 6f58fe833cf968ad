"""The settings of a service, read from the environment: ``ASSAY_HOME``, ``ASSAY_DATABASE`` and so on.

Every field says what it does; ``docs/settings.md`` is made from that.
"""

from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ...errors import AssayError
from ..operation.targets import allowed

__all__ = ["Settings", "SettingsInvalid"]

_MIB = 1024 * 1024
_GIB = 1024 * _MIB


class SettingsInvalid(AssayError):
    """A setting of the service has a value that it cannot have."""

    code = "settings-invalid"


def _home() -> Path:
    return Path(platformdirs.user_data_dir("assay")) / "service"


class Settings(BaseSettings):
    """What an operator may choose; frozen, and the same for the server and its workers."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_", frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=_home,
        description="Folder of the service: database, evidence, uploads on their way. Only its owner may read it.",
        json_schema_extra={"shown": "the user's data folder, `assay/service`"},
    )
    database: SecretStr | None = Field(
        default=None,
        description=(
            "Address of the database, `postgresql+psycopg://USER:PASSWORD@HOST/NAME` (extra `postgres`) or "
            "`sqlite:////ABSOLUTE/PATH`."
        ),
        json_schema_extra={"shown": "an SQLite file in the home folder"},
    )
    store: str | None = Field(
        default=None,
        description=(
            "Where evidence lies: a folder, or `s3://BUCKET/PREFIX` (extra `s3`), which takes its region, keys and "
            "address from the usual `AWS_` variables."
        ),
        json_schema_extra={"shown": "the folder `store` in the home folder"},
    )
    host: str = Field(
        default="127.0.0.1",
        description=(
            "Address to listen on. On a loopback address only requests that name this machine are answered."
        ),
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    device: str = Field(
        default="auto", description="Where models run: `auto`, `cpu`, `cuda` or `cuda:N`.", max_length=32
    )
    upload_bytes: int = Field(
        default=4 * _GIB, ge=1, description="Longest upload in bytes; a longer one is answered with 413."
    )
    store_bytes: int = Field(
        default=0,
        ge=0,
        description="Most bytes of evidence that the store may hold, beyond which 507 is answered; 0 sets no bound.",
    )
    spare_bytes: int = Field(
        default=256 * _MIB,
        ge=0,
        description="Bytes of the disk that uploads leave free; an upload that would need them is answered with 507.",
    )
    stall_seconds: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description=(
            "Longest wait for the next bytes of an upload, after which 408 is answered, and for the end of the head "
            "of a request, after which the connection is closed."
        ),
    )
    slowest_bytes: int = Field(
        default=1024,
        ge=0,
        description="Fewest bytes a second that an upload must bring over its first minute and after; slower: 408.",
    )
    rate_per_minute: int = Field(
        default=1200,
        ge=1,
        description="Requests a minute that one key may make, at once or spread; more are answered with 429.",
    )
    refused_per_minute: int = Field(
        default=60,
        ge=1,
        description="Requests a minute without a valid key that one address may make; more are answered with 429.",
    )

    webhook: SecretStr | None = Field(
        default=None,
        description="Address (`https://`, `http://`) that each incident is posted to as JSON until it answers 2xx.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="With it `X-Assay-Signature: sha256=HEX` is sent along: HMAC-SHA256 of the body.",
    )
    syslog: str | None = Field(
        default=None,
        description="Address (`udp://`, `tcp://` or `tls://`, `HOST:PORT`) that every incident is sent to (RFC 5424).",
    )
    output_allow: str = Field(
        default="",
        description=(
            "Hosts and networks, with commas between, that incidents may be sent to; the two addresses above must be "
            "among them. A name that leads to this machine is refused unless that address is listed as well."
        ),
        json_schema_extra={"shown": "nothing"},
    )
    output_least_risk: float = Field(
        default=0.0, ge=0, description="Only incidents of at least this risk, in bits, are sent."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What is logged: `debug`, `info`, `warning` or `error` and above."
    )
    job_slots: int = Field(
        default=4, ge=1, le=64, description="Jobs that one worker has under way at a time."
    )
    job_seconds: float = Field(
        default=900.0,
        gt=0,
        description="Longest that one exhibit, or one batch of logs, may be worked on; then its job fails.",
    )
    job_memory_bytes: int = Field(
        default=6 * _GIB,
        ge=256 * _MIB,
        description="Most memory that one work process may hold; a job that needs more fails.",
    )
    work: bool = Field(
        default=True,
        description="Whether `assay serve` starts a worker of its own; without one, `assay worker` must run elsewhere.",
    )
    session_hours: float = Field(
        default=12.0,
        gt=0,
        le=24 * 30,
        description="Hours that a browser stays signed in to the page.",
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                driver = make_url(value.get_secret_value()).drivername
            except ArgumentError:
                raise ValueError("it is no address of a database") from None
            if driver not in ("sqlite", "postgresql+psycopg"):
                raise ValueError("only sqlite:/// and postgresql+psycopg:// are served")
        return value

    @field_validator("webhook")
    @classmethod
    def _known_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        place = None if value is None else urlsplit(value.get_secret_value())
        if place is not None and (place.scheme not in ("http", "https") or not place.hostname):
            raise ValueError("it is no address that begins with https:// or http://")
        return value

    @field_validator("syslog")
    @classmethod
    def _known_syslog(cls, value: str | None) -> str | None:
        if value is not None and (
            urlsplit(value).scheme not in ("udp", "tcp", "tls") or not urlsplit(value).hostname
        ):
            raise ValueError("it is no address that begins with udp://, tcp:// or tls://")
        return value

    @model_validator(mode="after")
    def _outputs_are_allowed(self) -> Self:
        webhook = None if self.webhook is None else self.webhook.get_secret_value()
        for name, place in (("webhook", webhook), ("syslog", self.syslog)):
            if place is not None and not allowed(urlsplit(place).hostname or "", self.output_allowed):
                raise ValueError(f"the host of ASSAY_{name.upper()} is not in ASSAY_OUTPUT_ALLOW")
        return self

    @property
    def output_allowed(self) -> tuple[str, ...]:
        """Hosts and networks that incidents may be sent to."""
        return tuple(each.strip() for each in self.output_allow.split(",") if each.strip())

    @classmethod
    def read(cls, **given: Any) -> Self:
        """Read the environment; what is `given` stands above it.

        Raises
        ------
        SettingsInvalid
            A value is none that the setting can have.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors()[0]
            name = "_".join(("ASSAY", *(str(part) for part in first["loc"]))).upper()
            raise SettingsInvalid(f"{name}: {first['msg']}") from None

    @property
    def database_url(self) -> str:
        """Address of the database, with its password."""
        if self.database is not None:
            return self.database.get_secret_value()
        return f"sqlite:///{self.home / 'room.sqlite3'}"

    @property
    def store_place(self) -> str:
        """Folder or address of the store."""
        return str(self.home / "store") if self.store is None else self.store
