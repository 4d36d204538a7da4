"""Made-up patients on whom a reading of an ONNX model is compared with the runtime."""

from __future__ import annotations

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.trees import TreeEnsemble
from explainers.models.onnx_parts import Parts

N_PROBES = 2_000
SHARE_MISSING = 0.05
SEED = 0


def probes(parts: Parts, n_features: int) -> FloatArray:
    """Patients (2,000, p): at thresholds, right beside them, between, and with values missing."""
    rng = np.random.default_rng(SEED)
    matrix = rng.normal(size=(N_PROBES, n_features))
    if isinstance(parts, TreeEnsemble):
        for feature in range(n_features):
            thresholds = parts.threshold[parts.feature == feature]
            if len(thresholds):
                matrix[:, feature] = _around(rng, thresholds)
    else:
        for step in parts.steps:
            matrix = matrix / np.where(step.scale == 0, 1.0, step.scale) + step.offset
    matrix[rng.random(matrix.shape) < SHARE_MISSING] = np.nan
    return matrix


def _around(rng: np.random.Generator, thresholds: FloatArray) -> FloatArray:
    chosen = rng.choice(thresholds, N_PROBES).astype(np.float32)
    beside = np.stack(
        [
            chosen,
            np.nextafter(chosen, np.float32(np.inf)),
            np.nextafter(chosen, np.float32(-np.inf)),
            (chosen + rng.choice(thresholds, N_PROBES).astype(np.float32)) / 2,
        ]
    )
    picked: FloatArray = beside[rng.integers(0, 4, N_PROBES), np.arange(N_PROBES)]
    return picked.astype(np.float64)
