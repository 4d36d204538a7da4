"""Whether other values for a patient make one whom the model has not learnt from.

A what-if changes one input and leaves the others, so the patient it asks about may go together with
nobody's record. See ``docs/methods/what-if.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from explainers.core.arrays import FloatArray, IntArray
from explainers.errors import SettingsError
from explainers.reliability.out_of_distribution import (
    UNUSUAL_SHARE,
    FamiliarPatients,
    compare_patient,
    share_at_least,
)


@dataclass(frozen=True)
class StrainedPair:
    """A changed input and another one that hardly go together any more.

    Attributes
    ----------
    feature, other : str
        The changed input and its partner, which may have been changed too.
    surprise_before, surprise : float
        How far the less surprising of the two lies from what the other lets expect, in standard
        deviations, before and after the change.
    share : float
        Share of fitted patients in whom this very pair is at least as surprising, in
        [1 / (m + 1), 1] for m fitted patients.
    """

    feature: str
    other: str
    surprise_before: float
    surprise: float
    share: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> StrainedPair:
        """Inverse of :meth:`to_dict`."""
        return cls(**record)


@dataclass(frozen=True)
class EditedPatient:
    """What a change of values does to how well the model can know the patient.

    Attributes
    ----------
    changed : tuple of str
        Names of the inputs that differ.
    new : tuple of str
        Changed inputs whose number lies beyond that of every fitted patient, or whose level no
        fitted patient has.
    unseen_gaps : tuple of str
        Changed inputs that are now missing although no fitted patient lacks them.
    pairs : tuple of StrainedPair
        Pairs that the change made unusual, the rarest first.
    combination_share_before, combination_share : float
        Share of fitted patients at least as far from their nearest ones, before and after.
    n_fitted : int
        Patients compared with.
    """

    changed: tuple[str, ...]
    new: tuple[str, ...]
    unseen_gaps: tuple[str, ...]
    pairs: tuple[StrainedPair, ...]
    combination_share_before: float
    combination_share: float
    n_fitted: int

    @property
    def became_unusual(self) -> bool:
        """Whether the change moved the patient among the furthest 5% of fitted patients."""
        return self.combination_share <= UNUSUAL_SHARE < self.combination_share_before

    @property
    def is_extrapolation(self) -> bool:
        """Whether anything speaks for the model being asked about a patient it does not know."""
        return bool(self.new or self.unseen_gaps or self.pairs) or self.became_unusual

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self) | {
            "changed": list(self.changed),
            "new": list(self.new),
            "unseen_gaps": list(self.unseen_gaps),
            "pairs": [pair.to_dict() for pair in self.pairs],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> EditedPatient:
        """Inverse of :meth:`to_dict`."""
        return cls(
            **{
                **record,
                **{name: tuple(record[name]) for name in ("changed", "new", "unseen_gaps")},
                "pairs": tuple(StrainedPair.from_dict(pair) for pair in record["pairs"]),
            }
        )


def compare_edit(
    familiar: FamiliarPatients, before: FloatArray, after: FloatArray
) -> EditedPatient:
    """What a change made unusual about a patient.

    A pair counts where the change raised its surprise and its share is at most 5% / (p - 1) for p
    inputs: an input has p - 1 pairs, so a real patient's value would be called strained in at most
    about one case in twenty.

    Parameters
    ----------
    familiar : FamiliarPatients
        Best the patients the model was trained on.
    before, after : ndarray of shape (p,)
        The patient, encoded, as recorded and as changed.

    Raises
    ------
    SettingsError
        When a row does not have the p inputs of the fitted patients.
    """
    p = len(familiar.columns)
    for row in (before, after):
        if row.shape != (p,):
            raise SettingsError(f"a patient needs {p} encoded values", value=row.shape)
    differs = ~((before == after) | (np.isnan(before) & np.isnan(after)))
    changed = np.flatnonzero(differs)
    found = compare_patient(familiar, after, "")
    never_missing = ~np.isnan(familiar.matrix).any(axis=0)
    return EditedPatient(
        changed=_names(familiar, changed),
        new=_names(familiar, np.flatnonzero(differs & found.is_new)),
        unseen_gaps=_names(familiar, np.flatnonzero(differs & np.isnan(after) & never_missing)),
        pairs=_strained_pairs(familiar, before, after, changed),
        combination_share_before=float(familiar.combination_shares(before[None, :])[0]),
        combination_share=found.combination_share,
        n_fitted=len(familiar.matrix),
    )


def _names(familiar: FamiliarPatients, positions: Iterable[int]) -> tuple[str, ...]:
    return tuple(familiar.columns[at].name for at in positions)


def _strained_pairs(
    familiar: FamiliarPatients, before: FloatArray, after: FloatArray, changed: IntArray
) -> tuple[StrainedPair, ...]:
    names = [column.name for column in familiar.columns]
    limit = UNUSUAL_SHARE / max(1, len(names) - 1)
    both, pairs = np.stack([before, after]), []
    for place, at in enumerate(changed.tolist()):
        was, now = familiar.pairs.surprises_with(both, at)
        usual = familiar.pairs.surprises_with(familiar.matrix, at)
        # A pair of two changed inputs was looked at with the first of them.
        for other in np.setdiff1d(np.flatnonzero(now > was), changed[:place]).tolist():
            share = float(share_at_least(np.sort(usual[:, other]), now[[other]])[0])
            if share <= limit:
                surprises = float(was[other]), float(now[other])
                pairs.append(StrainedPair(names[at], names[other], *surprises, share))
    return tuple(sorted(pairs, key=lambda pair: (pair.share, -pair.surprise)))
