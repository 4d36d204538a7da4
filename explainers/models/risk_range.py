"""What every answer of a model from elsewhere is held to."""

from __future__ import annotations

from explainers.core.arrays import FloatArray
from explainers.errors import BundleError

# Single precision rounds a sum of probabilities to a little more than 1.
ROUNDING = 1e-5


def require_probabilities(risk: FloatArray, whose: str) -> None:
    """Refuse answers (n,) outside [0, 1]; NaN passes, and is refused where it is not expected.

    Raises
    ------
    BundleError
        When one lies beyond rounding outside.
    """
    outside = (risk < -ROUNDING) | (risk > 1 + ROUNDING)
    if outside.any():
        raise BundleError(
            f"{whose} must answer with probabilities between 0 and 1",
            value=float(risk[outside][0]),
            remedy="Scores and log-odds have to be turned into probabilities by the model itself"
            " (a sigmoid as its last step).",
        )
