"""Whether a model uses other inputs on real patients than on the invented ones that explain it.

LIME and sampled SHAP ask the model about patients who never existed. A model that recognises those
can use one rule on real patients and show another one to the explanation (Slack et al. 2020). Here
the same change of one input is made in a real patient and in an invented one; which inputs the
model reacts to must be about the same in both. See ``docs/methods/manipulation.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from explainers.core.arrays import (
    FloatArray,
    IntArray,
    from_json_numbers,
    frozen_floats,
    to_json_numbers,
)
from explainers.core.estimate import Estimate
from explainers.core.provenance import Provenance
from explainers.core.study import Study
from explainers.distances.score_space import (
    ScoreSpace,
    nearest_distances,
    squared_distances,
)
from explainers.errors import SettingsError
from explainers.uncertainty.bootstrap import bootstrap_interval

# Below this share of moved dependence every clean model that was tried stays; see the method page.
LARGEST_CLEAN_SHARE = 0.2
FEWEST_PATIENTS = 40
N_NEIGHBOURS = 10


@dataclass(frozen=True)
class ManipulationReport:
    """Which inputs the model reacts to among real and among invented patients.

    Attributes
    ----------
    feature_names : tuple of str, length p
    real, invented : ndarray of shape (p,)
        Mean absolute change of the risk when one input takes the value of a similar patient: in a
        real patient, and in an invented one.
    moved_share : Estimate
        Share of the model's dependence that sits on other inputs among invented patients: total
        variation between the two profiles, 0 for the same ones, 1 for disjoint ones.
    separability : Estimate
        Probability that an invented patient lies further from real ones than a real one does: how
        easily a model could tell them apart. About 0.5 means there is nothing to exploit.
    limit : float
        Moved share above which the report says so.
    provenance : Provenance
    """

    feature_names: tuple[str, ...]
    real: FloatArray
    invented: FloatArray
    moved_share: Estimate
    separability: Estimate
    limit: float
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("real", "invented"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    @property
    def is_suspicious(self) -> bool:
        """Whether the whole interval of the moved share lies above the limit."""
        return self.moved_share.low is not None and self.moved_share.low > self.limit

    @property
    def hidden_features(self) -> tuple[str, ...]:
        """Inputs with a larger part of the dependence among real patients, most hidden first."""
        excess = _shares(self.real[None, :])[0] - _shares(self.invented[None, :])[0]
        return tuple(self.feature_names[at] for at in np.argsort(-excess) if excess[at] > 0)

    def p_value(self, clean_shares: Sequence[float]) -> float:
        """Share of clean models, this one included, with at least this moved share.

        A valid p-value when this model is exchangeable with the clean ones: trained by a recipe of
        one's own on resamples of the same patients, say.
        """
        value = self.moved_share.value or 0.0
        reached = sum(share >= value for share in clean_shares)
        return (1.0 + reached) / (1.0 + len(clean_shares))

    def to_frame(self) -> pd.DataFrame:
        """One row per feature: feature, real, invented, real_share, invented_share."""
        return pd.DataFrame(
            {
                "feature": np.array(self.feature_names, dtype=object),
                "real": self.real,
                "invented": self.invented,
                "real_share": _shares(self.real[None, :])[0],
                "invented_share": _shares(self.invented[None, :])[0],
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "feature_names": list(self.feature_names),
            "real": to_json_numbers(self.real),
            "invented": to_json_numbers(self.invented),
            "moved_share": self.moved_share.to_dict(),
            "separability": self.separability.to_dict(),
            "limit": self.limit,
            "is_suspicious": self.is_suspicious,
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> ManipulationReport:
        """Inverse of :meth:`to_dict`; whether it is suspicious follows from the rest."""
        fields = {name: value for name, value in record.items() if name != "is_suspicious"}
        return cls(
            **{
                **fields,
                "feature_names": tuple(record["feature_names"]),
                "real": from_json_numbers(record["real"]),
                "invented": from_json_numbers(record["invented"]),
                "moved_share": Estimate.from_dict(record["moved_share"]),
                "separability": Estimate.from_dict(record["separability"]),
                "provenance": Provenance.from_dict(record["provenance"]),
            }
        )


def estimate_manipulation(
    study: Study, *, n_patients: int = 300, limit: float = LARGEST_CLEAN_SHARE
) -> ManipulationReport:
    """Compare what the model reacts to among real and among invented patients.

    Parameters
    ----------
    study : Study
    n_patients : int
        Real patients to draw, and invented ones to make.
    limit : float
        Moved share above which the report is suspicious, in (0, 1).

    Raises
    ------
    SettingsError
        When fewer than 40 patients are at hand, or the limit is not between 0 and 1.
    """
    size = min(n_patients, len(study.matrix))
    if size < FEWEST_PATIENTS or not 0.0 < limit < 1.0:
        raise SettingsError(
            f"looking for manipulation needs at least {FEWEST_PATIENTS} patients and a limit"
            " between 0 and 1",
            value=(size, limit),
        )
    rng = np.random.default_rng(study.seed)
    real = study.matrix[rng.permutation(len(study.matrix))[:size]]
    space = ScoreSpace.of(study.matrix, study.model.columns)
    partners = _similar_partners(space, real, rng)
    invented = invent_patients(real, rng)
    effects = np.stack(
        [_swap_effects(study, context, real, partners) for context in (real, invented)]
    )
    return ManipulationReport(
        feature_names=study.model.feature_names,
        real=effects[0].mean(axis=0),
        invented=effects[1].mean(axis=0),
        moved_share=_moved_share(effects, study.seed),
        separability=_separability(space, study.matrix, real, invented, study.seed),
        limit=limit,
        provenance=study.provenance("manipulation", n_patients=size, limit=limit),
    )


def invent_patients(real: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Patients (n, p) with every input from another, randomly chosen real one."""
    return rng.permuted(real, axis=0)


def _similar_partners(space: ScoreSpace, real: FloatArray, rng: np.random.Generator) -> IntArray:
    """For each patient and input, (n, p), someone alike in the others who differs in it.

    The patient themselves where everybody has the same value.
    """
    points = space.locate(real)
    total = squared_distances(points, points)
    partners = np.empty(real.shape, dtype=np.int64)
    n = len(real)
    for at in range(real.shape[1]):
        own = points[:, space.owners == at]
        others = np.maximum(total - squared_distances(own, own), 0.0)
        values = np.nan_to_num(real[:, at], nan=-1e300)
        others[values[:, None] == values] = np.inf
        nearest = np.argsort(others, axis=1, kind="stable")[:, :N_NEIGHBOURS]
        chosen = nearest[np.arange(n), rng.integers(0, nearest.shape[1], size=n)]
        is_possible = np.isfinite(others[np.arange(n), chosen])
        chosen = np.where(is_possible, chosen, nearest[:, 0])
        is_possible = np.isfinite(others[np.arange(n), chosen])
        partners[:, at] = np.where(is_possible, chosen, np.arange(n))
    return partners


def _swap_effects(
    study: Study, context: FloatArray, real: FloatArray, partners: IntArray
) -> FloatArray:
    """Absolute change of the risk (n, p) when one input goes from a patient's value to another's.

    The values are those of real patients in either context; only the other inputs differ.
    """
    n, p = real.shape
    at = np.arange(p)
    before = np.repeat(context[:, None, :], p, axis=1)
    after = before.copy()
    before[:, at, at] = real
    after[:, at, at] = real[partners, at]
    both = np.concatenate([before.reshape(-1, p), after.reshape(-1, p)])
    risk = study.predict(both, "risk").reshape(2, n, p)
    effects: FloatArray = np.abs(risk[1] - risk[0])
    return effects


def _moved_share(effects: FloatArray, seed: int) -> Estimate:
    """Total variation between two profiles of effects (2, n, p), with an interval over patients."""
    n = effects.shape[1]

    def moved(weights: FloatArray) -> FloatArray:
        real, invented = (_shares(weights @ part) for part in effects)
        return np.asarray(np.abs(real - invented).sum(axis=1) / 2, dtype=np.float64)

    interval = bootstrap_interval(moved, n, seed=seed)
    return Estimate(
        metric="moved_share",
        value=float(moved(np.ones((1, n)))[0]),
        low=interval.low,
        high=interval.high,
        n=n,
        n_events=None,
        interval_method=interval.method,
    )


def _shares(effects: FloatArray) -> FloatArray:
    """Each input's part of the effects (b, p); all 0 where the model reacts to nothing."""
    totals = effects.sum(axis=1, keepdims=True)
    shares: FloatArray = np.divide(effects, totals, out=np.zeros_like(effects), where=totals > 0)
    return shares


def _separability(
    space: ScoreSpace, cohort: FloatArray, real: FloatArray, invented: FloatArray, seed: int
) -> Estimate:
    """Area under the ROC curve of the distance to the nearest real patients but one."""
    points = space.locate(cohort)
    k = min(N_NEIGHBOURS, len(cohort) - 2)
    located = [space.locate(part) for part in (real, invented)]
    # A real patient is their own nearest one; an invented one may pass over its nearest too.
    distances = [_beyond_the_first(part, points, k) for part in located]
    above = (distances[1][:, None] > distances[0]).astype(np.float64)
    above += 0.5 * (distances[1][:, None] == distances[0])

    def area(weights: FloatArray) -> FloatArray:
        won = ((weights @ above) * weights).sum(axis=1)
        return np.asarray(won / weights.sum(axis=1) ** 2, dtype=np.float64)

    interval = bootstrap_interval(area, len(real), seed=seed)
    return Estimate(
        metric="separability",
        value=float(above.mean()),
        low=interval.low,
        high=interval.high,
        n=len(real),
        n_events=None,
        interval_method=interval.method,
    )


def _beyond_the_first(points: FloatArray, among: FloatArray, k: int) -> FloatArray:
    first = nearest_distances(points, among, 1)
    beyond = nearest_distances(points, among, k + 1) * (k + 1) - first
    return np.asarray(beyond / k, dtype=np.float64)
