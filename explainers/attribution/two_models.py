"""One patient under two models: which contributions set the two predictions apart.

Shapley values of two models against the same reference patients are in the same unit, and an input
that a model does not have contributes nothing to it, so the difference of the predictions is the
difference of where the models start plus the sum of the differences of the contributions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from explainers.attribution.registry import EXACT_SHAP
from explainers.attribution.side_by_side import SideBySide
from explainers.core.attribution import Attribution
from explainers.errors import SettingsError


@dataclass(frozen=True)
class TwoModels(SideBySide):
    """One attribution for each of two models, of the same patient, comparable input by input.

    Made by :func:`compare_models`, which gives both the same inputs.

    Attributes
    ----------
    first, second : Attribution
        Same patient, held-out patients, reference patients, scale and inputs; exact SHAP values
        each.

    Raises
    ------
    SettingsError
        When one of them is of more or fewer patients, is no exact SHAP value, or they differ in one
        of these.
    """

    noun: ClassVar[str] = "model"

    def __post_init__(self) -> None:
        super().__post_init__()
        methods = [attributor.slug for attributor in EXACT_SHAP]
        for attribution in (self.first, self.second):
            if attribution.method not in methods or not attribution.is_exact:
                raise SettingsError(
                    "two models are compared by exact SHAP values, of which any method's will do",
                    value=attribution.method,
                    remedy=f"Use one of {', '.join(methods)}.",
                )

    @classmethod
    def _shared(cls, attribution: Attribution) -> dict[str, object]:
        return {
            **super()._shared(attribution),
            "patient": attribution.patient_ids,
            "held-out patients": attribution.provenance.cohort_digest,
        }


def compare_models(first: Attribution, second: Attribution) -> TwoModels:
    """Two models' reasons for one patient, over all inputs that either model has.

    An input that a model lacks contributes exactly 0 to it. That both models predict the same
    outcome is for the caller to see to: an attribution does not say which one it is of.

    Parameters
    ----------
    first, second : Attribution
        By single inputs, of one patient each.

    Raises
    ------
    SettingsError
        As :class:`TwoModels`.
    """
    names = tuple(dict.fromkeys((*first.feature_names, *second.feature_names)))
    return TwoModels(_over(first, names, second), _over(second, names, first))


def _over(attribution: Attribution, names: tuple[str, ...], other: Attribution) -> Attribution:
    """The same attribution over more inputs, each with the patient's value where one is known."""
    if names == attribution.feature_names:
        return attribution
    own = dict(zip(attribution.feature_names, attribution.values[0].tolist(), strict=True))
    recorded = _recorded(other) | _recorded(attribution)
    return replace(
        attribution,
        values=np.array([[own.get(name, 0.0) for name in names]]),
        feature_names=names,
        feature_values=np.array([[recorded.get(name, math.nan) for name in names]]),
        std_error=None,
    )


def _recorded(attribution: Attribution) -> dict[str, float]:
    """The patient's encoded values by input; empty where inputs were summed."""
    if attribution.feature_values is None:
        return {}
    return dict(zip(attribution.feature_names, attribution.feature_values[0].tolist(), strict=True))
