"""Two patients under one model: which contributions make the difference between their predictions.

Both explanations start from the same reference patients, so the difference of the predictions is
the sum of the differences of the contributions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.schema import Schema
from explainers.errors import SettingsError


@dataclass(frozen=True)
class TwoPatients:
    """One attribution for each of two patients, comparable input by input.

    Attributes
    ----------
    first, second : Attribution
        Of one patient each; same method, scale, features, model and reference patients.

    Raises
    ------
    SettingsError
        When one of them is of more or fewer patients, or they differ in one of these.
    """

    first: Attribution
    second: Attribution

    def __post_init__(self) -> None:
        for attribution in (self.first, self.second):
            if len(attribution.patient_ids) != 1:
                raise SettingsError(
                    "two patients are compared by one attribution each",
                    value=len(attribution.patient_ids),
                    remedy="Take one with Attribution.patient.",
                )
        for name, ours in _shared(self.first).items():
            theirs = _shared(self.second)[name]
            if ours != theirs:
                raise SettingsError(
                    f"two patients can be compared only by the same {name}",
                    value=(ours, theirs),
                )

    @property
    def contribution_differences(self) -> FloatArray:
        """First patient's contributions minus the second's, (p,), in the unit of the scale."""
        differences: FloatArray = self.first.values[0] - self.second.values[0]
        return differences

    @property
    def baseline_difference(self) -> float:
        """Difference of the baselines: 0 where both start from the same mean."""
        return float(self.first.baseline[0] - self.second.baseline[0])

    @property
    def prediction_difference(self) -> float:
        """First patient's prediction minus the second's."""
        return float(self.first.prediction[0] - self.second.prediction[0])

    def residual(self) -> float:
        """What the differences leave unexplained; 0 when both explanations add up."""
        explained = self.baseline_difference + float(self.contribution_differences.sum())
        return self.prediction_difference - explained

    def ranking(self) -> IntArray:
        """Positions of the inputs by absolute difference, largest first, (p,)."""
        order: IntArray = np.argsort(-np.abs(self.contribution_differences), kind="stable")
        return order

    def by_concept(self, schema: Schema) -> TwoPatients:
        """The same by clinical concept."""
        return TwoPatients(self.first.by_concept(schema), self.second.by_concept(schema))

    def to_frame(self) -> pd.DataFrame:
        """One row per input: feature, both values, both contributions, their difference."""
        blank = np.full(len(self.first.feature_names), np.nan)
        values = [
            blank if one.feature_values is None else one.feature_values[0]
            for one in (self.first, self.second)
        ]
        return pd.DataFrame(
            {
                "feature": np.array(self.first.feature_names, dtype=object),
                "first_value": values[0],
                "second_value": values[1],
                "first_attribution": self.first.values[0],
                "second_attribution": self.second.values[0],
                "difference": self.contribution_differences,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {"first": self.first.to_dict(), "second": self.second.to_dict()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> TwoPatients:
        """Inverse of :meth:`to_dict`."""
        return cls(Attribution.from_dict(record["first"]), Attribution.from_dict(record["second"]))


def _shared(attribution: Attribution) -> dict[str, object]:
    """What two attributions must have in common, by its name."""
    return {
        "method": attribution.method,
        "scale": attribution.scale,
        "features": attribution.feature_names,
        "model": attribution.provenance.model_digest,
        "reference patients": attribution.provenance.reference_digest,
    }
