"""Reasons: does the first reason of a found attack name a field that the matching detection rule tests?

A hit is a labelled record within the first 100 of its OTRF capture, scored without rules. Its rules are
those of the label, looked up by title in the Sigma rules; a rule's fields are the names in its detection.
Assay's normalised columns stand for the Windows fields that they are filled from (`FIELDS`).
"""

import json
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import scoring
import yaml
import zstandard

from assay.triage.session import triage

FIELDS = {
    "type": "EventID Provider_Name Channel EventLog EventType",
    "host": "Computer ComputerName WorkstationName",
    "user": "User SubjectUserName SubjectUserSid AccountName IntegrityLevel",
    "target_user": "TargetUserName MemberName TargetUserSid TargetOutboundUserName",
    "source_ip": "SourceIp IpAddress SourceAddress",
    "source_port": "SourcePort IpPort",
    "destination_ip": "DestinationIp DestAddress",
    "destination_port": "DestinationPort DestPort",
    "process": "Image SourceImage ProcessName NewProcessName CallerProcessName",
    "parent": "ParentImage ParentProcessName",
    "command": "CommandLine ScriptBlockText HostApplication Payload ImagePath TaskContent",
    "path": "TargetFilename TargetObject ImageLoaded ObjectName PipeName RelativeTargetName ShareName TargetImage",
    "hash": "Hashes Imphash md5 sha1 sha256",
    "url": "QueryName DestinationHostname",
    "logon_type": "LogonType",
    "outcome": "Keywords Status SubStatus FailureReason",
    "message": "Message",
}


def tested(path: Path) -> dict[str, set[str]]:
    """Fields that each rule's detection names, by title."""
    rules: dict[str, set[str]] = {}
    with zstandard.open(path, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith((".yml", ".yaml")) else None
            if file is None:
                continue
            for rule in yaml.safe_load_all(file.read().decode("utf-8")):
                if isinstance(rule, dict) and "detection" in rule:
                    parts = [part for name, part in rule["detection"].items() if name != "condition"]
                    rules.setdefault(rule["title"], set()).update(*map(_names, parts))
    return rules


def _names(part: Any) -> set[str]:
    if isinstance(part, dict):
        below = [_names(value) for value in part.values()]
        return {str(name).split("|")[0] for name in part}.union(*below)
    return set().union(*map(_names, part)) if isinstance(part, list) else set()


def run(data: Path) -> dict[str, Any]:
    """All captures with labels."""
    rules = tested(data / "sigma_rules.tar.zst")
    folder = data / "logs" / "otrf_windows"
    text = zstandard.decompress((folder / "weak_labels.jsonl.zst").read_bytes(), max_output_size=1 << 26)
    labels: dict[str, dict[int, list[str]]] = {}
    for label in map(json.loads, text.decode().splitlines()):
        titles = [rule["title"] for rule in label["rules"]]
        labels.setdefault(label["capture"], {})[label["line"]] = titles
    first: Counter[str] = Counter()
    named: Counter[str] = Counter()
    among = 0
    for capture, lines in sorted(labels.items()):
        with triage([folder / f"{capture}.json.zst"], budget=1) as answer:
            rows = [(row["score"], row["line"], [r["field"] for r in row["reasons"]]) for row in answer.events()]
        for place in scoring.order_of(np.array([row[0] for row in rows]))[:100]:
            _, line, reasons = rows[place]
            if line not in lines or not reasons:
                continue
            fields = set().union(*(rules.get(title, set()) for title in lines[line]))
            right = [bool(fields & {name, *FIELDS.get(name, "").split()}) for name in reasons]
            first[reasons[0]] += 1
            named[reasons[0]] += right[0]
            among += any(right)
    hits = sum(first.values())
    result = {
        "hits": hits,
        "first reason": sum(named.values()) / max(hits, 1),
        "any reason": among / max(hits, 1),
        "by field": {field: [named[field], number] for field, number in first.most_common()},
    }
    print(f"\n{hits} hits; the first reason names a field of the rule in {result['first reason']:.3f}, "
          f"one of the reasons in {result['any reason']:.3f}")
    return {"protocol": __doc__, **result}
