"""What a model leans on over many patients: the mean size of the contributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd

from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.core.belonging import Belonging
from explainers.core.estimate import Estimate
from explainers.core.link import Scale
from explainers.core.provenance import Provenance
from explainers.errors import SettingsError
from explainers.uncertainty.bootstrap import bootstrap_mean_intervals
from explainers.uncertainty.clusters import Clusters, cluster_interval

METRIC = "mean_absolute_attribution"
N_RESAMPLES = 500


@dataclass(frozen=True)
class ImportanceTable:
    """Mean absolute contribution of each feature or concept.

    Attributes
    ----------
    feature_names : tuple of str, length p
        Features or concepts, in matrix order.
    estimates : tuple of Estimate, length p
        Mean absolute contribution with its interval, in the unit of ``scale``; ``n_events`` is
        None because the outcome plays no part.
    scale : {"risk", "log-odds"}
    method : str
        Slug of the method of attribution.
    provenance : Provenance
        That of the attribution.
    """

    feature_names: tuple[str, ...]
    estimates: tuple[Estimate, ...]
    scale: Scale
    method: str
    provenance: Provenance

    @property
    def n_patients(self) -> int:
        """Patients the means are over."""
        return self.estimates[0].n or 0

    def ranking(self) -> tuple[str, ...]:
        """Names by importance, largest first."""
        sizes = [estimate.value or 0.0 for estimate in self.estimates]
        order = np.argsort(-np.array(sizes), kind="stable")
        return tuple(self.feature_names[at] for at in order)

    def to_frame(self) -> pd.DataFrame:
        """One row per feature: feature, then the fields of the estimate."""
        return pd.DataFrame(
            [
                {"feature": name, **estimate.to_dict()}
                for name, estimate in zip(self.feature_names, self.estimates, strict=True)
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "feature_names": list(self.feature_names),
            "estimates": [estimate.to_dict() for estimate in self.estimates],
            "scale": self.scale,
            "method": self.method,
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> ImportanceTable:
        """Inverse of :meth:`to_dict`."""
        if record["scale"] not in get_args(Scale):
            raise SettingsError("a scale must be risk or log-odds", value=record["scale"])
        return cls(
            feature_names=tuple(record["feature_names"]),
            estimates=tuple(Estimate.from_dict(entry) for entry in record["estimates"]),
            scale=record["scale"],
            method=record["method"],
            provenance=Provenance.from_dict(record["provenance"]),
        )


def global_importance(
    attribution: Attribution,
    *,
    n_resamples: int = N_RESAMPLES,
    level: float = 0.95,
    belonging: Belonging | None = None,
) -> ImportanceTable:
    """Mean absolute contribution of each feature over the patients of an attribution.

    For concepts, pass ``attribution.by_concept(schema)``: contributions of a concept are summed
    for each patient before their size is taken, so that opposite ones cancel as they do for the
    patient.

    Parameters
    ----------
    attribution : Attribution
        Of at least two patients.
    n_resamples : int
        Bootstrap resamples of the patients, at least 100; seeded by the attribution's own seed.
    level : float
        Confidence level of the intervals, which reflect the choice of patients and not the choice
        of reference patients or the training of the model.

    Raises
    ------
    SettingsError
        When there are fewer than two patients, or too few resamples.
    """
    n = len(attribution.patient_ids)
    if n < 2:
        raise SettingsError("importance is a mean over at least two patients", value=n)
    sizes = np.abs(attribution.values)
    low, high, method = _limits(sizes, n_resamples, attribution.provenance.seed, level)
    if belonging is not None and belonging.is_one:
        method = f"{method}, rows of one {belonging.kind} taken as independent"
    elif belonging is not None and belonging.has_effect:
        low, high, method = _limits_by_cluster(sizes, belonging, level)
    estimates = tuple(
        Estimate(
            metric=METRIC,
            value=float(value),
            low=float(low[at]),
            high=float(high[at]),
            n=n,
            n_events=None,
            interval_method=method,
            level=level,
        )
        for at, value in enumerate(sizes.mean(axis=0))
    )
    return ImportanceTable(
        feature_names=attribution.feature_names,
        estimates=estimates,
        scale=attribution.scale,
        method=attribution.method,
        provenance=attribution.provenance,
    )


def _limits(
    sizes: FloatArray, n_resamples: int, seed: int, level: float
) -> tuple[FloatArray, FloatArray, str]:
    low, high = bootstrap_mean_intervals(sizes, n_resamples, seed, level)
    return low, high, f"Bootstrap, {n_resamples:,} resamples"


def _limits_by_cluster(
    sizes: FloatArray, belonging: Belonging, level: float
) -> tuple[FloatArray, FloatArray, str]:
    """Of each column's mean (p,); a mean of sizes is not below 0."""
    clusters = Clusters.of(belonging.position, belonging.kind)
    found = [
        cluster_interval(float(own.mean()), (own - own.mean()) / len(own), clusters, level)
        for own in sizes.T
    ]
    low = np.maximum([one.low for one in found], 0.0)
    return low, np.array([one.high for one in found]), found[0].method
