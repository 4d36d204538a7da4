"""What the groups screen shows, computed once per study and choice of groups."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard.context import Context
from dashboard.services.evaluation import divided_study
from dashboard.services.keys import BY_DIGEST
from dashboard.services.library import BundleAddress, address_of
from explainers.checks.group_miscalibrated import FAMILY_LEVEL
from explainers.core.cohort import Cohort
from explainers.core.curve import Curve
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.models.bundle import BundleFacts
from explainers.performance.curves import NoCurve
from explainers.performance.decision_curves import DecisionCurve, decision_curve, threshold_range
from explainers.performance.risk_bins import RiskBins
from explainers.subgroups.calibration_curves import compare_calibration
from explainers.subgroups.gaps import compare_to_reference
from explainers.subgroups.released_thresholds import snap_threshold
from explainers.subgroups.representation import (
    Representation,
    compare_missingness,
    compare_representation,
    described_patients,
)
from explainers.subgroups.threshold_counts import ThresholdCounts, count_by_threshold
from explainers.uncertainty.multiplicity import simultaneous_level
from explainers.workspace import Workspace

DecisionCurves = tuple[tuple[Slice, DecisionCurve | NoCurve], ...]


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def threshold_counts(study: Study, by: str) -> ThresholdCounts:
    """Everybody and each group counted at the thresholds they share."""
    return count_by_threshold(study, by)


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=BY_DIGEST)
def nearest_threshold(study: Study, by: tuple[str, ...], wanted: float) -> float:
    """The threshold nearest to the one wanted at which figures may be shown."""
    return snap_threshold(study, wanted, by)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def decision_curves(study: Study, by: str, *, is_standardized: bool) -> DecisionCurves:
    """Everybody's decision curve and those of the groups, around the study's threshold."""
    counts = threshold_counts(study, by)
    within = threshold_range(study.threshold)
    return tuple(
        (
            place,
            decision_curve(bins, within, is_standardized=is_standardized, seed=study.seed)
            if isinstance(bins, RiskBins)
            else bins,
        )
        for place, bins in ((Slice(), counts.everybody), *counts.groups)
    )


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def calibration_curves(study: Study, by: str) -> tuple[tuple[Slice, Curve | NoCurve], ...]:
    """Smoothed calibration of everybody and of each group that is large enough."""
    return compare_calibration(study, by)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def simultaneous_gaps(
    study: Study, by: tuple[str, ...], metrics: tuple[str, ...]
) -> tuple[SubgroupTable, ...]:
    """Differences from the reference group whose intervals all hold at once."""
    divided = divided_study(study, by)
    tables = divided.tables(metrics)
    n_contrasts = sum(
        estimate.is_estimated
        for table in tables
        for _, estimate in compare_to_reference(table).groups
    )
    level = simultaneous_level(0.95, max(n_contrasts, 1))
    return tuple(compare_to_reference(table) for table in divided.tables(metrics, level))


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def ratios_of_all(study: Study, by: tuple[str, ...]) -> SubgroupTable:
    """Observed over expected with intervals that hold at once for all groups there are.

    At least as many as the problem list looks at, so that it and this table name the same.
    """
    divided = divided_study(study, by)
    (table,) = divided.tables(("oe_ratio",))
    n_named = sum(len(grouping.labels) for grouping in study.cohort.schema.groups)
    n_groups = max(n_named, len(table.groups))
    (widened,) = divided.tables(("oe_ratio",), level=1 - (1 - FAMILY_LEVEL) / n_groups)
    return widened


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def missingness(study: Study, by: str) -> tuple[tuple[Column, SubgroupTable], ...]:
    """How often each input was not recorded, by group."""
    return compare_missingness(study, by)


def representation(
    study: Study, by: str, target: Mapping[str, float] | Cohort
) -> tuple[Representation, ...]:
    """Share of each group among the held-out patients beside a target."""
    return compare_representation(_described(study), by, target, outcome=study.outcome)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def _described(study: Study) -> Cohort:
    return described_patients(study)


def other_patients(ctx: Context, facts: BundleFacts, study: Study) -> Cohort:
    """The patients of the cohort that were not held out: those the model could be trained on."""
    return _others(address_of(ctx, facts), study.cohort.patient_ids)


@st.cache_resource(
    max_entries=8,
    show_spinner=False,
    hash_funcs={BundleAddress: lambda address: (address.digest, address.cohort_state)},
)
def _others(address: BundleAddress, held_out: tuple[str, ...]) -> Cohort:
    cohort = Workspace(address.root).load_cohort(address.cohort)
    kept_out = frozenset(held_out)
    return cohort.select([name for name in cohort.patient_ids if name not in kept_out])
