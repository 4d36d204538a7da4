"""The attacker of :mod:`disclosure_attacker` over whatever divides the patients.

Every patient is in one cell: one value on each axis. Figures of any sets of patients that are made
of whole cells become equations on how many people are in which cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from explainers.core import Estimate
from tests.properties.disclosure_attacker import EVENT, OTHER, Attacker


@dataclass
class CellAttacker(Attacker):
    """Equations on counts by any axes.

    Attributes
    ----------
    axes : dict of str to tuple
        Values on each axis; a patient's own is the column of that name.
    """

    axes: dict[str, tuple[object, ...]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.axes.values())

    @cached_property
    def truth(self) -> np.ndarray:
        at = [
            self.patients[name].map({value: at for at, value in enumerate(values)}).to_numpy(int)
            for name, values in self.axes.items()
        ]
        counts = np.zeros(self.shape)
        np.add.at(counts, tuple(at), 1)
        return counts.ravel()

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row for each cell."""
        return pd.MultiIndex.from_product(self.axes.values(), names=self.axes).to_frame(index=False)

    def cells_of(self, **values: object) -> np.ndarray:
        """Which cells have these values: one, or any of a list."""
        mask = np.ones(len(self.cells), dtype=bool)
        for name, wanted in values.items():
            own = self.cells[name].isin(wanted if isinstance(wanted, list) else [wanted])
            mask &= own.to_numpy()
        return mask.astype(np.float64)

    def learn_cases(self, who: np.ndarray, estimate: Estimate) -> None:
        """Patients and events of a set of cells, where a figure tells them."""
        if estimate.n is None or estimate.n_events is None:
            return
        self.learn(who, estimate.n)
        self.learn(who * self.cells_of(kind=EVENT), estimate.n_events)

    def learn_sides(
        self, who: np.ndarray, figures: Mapping[str, Estimate], flag: str = "flagged"
    ) -> None:
        """What sensitivity and specificity of a set tell beside its cases, by that axis."""
        for slug, kind, side in (("sensitivity", EVENT, 1), ("specificity", OTHER, 0)):
            one = figures.get(slug)
            if one is None or one.value is None or one.n is None or one.n_events is None:
                continue
            among = one.n_events if kind == EVENT else one.n - one.n_events
            self.learn(who * self.cells_of(kind=kind, **{flag: side}), one.value * among)


def unlike(sets: Iterable[np.ndarray]) -> list[np.ndarray]:
    """Each set of cells once."""
    return list({one.tobytes(): one for one in sets}.values())
