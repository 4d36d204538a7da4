"""One input of a patient given another value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.encoding import format_value
from explainers.core.schema import Column


@dataclass(frozen=True)
class Change:
    """A change of one input.

    Attributes
    ----------
    feature : str
    before, after : float or None
        Encoded values; None where not measured.
    carried_by : str
        The changed input that this one is worked out from, such as the weight for the body mass
        index; "" for a change of its own.
    """

    feature: str
    before: float | None
    after: float | None
    carried_by: str = ""

    def in_words(self, column: Column) -> tuple[str, str]:
        """Both values as a clinician reads them, with the unit."""
        before, after = (np.nan if v is None else v for v in (self.before, self.after))
        return format_value(before, column), format_value(after, column)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "feature": self.feature,
            "before": self.before,
            "after": self.after,
            "carried_by": self.carried_by,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Change:
        """Inverse of :meth:`to_dict`."""
        return cls(**record)


def changes_between(
    before: FloatArray,
    after: FloatArray,
    columns: Sequence[Column],
    carried_by: Mapping[int, str] | None = None,
) -> tuple[Change, ...]:
    """What differs between two encoded rows (p,), in the order of the columns."""
    carriers = carried_by or {}
    differs = ~((before == after) | (np.isnan(before) & np.isnan(after)))
    return tuple(
        Change(
            feature=columns[at].name,
            before=_plain(before[at]),
            after=_plain(after[at]),
            carried_by=carriers.get(at, ""),
        )
        for at in np.flatnonzero(differs).tolist()
    )


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
