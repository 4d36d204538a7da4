"""Whether explanations depend on what the model has learnt (Adebayo et al. 2018).

A method whose reasons stay the same when the model is replaced by one that learnt nothing describes
the patient, not the model. See ``docs/methods/sanity.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from explainers.attribution.attributor import Attributor
from explainers.core.arrays import FloatArray, from_json_numbers, frozen_floats, to_json_numbers
from explainers.core.estimate import Estimate
from explainers.core.link import Scale
from explainers.core.model import RiskModel
from explainers.core.provenance import Provenance
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.reliability.averages import estimate_mean
from explainers.reliability.random_models import randomise_model
from explainers.reliability.rankings import known_mean, rank_correlation

Verdict = Literal["depends on the model", "ignores the model", "unclear"]
RandomModel = Callable[[int], RiskModel]

# Two explanations with this rank correlation would be read as the same.
LARGEST_CORRELATION = 0.5
FEWEST_PATIENTS = 5


@dataclass(frozen=True)
class SanityReport:
    """Reasons under the model beside reasons under models that learnt nothing.

    Attributes
    ----------
    method : str
    scale : {"risk", "log-odds"}
    randomised : str
        "parameters" or "outcomes": what was made random.
    correlations : ndarray of shape (m, n)
        Spearman correlation of the signed contributions of patient j under random model i with
        those under the model itself; NaN where either are all equal.
    size_correlations : ndarray of shape (m, n)
        The same for absolute contributions. Random models of the same form still use the same
        inputs more often than others, so this need not be near 0.
    correlation : Estimate
        Mean of ``correlations``, with an interval over patients.
    limit : float
        Correlation from which two explanations count as the same.
    provenance : Provenance
    """

    method: str
    scale: Scale
    randomised: str
    correlations: FloatArray
    size_correlations: FloatArray
    correlation: Estimate
    limit: float
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("correlations", "size_correlations"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    @property
    def verdict(self) -> Verdict:
        """By which side of the limit the whole interval lies on."""
        low, high = self.correlation.low, self.correlation.high
        if low is None or high is None:
            return "unclear"
        if high < self.limit:
            return "depends on the model"
        return "ignores the model" if low >= self.limit else "unclear"

    def to_frame(self) -> pd.DataFrame:
        """One row per random model: model, mean and largest correlation, mean size correlation."""
        return pd.DataFrame(
            {
                "model": np.arange(1, len(self.correlations) + 1),
                "correlation": known_mean(self.correlations, axis=1),
                "largest_correlation": np.fmax.reduce(self.correlations, axis=1),
                "size_correlation": known_mean(self.size_correlations, axis=1),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "method": self.method,
            "scale": self.scale,
            "randomised": self.randomised,
            "correlations": to_json_numbers(self.correlations),
            "size_correlations": to_json_numbers(self.size_correlations),
            "correlation": self.correlation.to_dict(),
            "limit": self.limit,
            "verdict": self.verdict,
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> SanityReport:
        """Inverse of :meth:`to_dict`; the verdict follows from the rest."""
        fields = {name: value for name, value in record.items() if name != "verdict"}
        return cls(
            **{
                **fields,
                "correlations": from_json_numbers(record["correlations"]),
                "size_correlations": from_json_numbers(record["size_correlations"]),
                "correlation": Estimate.from_dict(record["correlation"]),
                "provenance": Provenance.from_dict(record["provenance"]),
            }
        )


@dataclass(frozen=True)
class SanityCheck:
    """What to compare.

    Attributes
    ----------
    n_patients : int
        Patients to draw, at least 5.
    n_models : int
        Random models, at least 1.
    limit : float
        Correlation from which two explanations count as the same.
    """

    n_patients: int = 20
    n_models: int = 5
    limit: float = LARGEST_CORRELATION

    def __post_init__(self) -> None:
        if self.n_patients < FEWEST_PATIENTS or self.n_models < 1 or not 0 < self.limit < 1:
            raise SettingsError(
                f"a sanity check needs {FEWEST_PATIENTS} patients, one random model and a limit"
                " between 0 and 1",
                value=(self.n_patients, self.n_models, self.limit),
            )


def estimate_sanity(
    study: Study,
    attributor: Attributor,
    *,
    scale: Scale = "log-odds",
    check: SanityCheck = SanityCheck(),
    train_on_noise: RandomModel | None = None,
) -> SanityReport:
    """Compare reasons under the model with reasons under random ones.

    Parameters
    ----------
    study : Study
    attributor : Attributor
    scale : {"risk", "log-odds"}
    check : SanityCheck
    train_on_noise : callable, optional
        Trains a model on permuted outcomes, given a seed; without it the model's own parameters
        are permuted.

    Raises
    ------
    UnsupportedError
        Where the method cannot explain the model on this scale, or the model's parameters cannot
        be permuted and no function is given.
    """
    size = min(check.n_patients, len(study.matrix))
    chosen = np.sort(np.random.default_rng(study.seed).permutation(len(study.matrix))[:size])
    rows = study.matrix[chosen]
    ids = tuple(study.cohort.patient_ids[at] for at in chosen)
    own = attributor.explain(study, rows, ids, scale)
    signed, sizes = [], []
    for seed in range(study.seed + 1, study.seed + 1 + check.n_models):
        model = (
            randomise_model(study.model, study.matrix, seed)
            if train_on_noise is None
            else train_on_noise(seed)
        )
        other = attributor.explain(replace(study, model=model), rows, ids, scale)
        signed.append(rank_correlation(own.values, other.values))
        sizes.append(rank_correlation(np.abs(own.values), np.abs(other.values)))
    randomised = "parameters" if train_on_noise is None else "outcomes"
    return SanityReport(
        method=own.method,
        scale=scale,
        randomised=randomised,
        correlations=np.array(signed),
        size_correlations=np.array(sizes),
        correlation=_mean_over_patients(np.array(signed), study.seed),
        limit=check.limit,
        provenance=study.provenance(
            own.method, randomised=randomised, n_patients=size, n_models=check.n_models
        ),
    )


def _mean_over_patients(correlations: FloatArray, seed: int) -> Estimate:
    """Each patient's mean over the models where it exists, then the mean over patients."""
    means = known_mean(correlations, axis=0)
    return estimate_mean("rank_correlation", means, unit="patients", seed=seed)
