"""Whether the same question, asked again or slightly differently, gets the same reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from explainers.attribution.attributor import Attributor
from explainers.attribution.lime_surrogate import LocalFit
from explainers.core.arrays import FloatArray, from_json_numbers, frozen_floats, to_json_numbers
from explainers.core.attribution import Attribution
from explainers.core.estimate import Estimate
from explainers.core.link import Scale
from explainers.core.progress import Progress
from explainers.core.provenance import Provenance
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.reliability.averages import estimate_mean
from explainers.reliability.plausible_changes import MeasurementError, PlausibleChange
from explainers.reliability.rankings import (
    is_in_top,
    rank_correlation,
    ranks_by_size,
    set_overlap,
)

FEWEST_REPEATS = 5


@runtime_checkable
class SeedsTogether(Protocol):
    """A method that explains a patient under many seeds for less than many times the work."""

    def explain_seeds(
        self,
        study: Study,
        row: FloatArray,
        seeds: Sequence[int],
        scale: Scale,
        progress: Progress | None = None,
    ) -> tuple[LocalFit, ...]:
        """For each seed, what ``explain`` finds for a study with that seed."""
        ...


@dataclass(frozen=True)
class StabilityReport:
    """One patient's reasons, and the same reasons computed again and again.

    Attributes
    ----------
    patient_id, method : str
    scale : {"risk", "log-odds"}
    varied : str
        What differed between repeats: "seed", "reference patients", or the kind of change.
    feature_names : tuple of str, length p
    original : ndarray of shape (p,)
        Contributions as first computed.
    repeats : ndarray of shape (r, p)
        Contributions of each repeat.
    predictions : ndarray of shape (r,)
        The model's prediction in each repeat; all equal unless the patient was changed.
    k : int
        Number of reasons that are called the top ones.
    top_overlap : Estimate
        Mean Jaccard overlap of a repeat's top k with the original's.
    sign_agreement : Estimate
        Mean share of the original top k that keep their sign.
    rank_correlation : Estimate
        Mean Spearman correlation of signed contributions with the original ones.
    provenance : Provenance
    """

    patient_id: str
    method: str
    scale: Scale
    varied: str
    feature_names: tuple[str, ...]
    original: FloatArray
    repeats: FloatArray
    predictions: FloatArray
    k: int
    top_overlap: Estimate
    sign_agreement: Estimate
    rank_correlation: Estimate
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("original", "repeats", "predictions"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    @property
    def n_repeats(self) -> int:
        """Number of repeats, the original not counted."""
        return len(self.repeats)

    def to_frame(self) -> pd.DataFrame:
        """One row per feature, in matrix order.

        Columns: feature, attribution, mean, spread (standard deviation), low and high (2.5% and
        97.5% of repeats), sign_share (repeats with the original's sign), rank, rank_low, rank_high,
        top_share (repeats in which it is among the top k).
        """
        low, high = np.quantile(self.repeats, [0.025, 0.975], axis=0)
        ranks = ranks_by_size(self.repeats)
        rank_low, rank_high = np.quantile(ranks, [0.025, 0.975], axis=0)
        return pd.DataFrame(
            {
                "feature": np.array(self.feature_names, dtype=object),
                "attribution": self.original,
                "mean": self.repeats.mean(axis=0),
                "spread": self.repeats.std(axis=0, ddof=1),
                "low": low,
                "high": high,
                "sign_share": (np.sign(self.repeats) == np.sign(self.original)).mean(axis=0),
                "rank": ranks_by_size(self.original[None, :])[0],
                "rank_low": rank_low,
                "rank_high": rank_high,
                "top_share": is_in_top(self.repeats, self.k).mean(axis=0),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "patient_id": self.patient_id,
            "method": self.method,
            "scale": self.scale,
            "varied": self.varied,
            "feature_names": list(self.feature_names),
            "original": to_json_numbers(self.original),
            "repeats": to_json_numbers(self.repeats),
            "predictions": to_json_numbers(self.predictions),
            "k": self.k,
            "top_overlap": self.top_overlap.to_dict(),
            "sign_agreement": self.sign_agreement.to_dict(),
            "rank_correlation": self.rank_correlation.to_dict(),
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> StabilityReport:
        """Inverse of :meth:`to_dict`."""
        arrays = ("original", "repeats", "predictions")
        estimates = ("top_overlap", "sign_agreement", "rank_correlation")
        return cls(
            **{
                **record,
                "feature_names": tuple(record["feature_names"]),
                **{name: from_json_numbers(record[name]) for name in arrays},
                **{name: Estimate.from_dict(record[name]) for name in estimates},
                "provenance": Provenance.from_dict(record["provenance"]),
            }
        )


@dataclass(frozen=True)
class Repeats:
    """How often to ask again, and about how many reasons.

    Attributes
    ----------
    n : int
        Repeats, at least 5.
    k : int
        Number of top reasons; all of them where there are fewer.
    """

    n: int = 20
    k: int = 5

    def __post_init__(self) -> None:
        if self.n < FEWEST_REPEATS or self.k < 1:
            raise SettingsError(
                f"stability needs at least {FEWEST_REPEATS} repeats and one reason",
                value=(self.n, self.k),
            )


def estimate_seed_stability(
    study: Study,
    attributor: Attributor,
    patient_id: str,
    *,
    scale: Scale = "risk",
    repeats: Repeats = Repeats(),
    progress: Progress | None = None,
) -> StabilityReport:
    """The same patient and reference patients under other seeds.

    A method that draws nothing is perfectly stable here; its own choice is that of the reference
    patients, see :func:`estimate_reference_stability`.

    Raises
    ------
    UnsupportedError
        Where the method cannot explain the model on this scale.
    """
    seeds = [study.seed + 1 + at for at in range(repeats.n)]
    if isinstance(attributor, SeedsTogether):
        row = study.rows_of([patient_id])
        original = attributor.explain(study, row, (patient_id,), scale)
        fits = attributor.explain_seeds(study, row[0], seeds, scale, progress)
        repeated = (
            np.array([fit.weights for fit in fits]),
            np.repeat(original.prediction, len(fits)),
        )
        return _report(study, original, repeated, varied="seed", k=repeats.k)
    variants = [replace(study, seed=seed) for seed in seeds]
    return _repeat_over_studies(
        study, variants, attributor, patient_id, (scale, "seed", repeats.k), progress
    )


def estimate_reference_stability(
    study: Study,
    attributor: Attributor,
    patient_id: str,
    *,
    scale: Scale = "risk",
    repeats: Repeats = Repeats(),
    progress: Progress | None = None,
) -> StabilityReport:
    """The same patient against as many other reference patients, drawn from the study's cohort."""
    rng = np.random.default_rng(study.seed)
    ids = np.array(study.cohort.patient_ids, dtype=object)
    size = min(len(study.reference), len(ids))
    variants = [
        replace(study, reference=study.cohort.select(list(rng.choice(ids, size, replace=False))))
        for _ in range(repeats.n)
    ]
    named = (scale, "reference patients", repeats.k)
    return _repeat_over_studies(study, variants, attributor, patient_id, named, progress)


def estimate_change_stability(
    study: Study,
    attributor: Attributor,
    patient_id: str,
    *,
    scale: Scale = "risk",
    repeats: Repeats = Repeats(),
    change: PlausibleChange = MeasurementError(),  # noqa: B008  (frozen)
) -> StabilityReport:
    """The same seed and reference patients for slightly changed versions of the patient."""
    row = study.rows_of([patient_id])
    rows = np.vstack([row, change.draw(study, row[0], repeats.n)])
    ids = (patient_id, *(f"{patient_id} changed {at + 1}" for at in range(repeats.n)))
    attribution = attributor.explain(study, rows, ids, scale)
    return _report(
        study,
        attribution.patient(patient_id),
        (attribution.values[1:], attribution.prediction[1:]),
        varied=change.name,
        k=repeats.k,
    )


def _repeat_over_studies(
    study: Study,
    variants: list[Study],
    attributor: Attributor,
    patient_id: str,
    named: tuple[Scale, str, int],
    progress: Progress | None,
) -> StabilityReport:
    scale, varied, k = named
    row = study.rows_of([patient_id])
    original = attributor.explain(study, row, (patient_id,), scale)
    values, predictions = [], []
    for done, variant in enumerate(variants, start=1):
        again = attributor.explain(variant, row, (patient_id,), scale)
        values.append(again.values[0])
        predictions.append(again.prediction[0])
        if progress is not None:
            progress(done, len(variants))
    return _report(study, original, (np.array(values), np.array(predictions)), varied=varied, k=k)


def _report(
    study: Study,
    original: Attribution,
    repeated: tuple[FloatArray, FloatArray],
    *,
    varied: str,
    k: int,
) -> StabilityReport:
    repeats, predictions = repeated
    k = min(k, repeats.shape[1])
    first = original.values[0]
    own = np.broadcast_to(first, repeats.shape)
    own_top = is_in_top(own, k)
    same_sign = (np.sign(repeats) == np.sign(own)) & own_top
    measures = {
        "top_overlap": set_overlap(is_in_top(repeats, k), own_top),
        "sign_agreement": same_sign.sum(axis=1) / k,
        "rank_correlation": rank_correlation(repeats, own),
    }
    estimates = {
        name: estimate_mean(name, values, unit="repeats", seed=study.seed)
        for name, values in measures.items()
    }
    return StabilityReport(
        patient_id=original.patient_ids[0],
        method=original.method,
        scale=original.scale,
        varied=varied,
        feature_names=original.feature_names,
        original=first,
        repeats=repeats,
        predictions=predictions,
        k=k,
        provenance=study.provenance(original.method, varied=varied, n_repeats=len(repeats), k=k),
        **estimates,
    )
