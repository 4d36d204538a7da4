"""What a model does over all held-out patients, computed once per study and choice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from dashboard.services.attributions import SCALE, shown_rows
from dashboard.services.keys import BY_DIGEST
from explainers.attribution.contribution_bins import ContributionSpread, bin_contributions
from explainers.attribution.dependence import Dependence, bin_dependence
from explainers.attribution.importance import ImportanceTable, global_importance
from explainers.attribution.partners import PartnerTable, strongest_partners
from explainers.core.arrays import BoolArray
from explainers.core.attribution import Attribution
from explainers.core.study import Study
from explainers.disclosure.persons import floor_in_rows
from explainers.effects.choice import EffectChoice, choose_effect
from explainers.effects.pair import MOST_PATIENTS, EffectPair, estimate_effect_pair
from explainers.errors import SettingsError, UnsupportedError
from explainers.performance.model_agreement import ModelAgreement, compare_risks
from explainers.subgroups.reasons import (
    GroupImportance,
    ReleasedGroups,
    group_importance,
    release_groups,
)

# Interactions cost more than contributions; which partner is strongest is clear long before.
PATIENTS_FOR_PARTNERS = 1_000


@dataclass(frozen=True)
class GroupedImportance:
    """Importance for each group that may be shown."""

    groups: ReleasedGroups
    tables: tuple[GroupImportance, ...]


@dataclass(frozen=True)
class GroupedEffects:
    """Both curves for each group that may be shown, and why some have none.

    Attributes
    ----------
    pairs : tuple of EffectPair
    unsupported : tuple of (str, str)
        Group and reason.
    hidden : tuple of str
    """

    pairs: tuple[EffectPair, ...]
    unsupported: tuple[tuple[str, str], ...]
    hidden: tuple[str, ...]


# Arguments whose names begin with an underscore are no part of the key: an attribution belongs to
# its study, whose digests are.


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def importance(study: Study, _attribution: Attribution, *, by_concept: bool) -> ImportanceTable:
    """Mean size of the contributions over the patients that are shown."""
    clusters = study.cohort.clusters
    own = None if clusters is None else clusters.of_rows(shown_rows(study))
    return global_importance(_detailed(study, _attribution, by_concept=by_concept), belonging=own)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=BY_DIGEST)
def importance_by(
    study: Study, _attribution: Attribution, by: str, *, by_concept: bool
) -> GroupedImportance:
    """The same for each group of an attribute."""
    groups = release_groups(study, by)
    detailed = _detailed(study, _attribution, by_concept=by_concept)
    floor = floor_in_rows(study.cohort)
    rows, clusters = shown_rows(study), study.cohort.clusters
    return GroupedImportance(groups, group_importance(detailed, rows, groups, floor, clusters))


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_DIGEST)
def spread(study: Study, _attribution: Attribution, *, by_concept: bool) -> ContributionSpread:
    """How the contributions of each input are spread."""
    detailed = _detailed(study, _attribution, by_concept=by_concept)
    return bin_contributions(detailed, study.model.columns, floor=floor_in_rows(study.cohort))


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=BY_DIGEST)
def dependence(study: Study, _attribution: Attribution, feature: str, partner: str) -> Dependence:
    """How one input's contribution moves with its value."""
    floor = floor_in_rows(study.cohort)
    return bin_dependence(_attribution, study.model.columns, feature, partner=partner, floor=floor)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=BY_DIGEST)
def partners(study: Study) -> PartnerTable:
    """The strongest partner of each input; UnsupportedError where no method finds it."""
    rows = np.sort(np.random.default_rng(study.seed).permutation(len(study.cohort)))
    return strongest_partners(study, study.matrix[rows[:PATIENTS_FOR_PARTNERS]], scale=SCALE)


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=BY_DIGEST)
def effects(study: Study, feature: str) -> tuple[EffectPair, EffectChoice]:
    """Both curves over all patients, and which to prefer."""
    return estimate_effect_pair(study, feature), choose_effect(study, feature)


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=BY_DIGEST)
def effects_by(study: Study, feature: str, by: str) -> GroupedEffects:
    """Both curves for each group of an attribute."""
    groups = release_groups(study, by)
    pairs: list[EffectPair] = []
    unsupported = []
    for label, is_member in zip(groups.labels, groups.members, strict=True):
        try:
            pairs.append(estimate_effect_pair(_among(study, is_member), feature, label=label))
        except (UnsupportedError, SettingsError) as error:
            unsupported.append((label, error.rule))
    return GroupedEffects(tuple(pairs), tuple(unsupported), groups.hidden)


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs=BY_DIGEST)
def agreement(first: Study, second: Study) -> ModelAgreement:
    """How far two models agree about the same patients."""
    return compare_risks(first, second)


def _detailed(study: Study, attribution: Attribution, *, by_concept: bool) -> Attribution:
    return attribution.by_concept(study.cohort.schema) if by_concept else attribution


def _among(study: Study, is_member: BoolArray) -> Study:
    """The study on some of its patients, no more than the curves look at."""
    rows = np.flatnonzero(is_member)
    if len(rows) > MOST_PATIENTS:
        rows = np.sort(np.random.default_rng(study.seed).permutation(rows)[:MOST_PATIENTS])
    ids = study.cohort.patient_ids
    return replace(study, cohort=study.cohort.select([ids[row] for row in rows]))
