"""Windows events as flat JSON objects, the way common shippers write them."""

__all__ = ["windows_event"]

AUDITING = "Microsoft-Windows-Security-Auditing"
SOURCES = {1102: ("Security", "Microsoft-Windows-Eventlog"), 7045: ("System", "Service Control Manager")}


def windows_event(host: str, event: int, **fields: object) -> dict[str, object]:
    """Return one event without its time; `fields` are the event's own data."""
    channel, source = SOURCES.get(event, ("Security", AUDITING))
    name = f"{host}.office.example"
    return {"Hostname": name, "Channel": channel, "EventID": event, "SourceName": source, **fields}
