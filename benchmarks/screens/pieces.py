"""The pieces that the patient and the model screen are made of, one after another.

The library's own calls, as the screens make them; what a server keeps per model is apart from what
each patient takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from explainers.alternatives.relations import find_relations
from explainers.alternatives.similar_patients import find_similar_patients
from explainers.alternatives.what_if import rescore
from explainers.attribution.importance import global_importance
from explainers.attribution.registry import explain_patient
from explainers.attribution.sample import explain_sample
from explainers.charts.importance import importance_chart
from explainers.charts.reasons import reasons_chart
from explainers.charts.risk_distribution import risk_distribution_chart
from explainers.charts.waterfall import waterfall_chart
from explainers.core import Study
from explainers.core.attribution import Attribution
from explainers.distances import build_space
from explainers.performance.curves import RiskDistribution, risk_distribution
from explainers.performance.similar_risk import observe_at_risk
from explainers.reliability.out_of_distribution import compare_patient, fit_familiar_patients
from explainers.subgroups import estimate_attribute_groups, estimate_everybody

PATIENT_METRICS = ("oe_ratio", "sensitivity")
HEADLINE_METRICS = ("auroc", "prevalence")
MODEL_METRICS = (
    "prevalence", "auroc", "oe_ratio", "calibration_slope", "scaled_brier", "sensitivity",
    "specificity", "ppv", "npv", "net_benefit",
)  # fmt: skip
CHANGED = "bmi_kg_m2"


@dataclass(frozen=True)
class Piece:
    """One thing that a screen needs.

    Attributes
    ----------
    name : str
    compute : callable
        Takes nothing; its result is kept under the name in the screen's ``kept``.
    """

    name: str
    compute: Callable[[], Any]


def kept_pieces(study: Study) -> tuple[Piece, ...]:
    """What is computed once for a model and its patients, and then kept."""
    columns = study.model.columns
    return (
        Piece("encoded patients", lambda: study.matrix),
        Piece("risks of everybody", lambda: study.risk),
        Piece("outcomes of everybody", lambda: study.labels),
        Piece("everybody's figures", lambda: _overall(study)),
        Piece("every group's figures", lambda: estimate_attribute_groups(study, PATIENT_METRICS)),
        Piece("risk distribution", lambda: _distribution(study)),
        Piece("space of patients", lambda: build_space(study.matrix, columns)),
        Piece("familiar patients", lambda: fit_familiar_patients(study.matrix, columns)),
        Piece("related inputs", lambda: find_relations(study.matrix, columns, seed=study.seed)),
        Piece("importance", lambda: importance_figure(study)),
    )


def patient_pieces(study: Study, patient_id: str, kept: dict[str, Any]) -> tuple[Piece, ...]:
    """What one patient takes once the rest is kept."""
    at = study.position_of(patient_id)
    row = study.matrix[at]
    groups = kept["every group's figures"]
    space, familiar = kept["space of patients"], kept["familiar patients"]
    new_values = {CHANGED: float(row[study.model.feature_names.index(CHANGED)]) * 0.9}
    relations = kept["related inputs"]
    return (
        Piece("prediction", lambda: study.predict(study.rows_of([patient_id]), "risk")),
        Piece("exact SHAP", lambda: shap_figure(study, patient_id)),
        Piece("LIME", lambda: lime_figure(study, patient_id)),
        Piece("similar-risk count", lambda: observe_at_risk(study, patient_id)),
        Piece("group validity rows", lambda: [attribute.group_of(at) for attribute in groups]),
        Piece(
            "risk distribution figure",
            lambda: distribution_figure(kept["risk distribution"], study, patient_id),
        ),
        Piece("similar patients", lambda: find_similar_patients(study, patient_id, space=space)),
        Piece("out of distribution", lambda: compare_patient(familiar, row, patient_id)),
        Piece("what-if", lambda: rescore(study, patient_id, new_values, relations=relations)),
    )


def show_first(study: Study, comparator: Study, patient_id: str) -> None:
    """All that the patient and the model screen compute when first opened, figures included."""
    _overall(study)
    at = study.position_of(patient_id)
    familiar = fit_familiar_patients(study.matrix, study.model.columns)
    compare_patient(familiar, study.matrix[at], patient_id)
    [each.group_of(at) for each in estimate_attribute_groups(study, PATIENT_METRICS)]
    observe_at_risk(study, patient_id)
    distribution_figure(_distribution(study), study, patient_id)
    shap_figure(study, patient_id)
    lime_figure(study, patient_id)
    for each in (study, comparator.with_threshold(study.threshold)):
        estimate_everybody(each, MODEL_METRICS)
    importance_figure(study)


def shap_figure(study: Study, patient_id: str) -> Any:
    """SHAP of one patient on the risk scale, drawn."""
    found = explain_patient(study, patient_id, method="shap")
    return waterfall_chart(found, study.model.columns, patient_values=_values(found))


def lime_figure(study: Study, patient_id: str) -> Any:
    """LIME of one patient on the risk scale, drawn."""
    found = explain_patient(study, patient_id, method="lime")
    return reasons_chart(found, study.model.columns, patient_values=_values(found))


def importance_figure(study: Study) -> Any:
    """Mean contributions over a sample, by concept, drawn."""
    sample = explain_sample(study).by_concept(study.cohort.schema)
    table = global_importance(sample)
    return importance_chart(
        table.feature_names, table.estimates, study.model.columns, scale=table.scale
    )


def distribution_figure(counted: RiskDistribution, study: Study, patient_id: str) -> Any:
    """The histogram by outcome with this patient marked."""
    risk = float(study.risk[study.position_of(patient_id)])
    return risk_distribution_chart(counted, patient_risk=risk, threshold=study.threshold)


def _overall(study: Study) -> Any:
    return estimate_everybody(study, (*PATIENT_METRICS, *HEADLINE_METRICS))


def _distribution(study: Study) -> RiskDistribution:
    return risk_distribution(study.labels, study.risk, threshold=study.threshold)


def _values(attribution: Attribution) -> list[float] | None:
    values = attribution.feature_values
    return None if values is None else values[0].tolist()
