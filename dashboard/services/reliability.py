"""Whether a prediction and its reasons can be believed, computed once per patient."""

from __future__ import annotations

from dataclasses import astuple

import streamlit as st

from dashboard.context import Context
from dashboard.services.background import BackgroundJob
from dashboard.services.explanations import prepared_method
from dashboard.services.keys import BY_DIGEST
from dashboard.services.library import BundleAddress, address_of
from explainers.attribution.lime_tabular import LimeTabular
from explainers.attribution.registry import exact_shap_for
from explainers.core.arrays import FloatArray
from explainers.core.link import Scale
from explainers.core.study import Study
from explainers.errors import NotFoundError, SettingsError
from explainers.models.bundle import BundleFacts
from explainers.reliability.bootstrapped_reasons import (
    BootstrappedReasons,
    Explainer,
    Refits,
    explain_with_refits,
)
from explainers.reliability.edited_patient import EditedPatient, compare_edit
from explainers.reliability.out_of_distribution import (
    FamiliarPatients,
    UnusualPatient,
    compare_patient,
    fit_familiar_patients,
)
from explainers.reliability.stability import StabilityReport, estimate_seed_stability
from explainers.reliability.training_patients import Refit, TrainingPatients, refits_of
from explainers.uncertainty.risk_intervals import RiskIntervals, estimate_risk_intervals
from explainers.workspace import Workspace

N_REFITS = 50


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def risk_intervals(study: Study) -> RiskIntervals:
    """A calibrated interval of every patient's risk."""
    return estimate_risk_intervals(study)


def unusual_patient(
    ctx: Context, facts: BundleFacts, study: Study, patient_id: str
) -> UnusualPatient | None:
    """What is unusual about a patient among those the model learnt from.

    None where the training patients are not at hand, or too few.
    """
    familiar = _familiar_patients(address_of(ctx, facts))
    if familiar is None:
        return None
    row = study.matrix[study.position_of(patient_id)]
    return compare_patient(familiar, row, patient_id)


def edited_patient(
    ctx: Context, facts: BundleFacts, before: FloatArray, after: FloatArray
) -> EditedPatient | None:
    """What changed values make unusual about a patient, encoded (p,) as recorded and as changed.

    None where :func:`unusual_patient` has none.
    """
    familiar = _familiar_patients(address_of(ctx, facts))
    return None if familiar is None else compare_edit(familiar, before, after)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _familiar_patients(address: BundleAddress) -> FamiliarPatients | None:
    """None is kept as well: to find out again costs reading the whole cohort."""
    workspace = Workspace(address.root)
    try:
        bundle = workspace.load_bundle(address.name)
        patients = TrainingPatients.of(bundle, workspace.load_cohort(address.cohort))
        return fit_familiar_patients(patients.matrix, patients.columns)
    except (NotFoundError, SettingsError):
        return None


@st.cache_data(max_entries=2000, show_spinner=False, hash_funcs=BY_DIGEST)
def lime_stability(study: Study, patient_id: str, scale: Scale) -> StabilityReport:
    """The reasons by LIME under other seeds."""
    return estimate_seed_stability(
        study, prepared_method(study, LimeTabular.slug), patient_id, scale=scale
    )


class RefitsJob(BackgroundJob[BootstrappedReasons]):
    """Reasons by models trained on other samples; takes seconds to minutes.

    Raises
    ------
    UnsupportedError, NotFoundError, RecipeError
        When the model cannot be trained anew.
    """

    def __init__(self, ctx: Context, facts: BundleFacts, study: Study, patient_id: str) -> None:
        self._study, self._patient_id = study, patient_id
        self._explainer = Explainer(exact_shap_for(study.model, "risk"), "risk")
        self._refit = _refit(address_of(ctx, facts))
        super().__init__(N_REFITS, "the model could not be trained again")

    def _make(self) -> BootstrappedReasons:
        return explain_with_refits(
            self._study,
            self._patient_id,
            self._refit,
            self._explainer,
            refits=Refits(n=N_REFITS),
            progress=self._tell,
        )


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _refit(address: BundleAddress) -> Refit:
    workspace = Workspace(address.root)
    return refits_of(workspace.load_bundle(address.name), workspace.load_cohort(address.cohort))
