"""How unusual a patient is among those a model has learnt from: alone, in pairs and altogether.

Fitting looks at a seeded sample of patients once; asking about one patient then takes milliseconds
whatever the size of the cohort. See ``docs/methods/out-of-distribution.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from explainers.core.arrays import (
    BoolArray,
    FloatArray,
    from_json_numbers,
    frozen_floats,
    to_json_numbers,
)
from explainers.core.schema import Column
from explainers.distances.score_space import (
    ScoreSpace,
    nearest_distances,
    squared_distances,
)
from explainers.errors import SettingsError
from explainers.reliability.input_pairs import PairSpace

Familiarity = Literal["usual", "unusual", "very unusual"]

UNUSUAL_SHARE = 0.05
VERY_UNUSUAL_SHARE = 0.01
FEWEST_PATIENTS = 100


@dataclass(frozen=True)
class UnusualPair:
    """Two inputs of a patient that go least well together.

    Attributes
    ----------
    first, second : str
        Names of the inputs.
    surprise : float
        How far the less surprising of the two lies from what the other lets expect, in standard
        deviations.
    share : float
        Share of fitted patients whose own worst pair is at least as surprising.
    """

    first: str
    second: str
    surprise: float
    share: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> UnusualPair:
        """Inverse of :meth:`to_dict`."""
        return cls(**record)


@dataclass(frozen=True)
class UnusualPatient:
    """What is unusual about one patient.

    Attributes
    ----------
    patient_id : str
    feature_names : tuple of str, length p
    feature_values : ndarray of shape (p,)
        Encoded values.
    tail_shares : ndarray of shape (p,)
        Share of fitted patients with a value at least as extreme (numbers), with the same level
        (levels), or who also lack it (missing values).
    is_new : ndarray of shape (p,)
        Whether a number lies beyond every fitted one, or a level was never seen.
    distance_shares : ndarray of shape (p,)
        How much each input adds to the squared distance from the nearest fitted patients; sums to
        1, or to 0 where the patient equals them.
    distance : float
        Mean distance to the nearest fitted patients.
    combination_share : float
        Share of fitted patients at least as far from their nearest ones: small is unusual. For a
        patient exchangeable with the fitted ones it falls below a with probability a.
    pair : UnusualPair or None
        None where fewer than two inputs were measured.
    n_missing : int
    missing_share : float
        Share of fitted patients who lack at least as many inputs.
    n_fitted : int
        Patients compared with.
    """

    patient_id: str
    feature_names: tuple[str, ...]
    feature_values: FloatArray
    tail_shares: FloatArray
    is_new: BoolArray
    distance_shares: FloatArray
    distance: float
    combination_share: float
    pair: UnusualPair | None
    n_missing: int
    missing_share: float
    n_fitted: int

    def __post_init__(self) -> None:
        for name in ("feature_values", "tail_shares", "distance_shares"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    @property
    def familiarity(self) -> Familiarity:
        """Usual, unusual (the furthest 5% of patients) or very unusual (the furthest 1%)."""
        if self.combination_share <= VERY_UNUSUAL_SHARE:
            return "very unusual"
        return "unusual" if self.combination_share <= UNUSUAL_SHARE else "usual"

    @property
    def percentile(self) -> float:
        """Per cent of fitted patients who are more usual than this one."""
        return 100.0 * (1.0 - self.combination_share)

    @property
    def rare_features(self) -> tuple[str, ...]:
        """Inputs that are new, or have a tail share of at most 1% / p; rarest first.

        The division by the number p of inputs keeps one patient in a hundred, not one in five, from
        having such an input.
        """
        order = np.argsort(self.tail_shares, kind="stable")
        is_rare = self.is_new | (self.tail_shares <= VERY_UNUSUAL_SHARE / len(order))
        return tuple(self.feature_names[at] for at in order if is_rare[at])

    def to_frame(self) -> pd.DataFrame:
        """One row per input: feature, value, tail_share, distance_share."""
        return pd.DataFrame(
            {
                "feature": np.array(self.feature_names, dtype=object),
                "value": self.feature_values,
                "tail_share": self.tail_shares,
                "distance_share": self.distance_shares,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "patient_id": self.patient_id,
            "feature_names": list(self.feature_names),
            "feature_values": to_json_numbers(self.feature_values),
            "tail_shares": to_json_numbers(self.tail_shares),
            "is_new": self.is_new.tolist(),
            "distance_shares": to_json_numbers(self.distance_shares),
            "distance": self.distance,
            "combination_share": self.combination_share,
            "familiarity": self.familiarity,
            "pair": None if self.pair is None else self.pair.to_dict(),
            "n_missing": self.n_missing,
            "missing_share": self.missing_share,
            "n_fitted": self.n_fitted,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> UnusualPatient:
        """Inverse of :meth:`to_dict`; the familiarity follows from the rest."""
        fields = {name: value for name, value in record.items() if name != "familiarity"}
        arrays = ("feature_values", "tail_shares", "distance_shares")
        pair = record["pair"]
        return cls(
            **{
                **fields,
                "feature_names": tuple(record["feature_names"]),
                **{name: from_json_numbers(record[name]) for name in arrays},
                "is_new": np.array(record["is_new"], dtype=bool),
                "pair": None if pair is None else UnusualPair.from_dict(pair),
            }
        )


@dataclass(frozen=True)
class FamiliarPatients:
    """Patients that others are compared with; made by :func:`fit_familiar_patients`.

    Attributes
    ----------
    columns : tuple of Column, length p
    matrix : ndarray of shape (m, p)
        The encoded patients.
    space : ScoreSpace
    points : ndarray of shape (m, d)
        The patients in that space.
    k : int
        Neighbours that a distance is averaged over.
    distances : ndarray of shape (m,)
        Each patient's distance to the others, ascending.
    pairs : PairSpace
    worst_surprises : ndarray of shape (m,)
        Each patient's most surprising pair, ascending.
    missing_counts : ndarray of shape (m,)
        Inputs that each patient lacks, ascending.
    """

    columns: tuple[Column, ...]
    matrix: FloatArray
    space: ScoreSpace
    points: FloatArray
    k: int
    distances: FloatArray
    pairs: PairSpace
    worst_surprises: FloatArray
    missing_counts: FloatArray

    def combination_shares(self, matrix: FloatArray) -> FloatArray:
        """Combination share (n,) of encoded patients (n, p) who are not among the fitted ones."""
        located = self.space.locate(matrix)
        return share_at_least(self.distances, nearest_distances(located, self.points, self.k))


def fit_familiar_patients(
    matrix: FloatArray,
    columns: tuple[Column, ...],
    *,
    n_patients: int = 4000,
    k: int = 10,
    seed: int = 0,
) -> FamiliarPatients:
    """Learn what patients look like.

    Parameters
    ----------
    matrix : ndarray of shape (n, p)
        Encoded patients, best those the model was trained on. Patients asked about later must not
        be among them: each would find themselves and look usual.
    columns : tuple of Column, length p
    n_patients : int
        Patients to draw where there are more.
    k : int
        Neighbours to average over.
    seed : int
        Seed of the draw.

    Raises
    ------
    SettingsError
        When fewer than 100 patients are at hand (a share of 1% could then never be seen) or ``k``
        is not below their number.
    """
    size = min(n_patients, len(matrix))
    if size < FEWEST_PATIENTS or not 0 < k < size:
        raise SettingsError(
            f"unusual patients are found among at least {FEWEST_PATIENTS}, and more than k, others",
            value=(size, k),
        )
    chosen = np.sort(np.random.default_rng(seed).permutation(len(matrix))[:size])
    drawn = frozen_floats(matrix[chosen])
    space = ScoreSpace.of(drawn, columns)
    points = frozen_floats(space.locate(drawn))
    pairs = PairSpace.of(drawn, columns)
    return FamiliarPatients(
        columns=columns,
        matrix=drawn,
        space=space,
        points=points,
        k=k,
        distances=np.sort(nearest_distances(points, points, k, is_same=True)),
        pairs=pairs,
        worst_surprises=np.sort(pairs.worst_surprises(drawn)),
        missing_counts=np.sort(np.isnan(drawn).sum(axis=1).astype(np.float64)),
    )


def compare_patient(familiar: FamiliarPatients, row: FloatArray, patient_id: str) -> UnusualPatient:
    """What is unusual about an encoded patient (p,) who is not among the fitted ones."""
    point = familiar.space.locate(row[None, :])
    nearest = np.argsort(squared_distances(point, familiar.points)[0], kind="stable")
    neighbours = familiar.points[nearest[: familiar.k]]
    squares = familiar.space.by_input((neighbours - point) ** 2).mean(axis=0)
    distance = nearest_distances(point, familiar.points, familiar.k)
    n_missing = int(np.isnan(row).sum())
    return UnusualPatient(
        patient_id=patient_id,
        feature_names=tuple(column.name for column in familiar.columns),
        feature_values=row,
        tail_shares=_tail_shares(familiar, row),
        is_new=_is_new(familiar, row),
        distance_shares=squares / max(float(squares.sum()), np.finfo(np.float64).tiny),
        distance=float(distance[0]),
        combination_share=float(share_at_least(familiar.distances, distance)[0]),
        pair=_worst_pair(familiar, row),
        n_missing=n_missing,
        missing_share=float(
            share_at_least(familiar.missing_counts, np.array([n_missing], dtype=np.float64))[0]
        ),
        n_fitted=len(familiar.matrix),
    )


def share_at_least(ascending: FloatArray, values: FloatArray) -> FloatArray:
    """Share (n,) of m known values that reach each value, itself counted: in [1 / (m + 1), 1]."""
    reached = len(ascending) - np.searchsorted(ascending, values, side="left")
    return np.asarray((1.0 + reached) / (1.0 + len(ascending)), dtype=np.float64)


def _tail_shares(familiar: FamiliarPatients, row: FloatArray) -> FloatArray:
    is_missing: BoolArray = np.isnan(row)
    is_same = np.where(is_missing, np.isnan(familiar.matrix), familiar.matrix == row)
    same_shares = ((1.0 + is_same.sum(axis=0)) / (1.0 + len(familiar.matrix))).tolist()
    shares: list[float] = [
        same
        if axis is None or missing or not column.is_numeric
        else float(axis.tail_shares(np.array([value]))[0])
        for same, axis, missing, column, value in zip(
            same_shares, familiar.space.axes, is_missing, familiar.columns, row, strict=True
        )
    ]
    return np.array(shares, dtype=np.float64)


def _is_new(familiar: FamiliarPatients, row: FloatArray) -> BoolArray:
    """Beyond all known numbers; or a level nobody has. A missing value is never new."""
    is_number = np.array([column.is_numeric for column in familiar.columns])
    is_below = (familiar.matrix <= row).any(axis=0)
    is_above = (familiar.matrix >= row).any(axis=0)
    is_seen = (familiar.matrix == row).any(axis=0)
    is_known: BoolArray = np.isnan(row) | np.where(is_number, is_below & is_above, is_seen)
    return ~is_known


def _worst_pair(familiar: FamiliarPatients, row: FloatArray) -> UnusualPair | None:
    if (~np.isnan(row)).sum() < 2:
        return None
    surprises = familiar.pairs.surprises(row[None, :])[0]
    first, second = np.unravel_index(int(surprises.argmax()), surprises.shape)
    worst = surprises.max()
    return UnusualPair(
        first=familiar.columns[first].name,
        second=familiar.columns[second].name,
        surprise=float(worst),
        share=float(share_at_least(familiar.worst_surprises, np.array([worst]))[0]),
    )
