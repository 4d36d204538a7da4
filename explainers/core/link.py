"""From a model's raw score to risk and log-odds, calibration included.

A boosted or logistic model adds up log-odds, a forest averages probabilities. Platt (1999) scaling
multiplies the log-odds by a slope and adds an intercept. Keeping both in one small value lets an
explanation know on which scale it is exact: where the step from score to scale is affine, SHAP
values of the score carry over by multiplication; where it bends, they do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit, logit

from explainers.core.arrays import FloatArray

Scale = Literal["risk", "log-odds"]
ScoreKind = Literal["log-odds", "probability"]

# Closer to 0 or 1 than this a forest's vote fraction is as good as unanimous.
SMALLEST_PROBABILITY = 1e-6


@dataclass(frozen=True)
class Link:
    """How a raw score becomes a risk.

    Attributes
    ----------
    score_kind : {"log-odds", "probability"}
        What the raw score is.
    intercept, slope : float
        Logistic recalibration on the log-odds; 0 and 1 leave the score as it is.
    """

    score_kind: ScoreKind
    intercept: float = 0.0
    slope: float = 1.0

    def log_odds(self, score: FloatArray) -> FloatArray:
        """Calibrated log-odds, same shape as ``score``."""
        if self.score_kind == "log-odds":
            return self.intercept + self.slope * score
        clipped = np.clip(score, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        return np.asarray(self.intercept + self.slope * logit(clipped), dtype=np.float64)

    def risk(self, score: FloatArray) -> FloatArray:
        """Calibrated risk in [0, 1], same shape as ``score``."""
        return np.asarray(expit(self.log_odds(score)), dtype=np.float64)

    def to_scale(self, score: FloatArray, scale: Scale) -> FloatArray:
        """The score on the scale asked for."""
        return self.risk(score) if scale == "risk" else self.log_odds(score)

    def is_affine(self, scale: Scale) -> bool:
        """Whether the step from score to scale is a straight line."""
        return scale == "log-odds" and self.score_kind == "log-odds"
