"""Puts mutated files of torch.save through the reader, in this process, under an audit hook.

    python tests/models/torchfile/fuzz.py --seconds 600

Every file must end in tensors or in a coded refusal, in time; nothing may be imported, compiled, run, started, opened
or connected while one is read. Mutations are of the archive (bytes, cuts, lies in headers) and of the pickle inside it
(opcodes put in, left out, exchanged, arguments changed), packed anew with right check sums. The exit code is 1 when one
breaks this; the file is kept.
"""

import argparse
import io
import os
import pickle
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import torch

from assay.models.torchfile import TorchFileError, index
from assay.models.torchfile.index import listed
from assay.models.torchfile.tensors import StoredIndex, arrays

WATCHED = frozenset(
    {
        "import", "compile", "exec", "open", "os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen",
        "pickle.find_class", "socket.connect", "socket.bind", "ctypes.dlopen", "code.__new__", "os.remove", "os.rename",
        "shutil.rmtree", "marshal.loads", "sys.addaudithook",
    }
)  # fmt: skip
OPCODES = b"(.0123456789acdeghijklopqrstubBCGIJKLMNPQRSTUVX]})\x80\x81\x82\x8c\x93\x94"
LENGTHS = (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80")
SLOW = 5.0
"""Seconds of processor time that one file may take."""

_watching = False
_seen: list[str] = []


def _hook(event: str, arguments: Any) -> None:
    # The reader wraps the descriptor that it was given; a name would be another matter.
    if _watching and event in WATCHED and not (event == "open" and isinstance(arguments[0], int)):
        _seen.append(f"{event} {str(arguments)[:80]}")


class _Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("true",)


def seeds() -> list[tuple[bytes, dict[str, bytes]]]:
    """Pickles with the other entries of their archives."""
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    kinds = (torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.float64)
    values: list[Any] = [
        OrderedDict((str(kind), torch.arange(6).reshape(2, 3).to(kind).t()) for kind in kinds),
        {
            "model": module.state_dict(),
            "optimizer": torch.optim.SGD(module.parameters(), 0.1).state_dict(),
            "epoch": 3,
        },
        {"state_dict": {"a": torch.nn.Parameter(torch.ones(2))}, "args": ("x", 2.5, None, [1, 2])},
    ]
    found = []
    for value in values:
        for protocol in (2, 4):
            stream = io.BytesIO()
            torch.save(value, stream, pickle_protocol=protocol)
            with zipfile.ZipFile(stream) as file:
                parts = {name.partition("/")[2]: file.read(name) for name in file.namelist()}
            found.append((parts.pop("data.pkl"), parts))
    return found


def packed(pickled: bytes, parts: dict[str, bytes]) -> bytes:
    """An archive with right check sums."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, data in {"data.pkl": pickled, **parts}.items():
            file.writestr(f"archive/{name}", data)
    return stream.getvalue()


def mutated(rng: random.Random, sound: list[tuple[bytes, dict[str, bytes]]]) -> bytes:
    """One file that is not quite right."""
    pickled, parts = rng.choice(sound)
    inner = rng.random() < 0.7
    data = bytearray(pickled if inner else packed(pickled, parts))
    traps = [pickle.dumps(_Trap(), protocol)[2:-1] for protocol in (2, 4)]
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at, size = rng.randrange(len(data) or 1), rng.choice((1, 1, 2, 8, 40))
        how = rng.randrange(6)
        if how == 0:
            data[at : at + size] = rng.randbytes(size)
        elif how == 1:
            del data[at : at + size]
        elif how == 2:
            start = rng.randrange(len(data) or 1)
            data[at:at] = data[start : start + size]
        elif how == 3:
            data[at : at + 1] = bytes([rng.choice(OPCODES)])
        elif how == 4:
            data[at : at + 4] = rng.choice(LENGTHS)
        else:
            data[at:at] = rng.choice(traps)
        if not data:
            data = bytearray(b"\x80")
    return packed(bytes(data), parts) if inner else bytes(data)


def read(data: bytes) -> str:
    """What became of a file: ``tensors``, or the code of its refusal."""
    global _watching
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        _watching = True
        try:
            index(file)
            meta, _ = listed(descriptor=file.fileno())
            for _, array in arrays(file.fileno(), StoredIndex.of(meta)):
                array.sum()
        except TorchFileError as error:
            return error.code
        finally:
            _watching = False
    return "tensors"


def main() -> int:
    """Run until the time or the count is over."""
    given = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    given.add_argument("--seconds", type=float, default=60.0)
    given.add_argument("--count", type=int, default=0)
    given.add_argument("--seed", type=int, default=0)
    given.add_argument("--keep", type=Path, default=Path("broken-torch-files"))
    asked = given.parse_args()
    sound = seeds()
    for pickled, parts in sound:
        assert read(packed(pickled, parts)) == "tensors"
    sys.addaudithook(_hook)
    rng, found, broken, slowest = random.Random(asked.seed), Counter[str](), 0, 0.0
    end = time.monotonic() + asked.seconds
    while (sum(found.values()) < asked.count) if asked.count else (time.monotonic() < end):
        data = mutated(rng, sound)
        _seen.clear()
        begun = time.process_time()
        try:
            code = read(data)
        except Exception as error:
            code = f"BROKEN {type(error).__name__}: {error}"
        spent = time.process_time() - begun
        slowest = max(slowest, spent)
        if _seen or spent > SLOW:
            code = f"BROKEN {_seen[0] if _seen else f'{spent:.1f} s'}"
        if code.startswith("BROKEN"):
            broken += 1
            asked.keep.mkdir(parents=True, exist_ok=True)
            (asked.keep / f"{asked.seed}-{sum(found.values())}.pth").write_bytes(data)
        found[code] += 1
    for code, count in found.most_common():
        sys.stdout.write(f"{count:>9,}  {code}\n")
    sys.stdout.write(f"{sum(found.values()):,} files, {broken} broke the rules, slowest {slowest:.3f} s\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
