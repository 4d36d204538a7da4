"""Opening a patient: whatever is certain to come on screen goes on record in one write."""

from __future__ import annotations

from dashboard.components.own_estimate import is_shown_at_once
from dashboard.components.reasons import methods_in
from dashboard.components.unit_picker import chosen_unit
from dashboard.context import Context
from dashboard.services.case import Case
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts


def open_case(ctx: Context, facts: BundleFacts, study: Study, patient_id: str) -> Case:
    """The patient, on record; with the risk and its reasons where nothing is asked before them.

    Where that is not certain, the parts that show them put them on record themselves.
    """
    unit = chosen_unit()
    if unit is None or not is_shown_at_once(study, patient_id):
        return Case(ctx, facts, study, patient_id)
    return Case.with_reasons(ctx, facts, study, patient_id, methods_in(unit))
