"""Exact SHAP values of additive models: the difference from the mean reference patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from explainers.attribution.attributor import (
    SUPPORTED,
    Setting,
    Support,
    require_support,
)
from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import AdditiveModel, RiskModel
from explainers.core.study import Study


@dataclass(frozen=True)
class LinearShap:
    """Interventional SHAP values of a model with one term per feature.

    Without interactions every order of the features gives the same answer: the patient's term
    minus the reference patients' mean term (Lundberg and Lee 2017). The terms need
    not be straight lines.
    """

    slug: ClassVar[str] = "linear-shap"
    label: ClassVar[str] = "SHAP (exact, linear)"
    settings: ClassVar[tuple[Setting, ...]] = ()

    def supports(self, model: RiskModel, scale: Scale) -> Support:
        """Additive models only, and only where the step from score to scale is a straight line."""
        if not isinstance(model, AdditiveModel):
            return Support.refused("it explains models with one term per feature only")
        if not model.link.is_affine(scale):
            return Support.refused(
                f"the terms do not add up to the {scale} of this model; exact-shap does the"
                " computation on a curved scale",
            )
        return SUPPORTED

    def explain(
        self, study: Study, rows: FloatArray, patient_ids: tuple[str, ...], scale: Scale
    ) -> Attribution:
        """Explain encoded patients (k, p); the residual is rounding only.

        Raises
        ------
        UnsupportedError
            Where :meth:`supports` says no.
        """
        require_support(self, study.model, scale)
        model = cast("AdditiveModel", study.model)
        mean_terms = model.terms(study.reference_matrix).mean(axis=0)
        baseline = study.predict(study.reference_matrix, scale).mean()
        return Attribution(
            values=study.model.link.slope * (model.terms(rows) - mean_terms),
            baseline=np.full(len(rows), baseline),
            prediction=study.predict(rows, scale),
            scale=scale,
            feature_names=study.model.feature_names,
            patient_ids=patient_ids,
            method=self.slug,
            is_exact=True,
            feature_values=rows,
            provenance=study.provenance(self.slug, n_reference=len(study.reference)),
        )
