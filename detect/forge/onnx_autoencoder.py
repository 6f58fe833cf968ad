"""Any auto-encoder as ONNX graphs: one that encodes and decodes, or a pair.

So the auto-encoder of whatever generator matters next can make twins without code of its own here. Both common scales
of colour are tried on a chart, and the one that comes back better is used.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from .latent import AutoEncoderWeightsError
from .launder import Pixels

Floats = NDArray[np.float32]

STRIDE = 32
"""Pictures are mirrored out to a multiple of this, in pixels: no auto-encoder in use halves more than five times."""

_SCALES = ((1.0, 0.0), (2.0, -1.0))


class OnnxAutoEncoder:
    """Encode and decode by ONNX Runtime, on one thread, so that the result repeats.

    Parameters
    ----------
    paths
        One graph, RGB (1, 3, h, w) float32 to RGB; or two, RGB to latents and latents to RGB. Height and width must be
        free. An encoder that gives twice as many channels as the decoder takes gives means and variances; the means are
        used.

    Raises
    ------
    AutoEncoderWeightsError
        The graphs cannot be run one after the other, or do not give a picture of the size of the first.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._names = " and ".join(path.name for path in paths)
        try:
            self._steps = [
                onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
                for path in paths
            ]
            self._scale = max(_SCALES, key=self._closeness)
        except Exception as error:  # ONNX Runtime's errors have no class of their own.
            raise AutoEncoderWeightsError(
                f"{self._names} cannot be run as an auto-encoder: {error}"
            ) from error

    def redraw(self, rgb: Pixels, name: str = "") -> Pixels:
        """Encode and decode one picture, (height, width, 3), 0..255.

        Raises
        ------
        FloatingPointError
            The result has values that are not finite.
        """
        height, width = rgb.shape[:2]
        padded = np.pad(rgb, ((0, -height % STRIDE), (0, -width % STRIDE), (0, 0)), mode="symmetric")
        y = self._run(np.divide(padded, 255, dtype=np.float32), self._scale)[:height, :width]
        if not np.isfinite(y).all():
            raise FloatingPointError(f"{self._names} gave values that are not finite")
        return np.asarray(np.rint(y.clip(0, 1) * 255), dtype=np.uint8)

    def _run(self, rgb: Floats, scale: tuple[float, float]) -> Floats:
        factor, offset = scale
        values = np.ascontiguousarray((rgb * factor + offset).transpose(2, 0, 1)[None], dtype=np.float32)
        for step in self._steps:
            (entry,) = step.get_inputs()
            if isinstance(entry.shape[1], int) and values.shape[1] == 2 * entry.shape[1]:
                values = np.ascontiguousarray(values[:, : entry.shape[1]])
            values = step.run(None, {entry.name: values})[0]
        if values.shape != (1, 3, *rgb.shape[:2]):
            raise ValueError(f"a picture of {rgb.shape[:2]} pixels came back as {values.shape}")
        return np.asarray((values[0].transpose(1, 2, 0) - offset) / factor, dtype=np.float32)

    def _closeness(self, scale: tuple[float, float]) -> float:
        ramp = np.linspace(0, 1, 4 * STRIDE, dtype=np.float32)
        chart = np.stack(
            np.broadcast_arrays(ramp[:, None], ramp[None], (ramp[:, None] + ramp[None]) / 2), axis=2
        )
        error = np.nan_to_num(self._run(chart, scale) - chart, nan=np.inf)
        return -float(np.mean(error.clip(-1e6, 1e6) ** 2))
