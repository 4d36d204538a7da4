"""Two explanations side by side: what differs between them adds up to how the predictions differ.

Both must start from the same reference patients and be in the same unit; what else they share says
whether two patients are compared, or two models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.schema import Schema
from explainers.errors import SettingsError


@dataclass(frozen=True)
class SideBySide:
    """Two attributions of one patient each, comparable input by input.

    Attributes
    ----------
    first, second : Attribution
        Of one patient each; over the same inputs, on the same scale, against the same reference
        patients.
    noun : str
        What is compared: ``patient`` or ``model``.

    Raises
    ------
    SettingsError
        When one of them is of more or fewer patients, or they differ in what they must share.
    """

    noun: ClassVar[str]

    first: Attribution
    second: Attribution

    def __post_init__(self) -> None:
        for attribution in (self.first, self.second):
            if len(attribution.patient_ids) != 1:
                raise SettingsError(
                    f"two {self.noun}s are compared by one attribution each",
                    value=len(attribution.patient_ids),
                    remedy="Take one with Attribution.patient.",
                )
        theirs = self._shared(self.second)
        for name, ours in self._shared(self.first).items():
            if ours != theirs[name]:
                raise SettingsError(
                    f"two {self.noun}s can be compared only by the same {name}",
                    value=(ours, theirs[name]),
                )

    @property
    def contribution_differences(self) -> FloatArray:
        """First contributions minus the second, (p,), in the unit of the scale."""
        differences: FloatArray = self.first.values[0] - self.second.values[0]
        return differences

    @property
    def baseline_difference(self) -> float:
        """Difference of the baselines: 0 where both start from the same mean."""
        return float(self.first.baseline[0] - self.second.baseline[0])

    @property
    def prediction_difference(self) -> float:
        """First prediction minus the second."""
        return float(self.first.prediction[0] - self.second.prediction[0])

    def residual(self) -> float:
        """What the differences leave unexplained; 0 when both explanations add up."""
        explained = self.baseline_difference + float(self.contribution_differences.sum())
        return self.prediction_difference - explained

    def ranking(self) -> IntArray:
        """Positions of the inputs by absolute difference, largest first, (p,)."""
        order: IntArray = np.argsort(-np.abs(self.contribution_differences), kind="stable")
        return order

    def by_concept(self, schema: Schema) -> Self:
        """The same by clinical concept."""
        return replace(
            self, first=self.first.by_concept(schema), second=self.second.by_concept(schema)
        )

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
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Inverse of :meth:`to_dict`."""
        return cls(Attribution.from_dict(record["first"]), Attribution.from_dict(record["second"]))

    @classmethod
    def _shared(cls, attribution: Attribution) -> dict[str, object]:
        """What two attributions must have in common, by its name."""
        return {
            "scale": attribution.scale,
            "features": attribution.feature_names,
            "reference patients": attribution.provenance.reference_digest,
        }
