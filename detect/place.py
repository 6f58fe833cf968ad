"""The place that a file tells: private, so it is told once and apart."""

from typing import Any

from .media import Facts

__all__ = ["location"]


def location(facts: Facts) -> dict[str, Any] | None:
    """Where the file says that it was taken, as JSON values; None when it does not say.

    Returns
    -------
    dict | None
        ``private`` (always true: leave it out of what is passed on), ``latitude`` and ``longitude`` in degrees, south
        and west below 0, None when they cannot be read, and ``altitude`` in metres, None when it is not told.
    """
    exif = facts.exif
    if not any(name.startswith("GPS.GPSL") for name in exif):
        return None
    latitude = _degrees(exif.get("GPS.GPSLatitude"), exif.get("GPS.GPSLatitudeRef"), "S", 90)
    longitude = _degrees(exif.get("GPS.GPSLongitude"), exif.get("GPS.GPSLongitudeRef"), "W", 180)
    altitude = exif.get("GPS.GPSAltitude")
    return {
        "private": True,
        "latitude": latitude,
        "longitude": longitude,
        "altitude": altitude if isinstance(altitude, int | float) else None,
    }


def _degrees(value: Any, reference: Any, negative: str, most: int) -> float | None:
    if not isinstance(value, list) or not 1 <= len(value) <= 3:
        return None
    if not all(isinstance(part, int | float) for part in value):
        return None
    degrees = sum((float(part) / (1, 60, 3600)[power] for power, part in enumerate(value)), 0.0)
    if not 0 <= degrees <= most:
        return None
    return round(-degrees if str(reference).upper().startswith(negative) else degrees, 6)
