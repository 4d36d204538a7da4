"""What mitigations would do, computed once per bundle, cohort and attribute."""

from __future__ import annotations

from dataclasses import astuple, replace

import streamlit as st

from dashboard.context import Context
from dashboard.services.groups import threshold_counts
from dashboard.services.library import BundleAddress, address_of
from explainers.core.arrays import FloatArray
from explainers.core.progress import Progress
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts
from explainers.models.retraining import TrainingPart, out_of_fold_risk
from explainers.subgroups.mitigation import MitigationTask
from explainers.subgroups.mitigation_comparison import compare_mitigations
from explainers.subgroups.mitigation_effects import MitigationEffect
from explainers.subgroups.mitigation_rules import MITIGATIONS, find_mitigation
from explainers.workspace import Workspace


def mitigation_task(ctx: Context, facts: BundleFacts, study: Study, by: str) -> MitigationTask:
    """A model and the patients it learnt from.

    Parameters
    ----------
    ctx : Context
    facts : BundleFacts
    study : Study
        At the declared threshold.
    by : str

    Raises
    ------
    NotFoundError, UnsupportedError
        As :meth:`~explainers.models.retraining.TrainingPart.of`.
    """
    return MitigationTask(study, _training_part(address_of(ctx, facts)), by)


def mitigation_effect(
    ctx: Context, facts: BundleFacts, task: MitigationTask, slug: str, tell: Progress
) -> MitigationEffect:
    """What one mitigation does to every group; takes some fits of the model, tells its progress.

    All rules that move a cut are compared together, since their figures must not give anybody away
    when they are subtracted from each other.

    Raises
    ------
    RecipeError
        When the model cannot be trained anew with the change.
    """
    counts = threshold_counts(task.study, task.by)
    rule = find_mitigation(slug)
    if rule.is_refit:
        mended = [rule.mend(task, tell)]
    else:
        learnt = replace(task, fold_risk=_fold_risk(ctx, facts, task.part, tell))
        rules = [one for one in MITIGATIONS if not one.is_refit]
        mended = [one.mend(learnt) for one in rules if not one.reason_against(learnt)]
    effects = compare_mitigations(task.study, counts, task.by, mended)
    return next(effect for effect in effects if effect.slug == slug)


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _training_part(address: BundleAddress) -> TrainingPart:
    workspace = Workspace(address.root)
    return TrainingPart.of(
        workspace.load_bundle(address.name), workspace.load_cohort(address.cohort)
    )


def _fold_risk(ctx: Context, facts: BundleFacts, part: TrainingPart, tell: Progress) -> FloatArray:
    """The same for every attribute, so that only the first waits."""
    kept = _kept_fold_risk(address_of(ctx, facts))
    if not kept:
        kept.append(out_of_fold_risk(part, tell))
    return kept[0]


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={BundleAddress: astuple})
def _kept_fold_risk(address: BundleAddress) -> list[FloatArray]:  # noqa: ARG001 - it is the key
    """Room for one result, filled outside: a cached function may not move a progress bar."""
    return []
