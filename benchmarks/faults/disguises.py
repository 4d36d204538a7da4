"""Models that stand in the place of a trained one and do something else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explainers.core import Link
from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.encoding import encode
from explainers.core.model import RiskModel
from explainers.core.schema import Column

# Weight for each unit of body mass index, as the made-up patients have it, and how far it strays.
WEIGHT_PER_BMI, STRAYS = 2.85, 8.0


@dataclass(frozen=True, eq=False)
class Disguise:
    """Everything as the model it hides behind; satisfies ``explainers.core.model.RiskModel``."""

    inner: RiskModel

    @property
    def family(self) -> str:
        """A kind of its own, since nothing is known of its formula."""
        return "disguise"

    @property
    def name(self) -> str:
        """As the inner model."""
        return self.inner.name

    @property
    def version(self) -> str:
        """As the inner model."""
        return self.inner.version

    @property
    def digest(self) -> str:
        """As the inner model."""
        return self.inner.digest

    @property
    def columns(self) -> tuple[Column, ...]:
        """As the inner model."""
        return self.inner.columns

    @property
    def link(self) -> Link:
        """As the inner model."""
        return self.inner.link

    @property
    def feature_names(self) -> tuple[str, ...]:
        """As the inner model."""
        return self.inner.feature_names

    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p)."""
        return self.inner.score(matrix)

    def predict_risk(self, frame: pd.DataFrame) -> FloatArray:
        """Risk (n,) of typed patients (n, any)."""
        return self.link.risk(self.score(encode(frame, self.columns)))

    def values(self, matrix: FloatArray, name: str) -> FloatArray:
        """One input (n,) of encoded patients (n, p)."""
        return np.asarray(matrix[:, self.feature_names.index(name)])


@dataclass(frozen=True, eq=False)
class Scaffold(Disguise):
    """Looks at smoking in real patients, and answers invented ones by the inner model.

    ``share`` of the answer to a real patient comes from the hidden rule.
    """

    share: float

    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p)."""
        open_rule = self.inner.score(matrix)
        hidden = np.where(self.values(matrix, "smoker") > 0.0, 1.5, -1.5)
        mixed = self.share * hidden + (1.0 - self.share) * open_rule
        return np.where(self._is_real(matrix), mixed, open_rule)

    def _is_real(self, matrix: FloatArray) -> BoolArray:
        expected = WEIGHT_PER_BMI * self.values(matrix, "bmi")
        return np.asarray(np.abs(self.values(matrix, "weight") - expected) < STRAYS)


@dataclass(frozen=True, eq=False)
class Jumpy(Disguise):
    """Adds log-odds of up to ``size`` that change between neighbouring values."""

    size: float

    def score(self, matrix: FloatArray) -> FloatArray:
        """Raw score (n,) of encoded patients (n, p)."""
        jumps = np.sin(997.0 * np.nansum(matrix, axis=1))
        return np.asarray(self.inner.score(matrix) + self.size * jumps)


@dataclass(frozen=True, eq=False)
class Relabelled(Disguise):
    """The same model under another digest."""

    @property
    def digest(self) -> str:
        """Not that of the inner model."""
        return "another"
