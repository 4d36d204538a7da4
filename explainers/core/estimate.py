"""A statistic with its doubt: no bare number reaches a screen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

Status = Literal["estimated", "not_estimable", "suppressed"]


@dataclass(frozen=True)
class Estimate:
    """One statistic on one set of patients, with its interval.

    Attributes
    ----------
    metric : str
        Slug of the statistic, such as ``auroc``.
    value, low, high : float or None
        Point estimate and interval limits in the unit of the metric; None unless estimated.
    level : float
        Confidence level of the interval, 0.95 by default.
    n, n_events : int or None
        Patients and events the statistic rests on; None when suppressed.
    interval_method : str
        Name of the interval, such as ``Wilson`` or ``DeLong, logit scale``.
    status : {"estimated", "not_estimable", "suppressed"}
        Whether there is a value, and if not, which kind of absence this is.
    reason : str
        Why there is no value; empty when there is one.
    """

    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    n_events: int | None
    interval_method: str
    level: float = 0.95
    status: Status = "estimated"
    reason: str = ""

    @classmethod
    def not_estimable(cls, metric: str, reason: str, *, n: int, n_events: int) -> Estimate:
        """The data cannot answer: one class only, no events, and the like."""
        return cls(metric, None, None, None, n, n_events, "", status="not_estimable", reason=reason)

    @classmethod
    def suppressed(cls, metric: str, reason: str) -> Estimate:
        """Too few people to show; n and events are withheld too."""
        return cls(metric, None, None, None, None, None, "", status="suppressed", reason=reason)

    @property
    def is_estimated(self) -> bool:
        """Whether there is a value to show."""
        return self.status == "estimated"

    @property
    def width(self) -> float:
        """Width of the interval, NaN where there is none."""
        if self.low is None or self.high is None:
            return math.nan
        return self.high - self.low

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Estimate:
        """Inverse of :meth:`to_dict`."""
        return cls(**record)

    def to_frame(self) -> pd.DataFrame:
        """One row, one column per field."""
        return pd.DataFrame([self.to_dict()])
