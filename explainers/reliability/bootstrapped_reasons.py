"""Whether another training sample would have given other reasons.

The model is trained again on bootstrap samples of its training patients and each of these models is
explained for the same patient, against the same reference patients. See
``docs/methods/bootstrapped-reasons.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from explainers.attribution.attributor import Attributor
from explainers.core.arrays import FloatArray, from_json_numbers, frozen_floats, to_json_numbers
from explainers.core.link import Scale
from explainers.core.progress import Progress
from explainers.core.provenance import Provenance
from explainers.core.schema import Schema
from explainers.core.study import Study
from explainers.errors import RecipeError, SettingsError
from explainers.reliability.rankings import is_in_top, ranks_by_size
from explainers.reliability.training_patients import Refit
from explainers.uncertainty.interval import tail_of

FEWEST_REFITS = 10


@dataclass(frozen=True)
class BootstrappedReasons:
    """One patient's reasons under models that learnt from other samples.

    Attributes
    ----------
    patient_id, method : str
    scale : {"risk", "log-odds"}
    feature_names : tuple of str, length p
    original : ndarray of shape (p,)
        Contributions to the prediction of the model itself.
    refits : ndarray of shape (b, p)
        Contributions to the prediction of each refitted model.
    original_risk : float
    risks : ndarray of shape (b,)
        Risk by each refitted model.
    level : float
        Share of refits that the intervals hold.
    k : int
        Number of top reasons.
    n_failed : int
        Samples on which no model could be trained.
    provenance : Provenance
    """

    patient_id: str
    method: str
    scale: Scale
    feature_names: tuple[str, ...]
    original: FloatArray
    refits: FloatArray
    original_risk: float
    risks: FloatArray
    level: float
    k: int
    n_failed: int
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("original", "refits", "risks"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    @property
    def n_refits(self) -> int:
        """Refitted models."""
        return len(self.refits)

    def by_concept(self, schema: Schema) -> BootstrappedReasons:
        """The same with features summed into the schema's clinical concepts, within each refit."""
        owners = [schema.column(name).concept or name for name in self.feature_names]
        concepts = tuple(dict.fromkeys(owners))
        membership = np.array([[owner == concept for concept in concepts] for owner in owners])
        return replace(
            self,
            feature_names=concepts,
            original=self.original @ membership,
            refits=self.refits @ membership,
            k=min(self.k, len(concepts)),
        )

    @property
    def risk_interval(self) -> tuple[float, float]:
        """The middle ``level`` of the refitted models' risks."""
        low, high = self._limits(self.risks)
        return float(low), float(high)

    def to_frame(self) -> pd.DataFrame:
        """One row per feature, in matrix order.

        Columns: feature, attribution, low and high (the middle ``level`` of refits), sign_share
        (refits with the original's sign), rank, rank_low, rank_high, same_rank_share, top_share
        (refits in which it is among the top k).
        """
        low, high = self._limits(self.refits)
        ranks = ranks_by_size(self.refits)
        rank = ranks_by_size(self.original[None, :])[0]
        rank_low, rank_high = self._limits(ranks)
        return pd.DataFrame(
            {
                "feature": np.array(self.feature_names, dtype=object),
                "attribution": self.original,
                "low": low,
                "high": high,
                "sign_share": (np.sign(self.refits) == np.sign(self.original)).mean(axis=0),
                "rank": rank,
                "rank_low": rank_low,
                "rank_high": rank_high,
                "same_rank_share": (ranks == rank).mean(axis=0),
                "top_share": is_in_top(self.refits, self.k).mean(axis=0),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "patient_id": self.patient_id,
            "method": self.method,
            "scale": self.scale,
            "feature_names": list(self.feature_names),
            "original": to_json_numbers(self.original),
            "refits": to_json_numbers(self.refits),
            "original_risk": self.original_risk,
            "risks": to_json_numbers(self.risks),
            "risk_interval": to_json_numbers(frozen_floats(self.risk_interval)),
            "level": self.level,
            "k": self.k,
            "n_failed": self.n_failed,
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> BootstrappedReasons:
        """Inverse of :meth:`to_dict`; the interval of the risk follows from the rest."""
        fields = {name: value for name, value in record.items() if name != "risk_interval"}
        arrays = ("original", "refits", "risks")
        return cls(
            **{
                **fields,
                "feature_names": tuple(record["feature_names"]),
                **{name: from_json_numbers(record[name]) for name in arrays},
                "provenance": Provenance.from_dict(record["provenance"]),
            }
        )

    def _limits(self, values: FloatArray) -> FloatArray:
        tail = tail_of(self.level)
        return np.asarray(np.quantile(values, [tail, 1.0 - tail], axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Refits:
    """How many models to train, and how to sum them up.

    Attributes
    ----------
    n : int
        Bootstrap samples, at least 10.
    level : float
        Share of refits in an interval. The ends of a 95% interval rest on the two or three most
        extreme of 50 refits; 90% is steadier.
    k : int
        Number of top reasons; all of them where there are fewer.
    """

    n: int = 50
    level: float = 0.9
    k: int = 5

    def __post_init__(self) -> None:
        tail_of(self.level)
        if self.n < FEWEST_REFITS or self.k < 1:
            raise SettingsError(
                f"intervals of reasons need at least {FEWEST_REFITS} refits and one reason",
                value=(self.n, self.k),
            )


@dataclass(frozen=True)
class Explainer:
    """A method and the scale to use it on."""

    attributor: Attributor
    scale: Scale = "log-odds"


def explain_with_refits(
    study: Study,
    patient_id: str,
    refit: Refit,
    explainer: Explainer,
    *,
    refits: Refits = Refits(),
    progress: Progress | None = None,
) -> BootstrappedReasons:
    """Explain a patient by the study's model and by refitted ones.

    Parameters
    ----------
    study : Study
    patient_id : str
    refit : callable
        Trains a model on the bootstrap sample of a seed; from
        :func:`~explainers.reliability.training_patients.refits_of`, or any other.
    explainer : Explainer
    refits : Refits
    progress : callable, optional
        Told (done, total) after each model.

    Raises
    ------
    UnsupportedError
        Where the method cannot explain the model on this scale.
    SettingsError
        When models could be trained on fewer than half of the samples.
    """
    row = study.rows_of([patient_id])
    method, scale = explainer.attributor, explainer.scale
    original = method.explain(study, row, (patient_id,), scale)
    seeds = np.random.default_rng(study.seed).integers(0, 2**31 - 1, size=refits.n)
    values, risks = [], []
    for done, seed in enumerate(seeds.tolist(), start=1):
        try:
            other = replace(study, model=refit(seed))
        except RecipeError:
            # Counted below: a weak model can have a sample that no calibration line fits.
            pass
        else:
            reasons = method.explain(other, row, (patient_id,), scale)
            values.append(reasons.values[0])
            risks.append(other.predict(row, "risk")[0])
        if progress is not None:
            progress(done, refits.n)
    if 2 * len(values) < refits.n:
        raise SettingsError(
            "models could be trained on fewer than half of the bootstrap samples",
            value=f"{len(values)} of {refits.n}",
        )
    return BootstrappedReasons(
        patient_id=patient_id,
        method=original.method,
        scale=scale,
        feature_names=original.feature_names,
        original=original.values[0],
        refits=np.array(values),
        original_risk=float(study.predict(row, "risk")[0]),
        risks=np.array(risks),
        level=refits.level,
        k=min(refits.k, row.shape[1]),
        n_failed=refits.n - len(values),
        provenance=study.provenance(original.method, n_refits=refits.n, level=refits.level),
    )
