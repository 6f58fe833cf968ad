"""Which device a run uses, chosen once; and the name of the processor, for the record.

A machine without a graphics card must not pay the seconds that importing torch takes, so the driver's device files
are looked for first.
"""

import functools
import importlib.util
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ..errors import AssayError

__all__ = ["CPU", "Device", "DeviceAbsent", "DeviceUnknown", "cpu_name", "resolve", "usable_cores"]

_DRIVERS: Final = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/kfd")
_NAMED: Final = re.compile(r"(?:auto|cpu|cuda(?::(\d{1,3}))?)")
_INSTRUCTIONS: Final = ("amx_int8", "avx512_vnni", "avx_vnni", "avx512f", "avx2", "i8mm", "asimddp", "asimd")


class DeviceUnknown(AssayError):
    """The text names no device."""

    code = "device-unknown"


class DeviceAbsent(AssayError):
    """The device that was asked for is not there, or the torch that would drive it is not."""

    code = "device-absent"


@dataclass(frozen=True, slots=True)
class Device:
    """`kind` and number of a device; ``str`` gives ``cpu`` or ``cuda:0``."""

    kind: Literal["cpu", "cuda"]
    index: int = 0

    def __str__(self) -> str:
        return self.kind if self.kind == "cpu" else f"{self.kind}:{self.index}"


CPU: Final = Device("cpu")


def resolve(name: str, *, torch_ready: bool = True) -> Device:
    """Turn ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` into a device that is there.

    Parameters
    ----------
    name
        What was asked for. ``auto`` takes the first CUDA device that torch sees, else the CPU.
    torch_ready
        Whether the artifact has a torch network at all; without one ``auto`` is the CPU.

    Raises
    ------
    DeviceUnknown
        The text names no device.
    DeviceAbsent
        An explicit device that is not there.
    """
    match = _NAMED.fullmatch(name)
    if match is None:
        raise DeviceUnknown(f"{name!r} is no device; name auto, cpu, cuda or cuda:N")
    if name == "cpu":
        return CPU
    if name == "auto":
        likely = torch_ready and any(Path(driver).exists() for driver in _DRIVERS)
        return Device("cuda") if likely and _cuda_devices() else CPU
    if importlib.util.find_spec("torch") is None:
        raise DeviceAbsent(
            f"{name} needs torch, which is not installed; pip install 'assay[torch]', or use cpu"
        )
    index, count = int(match[1] or 0), _cuda_devices()
    if index >= count:
        raise DeviceAbsent(
            f"{name} is not there: torch sees {count} CUDA devices; use cpu, or auto to take what is there"
        )
    return Device("cuda", index)


def _cuda_devices() -> int:
    if importlib.util.find_spec("torch") is None:
        return 0
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


@functools.cache
def cpu_name() -> str:
    """Name, family and best vector instructions of the processor: what an int8 result may depend on."""
    fields: dict[str, str] = {}
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                key, _, value = line.partition(":")
                fields.setdefault(key.strip().lower(), value.strip())
    except OSError:
        pass
    name = fields.get("model name") or platform.processor() or platform.machine()
    flags = set((fields.get("flags") or fields.get("features") or "").split())
    best = [flag for flag in _INSTRUCTIONS if flag in flags][:2]
    family = f"family {fields['cpu family']} model {fields['model']}" if "cpu family" in fields else ""
    return ", ".join(part for part in (name, platform.machine(), family, " ".join(best)) if part)
