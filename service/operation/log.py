"""Structured logs: a JSON object a line on standard error, without what evidence holds.

Of an error the kind and the places in the code are logged and never the message, which may quote what was parsed; of
a request its route, its ids and its key, and never its query, which may hold the name of a file.
"""

import logging
import sys
import traceback
from types import TracebackType
from typing import Any, Final

import structlog

__all__ = ["configure", "logger", "places"]

_MOST_FRAMES: Final = 30

logger: Any = structlog.get_logger("assay.service")


def configure(level: str = "info") -> None:
    """Let this process log to standard error, what its libraries say included.

    Parameters
    ----------
    level : str
        ``debug``, ``info``, ``warning`` or ``error``.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_messages,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=True, sort_keys=True),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Requests are logged by the service itself; its server would log their queries.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        theirs = logging.getLogger(name)
        theirs.handlers[:] = []
        theirs.propagate = True
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("alembic", "sqlalchemy", "httpx2", "httpcore2", "python_multipart"):
        logging.getLogger(name).setLevel(logging.WARNING)


def places(error: BaseException) -> list[str]:
    """Where an error arose, innermost last: ``file:line function``."""
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _without_messages(_: Any, __: str, line: "structlog.typing.EventDict") -> "structlog.typing.EventDict":
    given: Any = line.pop("exc_info", None)
    error: BaseException | None = None
    if isinstance(given, BaseException):
        error = given
    elif isinstance(given, tuple) and len(given) == 3:
        error = _of(given)
    elif given:
        error = sys.exc_info()[1]
    if error is not None:
        line["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
        line["places"] = places(error)
    line.pop("exc_text", None)
    line.pop("stack_info", None)
    return line


def _of(
    given: tuple[type[BaseException] | None, BaseException | None, TracebackType | None],
) -> BaseException | None:
    return given[1]
