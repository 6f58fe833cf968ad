"""Content Credentials verified by the C2PA library, as bounded plain values. Runs inside the bounded child.

Nothing is fetched: a manifest that lies elsewhere is told of, with its address, and stays unread.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["manifests"]

_MOST_MANIFESTS = 32
_MOST_ITEMS = 32
_MOST_CODES = 64
_MOST_CHARS = 300
_URL = re.compile(r"https?://[^\s\"'<>]{1,400}")


def manifests(*, descriptor: int, mime: str, anchors: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    """Verify the Content Credentials of a file.

    Parameters
    ----------
    descriptor : int
        Of the file, open for reading.
    mime : str
        Its type by content.
    anchors : str
        Certificates in PEM whose signers are trusted; empty for none.

    Returns
    -------
    dict, dict
        Fields of :class:`assay.detect.credentials.Credentials`; no arrays.
    """
    from c2pa import C2paError, Context, Reader

    verify = {"remote_manifest_fetch": False, "verify_trust": True, "ocsp_fetch": False}
    trust = {"trust_anchors": anchors} if anchors else {}
    try:
        with (
            Context.from_dict({"verify": verify, "trust": trust}) as context,
            os.fdopen(os.dup(descriptor), "rb") as stream,
        ):
            stream.seek(0)
            with Reader(mime, stream, context=context) as reader:
                store = json.loads(reader.json())
    except (C2paError, ValueError, OSError, RecursionError) as error:
        return _absent(error), {}
    return _told(store), {}


def _absent(error: Exception) -> dict[str, Any]:
    words = str(error)
    if "ManifestNotFound" in type(error).__name__ or words.startswith("ManifestNotFound"):
        return {"state": "absent"}
    address = _URL.search(words)
    if words.startswith("Remote") and address:
        return {"state": "remote", "remote": _cut(address.group())}
    if words.startswith("NotSupported"):
        return {"state": "absent"}
    return {"state": "unreadable", "trouble": _cut(words)}


def _told(store: Mapping[str, Any]) -> dict[str, Any]:
    found = store.get("manifests") or {}
    active = str(store.get("active_manifest") or "")
    return {
        "state": str(store.get("validation_state", "Invalid")).lower(),
        "active": _cut(active),
        "failures": _failures(store),
        "manifests": [_manifest(label, found[label]) for label in _ordered(found, active)],
    }


def _ordered(found: Mapping[str, Any], active: str) -> list[str]:
    """The active manifest first, then its ancestors as their file lists them."""
    return sorted(found, key=lambda label: label != active)[:_MOST_MANIFESTS]


def _failures(store: Mapping[str, Any]) -> list[dict[str, str]]:
    results = store.get("validation_results") or {}
    own = (results.get("activeManifest") or {}).get("failure") or []
    inherited = [
        entry
        for delta in results.get("ingredientDeltas") or []
        for entry in (delta.get("validationDeltas") or {}).get("failure") or []
    ]
    listed = [*own, *inherited] or store.get("validation_status") or []
    return [
        {"code": _cut(entry.get("code", "")), "words": _cut(entry.get("explanation", ""))}
        for entry in listed[:_MOST_CODES]
    ]


def _manifest(label: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    signature = manifest.get("signature_info") or {}
    return {
        "label": _cut(label),
        "title": _cut(manifest.get("title") or ""),
        "generator": _generator(manifest),
        "signer": _cut(signature.get("common_name") or ""),
        "issuer": _cut(signature.get("issuer") or ""),
        "algorithm": _cut(signature.get("alg") or ""),
        "time": _cut(signature.get("time") or ""),
        "actions": list(_actions(manifest.get("assertions") or ())),
        "ingredients": [
            {
                "title": _cut(item.get("title") or ""),
                "relationship": _cut(item.get("relationship") or ""),
                "manifest": _cut(item.get("active_manifest") or ""),
            }
            for item in (manifest.get("ingredients") or ())[:_MOST_ITEMS]
        ],
    }


def _generator(manifest: Mapping[str, Any]) -> str:
    info = manifest.get("claim_generator_info")
    if info:
        return _cut(
            "; ".join(f"{part.get('name', '')} {part.get('version', '')}".strip() for part in info[:4])
        )
    return _cut(manifest.get("claim_generator") or "")


def _actions(assertions: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, str]]:
    listed = [
        action
        for assertion in assertions
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in (assertion.get("data") or {}).get("actions") or ()
    ]
    for action in listed[:_MOST_ITEMS]:
        agent = action.get("softwareAgent") or ""
        yield {
            "action": _cut(action.get("action") or ""),
            "software": _cut(agent.get("name", "") if isinstance(agent, Mapping) else agent),
            "source_type": _cut(str(action.get("digitalSourceType") or "").rsplit("/", 1)[-1]),
            "when": _cut(action.get("when") or ""),
        }


def _cut(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return text[:_MOST_CHARS].encode("utf-8", "replace").decode("utf-8")
