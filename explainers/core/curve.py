"""A line with its band: ROC, calibration, decision and effect curves alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray, from_json_numbers, frozen_floats, to_json_numbers
from explainers.errors import SettingsError


@dataclass(frozen=True)
class Curve:
    """Points (x, y) with an optional band.

    Attributes
    ----------
    x, y : ndarray of shape (m,)
        The points, x ascending.
    low, high : ndarray of shape (m,) or None
        The band around y.
    x_label, y_label : str
        What the axes measure, with units.
    n : int
        Patients the curve rests on.
    """

    x: FloatArray
    y: FloatArray
    x_label: str
    y_label: str
    n: int
    low: FloatArray | None = None
    high: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in ("x", "y", "low", "high"):
            values = getattr(self, name)
            if values is None:
                continue
            object.__setattr__(self, name, frozen_floats(values))
            if getattr(self, name).shape != np.shape(self.x):
                raise SettingsError("every part of a curve must have the shape of x", value=name)

    def to_frame(self) -> pd.DataFrame:
        """One row per point: x, y, low, high."""
        blank = np.full(self.x.shape, np.nan)
        return pd.DataFrame(
            {
                "x": self.x,
                "y": self.y,
                "low": blank if self.low is None else self.low,
                "high": blank if self.high is None else self.high,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "x": to_json_numbers(self.x),
            "y": to_json_numbers(self.y),
            "low": None if self.low is None else to_json_numbers(self.low),
            "high": None if self.high is None else to_json_numbers(self.high),
            "x_label": self.x_label,
            "y_label": self.y_label,
            "n": self.n,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Curve:
        """Inverse of :meth:`to_dict`."""
        arrays = {
            name: None if record[name] is None else from_json_numbers(record[name])
            for name in ("x", "y", "low", "high")
        }
        return cls(**{**record, **arrays})
