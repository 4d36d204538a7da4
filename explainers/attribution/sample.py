"""Reasons for a seeded sample of a study's patients, for views of the whole model."""

from __future__ import annotations

import numpy as np

from explainers.attribution.registry import exact_shap_for
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.study import Study
from explainers.errors import SettingsError


def explain_sample(
    study: Study, *, scale: Scale = "log-odds", n_patients: int = 500
) -> Attribution:
    """Exact SHAP values of a sample drawn without replacement.

    Parameters
    ----------
    study : Study
    scale : {"risk", "log-odds"}
    n_patients : int
        Patients to draw; all of them where there are fewer.

    Raises
    ------
    SettingsError
        When fewer than two patients are asked for, or there are.
    UnsupportedError
        When no exact method supports the model on this scale.
    """
    ids = study.cohort.patient_ids
    if min(n_patients, len(ids)) < 2:
        raise SettingsError(
            "a view of the whole model needs at least two patients",
            value=min(n_patients, len(ids)),
        )
    drawn = np.random.default_rng(study.seed).permutation(len(ids))[:n_patients]
    rows = np.sort(drawn)
    chosen = tuple(ids[row] for row in rows)
    return exact_shap_for(study.model, scale).explain(study, study.matrix[rows], chosen, scale)
