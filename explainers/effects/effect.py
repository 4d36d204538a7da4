"""How a model's prediction moves with one feature: a curve and what is needed to read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import pandas as pd

from explainers.core.arrays import FloatArray, from_json_numbers, frozen_floats, to_json_numbers
from explainers.core.curve import Curve
from explainers.core.link import Scale
from explainers.core.provenance import Provenance
from explainers.core.schema import Column
from explainers.errors import SettingsError

EffectMethod = Literal["ice", "partial-dependence", "ale"]

SCALE_LABELS: Mapping[Scale, str] = {"risk": "Predicted risk", "log-odds": "Predicted log-odds"}


@dataclass(frozen=True)
class Effect:
    """One feature's effect on the prediction.

    Attributes
    ----------
    method : {"ice", "partial-dependence", "ale"}
        One patient; mean over patients; accumulated local differences.
    feature : str
    curve : Curve
        x is the encoded value (for levels their position), y on ``scale``. For ALE y is the
        difference from the mean effect, so that it averages 0 over the patients.
    density : ndarray of shape (m,)
        Share of measured patients nearest to each x: where it is small the curve rests on few.
    levels : tuple of str
        Names of the levels at x, for a category or a yes/no feature; empty for numbers.
    scale : {"risk", "log-odds"}
    provenance : Provenance
    patient_value, patient_prediction : float or None
        The mark of the patient (ICE); the value is NaN where it was not measured.
    """

    method: EffectMethod
    feature: str
    curve: Curve
    density: FloatArray
    levels: tuple[str, ...]
    scale: Scale
    provenance: Provenance
    patient_value: float | None = None
    patient_prediction: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "density", frozen_floats(self.density))
        if self.density.shape != self.curve.x.shape:
            raise SettingsError(
                "the density of an effect needs one share per point of its curve",
                value=self.density.shape,
            )

    def to_frame(self) -> pd.DataFrame:
        """One row per point: feature, level, x, y, low, high, density."""
        frame = self.curve.to_frame()
        frame.insert(0, "feature", self.feature)
        frame.insert(1, "level", list(self.levels) or None)
        return frame.assign(density=self.density)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        value = self.patient_value
        return {
            **plain,
            "curve": self.curve.to_dict(),
            "density": to_json_numbers(self.density),
            "levels": list(self.levels),
            "provenance": self.provenance.to_dict(),
            "patient_value": None if value is None else to_json_numbers(frozen_floats([value])),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Effect:
        """Inverse of :meth:`to_dict`."""
        value = record["patient_value"]
        return cls(
            **{
                **record,
                "curve": Curve.from_dict(record["curve"]),
                "density": from_json_numbers(record["density"]),
                "levels": tuple(record["levels"]),
                "provenance": Provenance.from_dict(record["provenance"]),
                "patient_value": None if value is None else float(from_json_numbers(value)[0]),
            }
        )


def level_names(column: Column, grid: FloatArray) -> tuple[str, ...]:
    """Names of the levels at the grid points; empty for numbers."""
    if column.is_numeric:
        return ()
    return tuple(column.levels[int(position)] for position in grid)
