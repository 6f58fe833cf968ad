"""Every kind of problem that the service answers, by its code: what it means, and what to do.

``python -m assay.service.kinds > docs/problems.md`` writes the page; a test fails when it is not what this makes.
"""

import sys
from dataclasses import dataclass
from typing import Final

__all__ = ["KINDS", "Kind", "kinds_at", "page"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem.

    Attributes
    ----------
    code : str
        Stable.
    status : int
        HTTP status.
    meaning, remedy : str
        What happened; what to do.
    at : tuple of str | None
        Operations that may answer it, ``METHOD /path``; None: all that document its status.
    open : bool
        The code stands for many: those that a command has for the same input.
    """

    code: str
    status: int
    meaning: str
    remedy: str
    at: tuple[str, ...] | None = None
    open: bool = False


_UPLOADS: Final = ("POST /v1/evidence", "POST /v1/triage")
_MANY_CASES: Final = (
    "POST /v1/evidence",
    "POST /v1/analyses",
    "POST /v1/triage",
    "POST /v1/baselines",
    "GET /v1/baselines",
    "PUT /v1/baselines/use",
)
_LISTS: Final = (
    "GET /v1/evidence",
    "GET /v1/analyses",
    "GET /v1/triage",
    "GET /v1/incidents",
    "GET /v1/feedback",
    "GET /v1/suppressions",
)
_CANCELS: Final = (
    "DELETE /v1/analyses/{analysis}",
    "DELETE /v1/triage/{triage}",
    "DELETE /v1/baselines/fits/{fit}",
)
_NAMED: Final = (
    "POST /v1/analyses",
    "POST /v1/triage",
    "POST /v1/baselines",
    "POST /v1/triage/{triage}/incidents/{rank}/feedback",
)
_BODIES: Final = (
    "POST /v1/analyses",
    "POST /v1/baselines",
    "PUT /v1/baselines/use",
    "POST /v1/triage/{triage}/incidents/{rank}/feedback",
    "POST /v1/cases",
    "PATCH /v1/cases/{case}",
    "POST /v1/keys",
)

KINDS: Final = (
    Kind("bad-request", 400, "The body is no text in UTF-8.", "Send JSON.", _BODIES),
    Kind(
        "upload-malformed",
        400,
        "The body is not the form that its headers say.",
        "Send the bytes without a form.",
        _UPLOADS,
    ),
    Kind(
        "digest-unfit",
        400,
        "`Repr-Digest` holds no SHA-256.",
        "Send `sha-256=:BASE64:`, or leave it out.",
        _UPLOADS,
    ),
    Kind(
        "unidentified", 401, "There is no key, or none that is valid.", "Send `Authorization: Bearer ak_...`."
    ),
    Kind(
        "forbidden",
        403,
        "The key has no role that may do this.",
        "Use another key; `x-assay-roles` says which.",
    ),
    Kind(
        "foreign-request",
        403,
        "A browser sends it from another site.",
        "Open the page of the service itself.",
    ),
    Kind(
        "nothing-here", 404, "There is none, or none that this key may see.", "Ask a list for what there is."
    ),
    Kind("not-found", 404, "There is no such route.", "See `/openapi.json`.", ()),
    Kind("method-not-allowed", 405, "The route does not have this method.", "`Allow` says which it has.", ()),
    Kind("upload-stalled", 408, "The body came too slowly, or not to its end.", "Send it again.", _UPLOADS),
    Kind(
        "conflict",
        409,
        "The state does not allow it: it has ended, was taken back, is not empty, is the last one.",
        "Look at it again.",
        (*_CANCELS, "DELETE /v1/feedback/{mark}", "DELETE /v1/cases/{case}", "DELETE /v1/keys/{key}"),
    ),
    Kind(
        "repeated-differently",
        409,
        "An earlier request of this `Idempotency-Key` asked for something else.",
        "Give each request a name of its own.",
        _NAMED,
    ),
    Kind(
        "content-too-large",
        413,
        "The body is longer than the route takes.",
        "`/v1/quotas` says how long an upload may be.",
    ),
    Kind("range-unfit", 416, "There are no such bytes.", "`Content-Range` says how many there are."),
    Kind(
        "misdirected-request",
        421,
        "The request names a host that this service is not.",
        "Use `localhost`, or start it with `--host`.",
    ),
    Kind("invalid-request", 422, "A value is none that it can have.", "`detail` names it."),
    Kind(
        "case-needed",
        409,
        "The key sees several cases and the request names none.",
        "Name the case; `/v1/cases` lists them.",
        _MANY_CASES,
    ),
    Kind(
        "cursor-unfit",
        422,
        "`after` is no cursor that a list has given.",
        "Give what `next` of an earlier answer said.",
        _LISTS,
    ),
    Kind(
        "upload-differs",
        422,
        "The bytes that came do not have the hash that was declared.",
        "Send them again; nothing was kept.",
        _UPLOADS,
    ),
    Kind(
        "exhibit-repeated", 422, "The same exhibit is named twice.", "Name each once.", ("POST /v1/analyses",)
    ),
    Kind(
        "batch-twice",
        422,
        "There are both a body and evidence.",
        "Send one of them; the other would be dropped.",
        ("POST /v1/triage",),
    ),
    Kind(
        "batch-missing",
        422,
        "There is neither a body nor evidence.",
        "Send lines or a file, or name exhibits.",
        ("POST /v1/triage",),
    ),
    Kind(
        "key-unfit",
        409,
        "A key cannot be made like that.",
        "An admin is bound to no case.",
        ("POST /v1/keys",),
    ),
    Kind(
        "day-over",
        422,
        "The last day of what is said is over.",
        "Give a later one, or none.",
        ("POST /v1/triage/{triage}/incidents/{rank}/feedback",),
    ),
    Kind(
        "log-format-unknown",
        422,
        "The batch cannot be triaged as it was asked; the code is the one of `assay triage`.",
        "`detail` says why.",
        ("POST /v1/triage",),
        open=True,
    ),
    Kind(
        "rate-exceeded", 429, "Too many requests, jobs or watchers.", "`Retry-After` says when to come again."
    ),
    Kind("internal-error", 500, "The service failed; its log says where.", "Tell whoever runs it.", ()),
    Kind(
        "not-ready",
        503,
        "The database or the store cannot be reached.",
        "Come again later.",
        ("GET /readyz",),
    ),
    Kind("database-unreachable", 503, "The database does not answer.", "Come again later."),
    Kind(
        "store-unreachable",
        503,
        "The store does not answer, or does not hold what it should.",
        "Come again later; then tell whoever runs it.",
    ),
    Kind(
        "store-full",
        507,
        "A quota or the disk does not allow it; nothing is left of the upload.",
        "Delete something, or have the quota raised.",
    ),
)


def kinds_at(operation: str, status: int) -> list[Kind]:
    """Kinds that an operation (``METHOD /path``) may answer with a status that it documents."""
    return [kind for kind in KINDS if kind.status == status and (kind.at is None or operation in kind.at)]


_HEAD: Final = """# Problems of the service

Every refusal is a document of the type `application/problem+json` (RFC 9457). `type` is `urn:assay:error:CODE`, `code`
is stable, `detail` says what happened in words. This page is made by `python -m assay.service.kinds`;
`/openapi.json` says which of them each route may answer.

| status | code | what it means | what to do |
|---|---|---|---|
"""

_TAIL: Final = """
When a batch of logs is answered at once and cannot be triaged as it was asked, the code is the one that `assay triage`
has for it, such as `log-format-unknown`. A job that fails has a `code` of its own, which is no problem of a request:

| code of a job | what it means |
|---|---|
| `job-timeout` | an exhibit or a batch took longer than `ASSAY_JOB_SECONDS` |
| `job-memory` | it took more memory than `ASSAY_JOB_MEMORY_BYTES` |
| `job-crashed` | the process that did it died of it, twice |
| `job-lost` | the queue does not know it any more |
| others | as the command of the same name would say: the input itself is to blame |
"""


def page() -> str:
    """The whole page."""
    rows = (
        f"| {kind.status} | `{kind.code}` | {kind.meaning} | {kind.remedy} |\n"
        for kind in sorted(KINDS, key=lambda kind: kind.status)
    )
    return _HEAD + "".join(rows) + _TAIL


if __name__ == "__main__":
    sys.stdout.write(page())
