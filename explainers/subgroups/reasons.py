"""Whether a model leans on other inputs for one group than for another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from explainers.attribution.importance import METRIC, ImportanceTable, global_importance
from explainers.core.arrays import BoolArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.belonging import Belonging
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.disclosure.counts import SMALLEST_CELL, OutcomeCounts
from explainers.disclosure.persons import floor_in_rows
from explainers.disclosure.suppression import decide_suppression
from explainers.errors import SettingsError
from explainers.subgroups.disaggregation import compare_groups
from explainers.subgroups.slices import make_slices
from explainers.uncertainty.newcombe import square_and_add

GAP = f"{METRIC}_gap"


@dataclass(frozen=True)
class ReleasedGroups:
    """The groups of one attribute that may be shown, whatever is shown of them.

    Attributes
    ----------
    labels : tuple of str, length k
        In the schema's order.
    members : tuple of ndarray of shape (n,), length k
        Which patients of the study are in each: those with an outcome, whom its figures are of;
        all where nobody has one. The others would follow by subtraction.
    hidden : tuple of str
        Groups with patients that are withheld.
    reference : str
        The group that others are compared with; it may be among the hidden ones.
    """

    labels: tuple[str, ...]
    members: tuple[BoolArray, ...]
    hidden: tuple[str, ...]
    reference: str


@dataclass(frozen=True)
class GroupImportance:
    """What a model leans on for one group."""

    label: str
    table: ImportanceTable


@dataclass(frozen=True)
class ImportanceGap:
    """How much more, or less, a model leans on an input for a group than for the reference.

    Attributes
    ----------
    feature, group, reference : str
    gap : Estimate
        Mean absolute contribution of the group minus that of the reference.
    """

    feature: str
    group: str
    reference: str
    gap: Estimate

    @property
    def is_clear(self) -> bool:
        """Whether the interval of this one comparison leaves out 0."""
        low, high = self.gap.low, self.gap.high
        return low is not None and high is not None and (low > 0 or high < 0)


def release_groups(study: Study, by: str, floor: int = SMALLEST_CELL) -> ReleasedGroups:
    """Groups of one attribute that may be shown.

    A group is withheld where it has fewer than ``floor`` people, and also wherever its counts are
    withheld among those with a label, so that two screens cannot be held against each other. A
    single withheld group could be worked out from the others: the smallest of them then goes too,
    the reference last.

    Raises
    ------
    SettingsError
        When the floor is lower than 11.
    SchemaError
        When the schema has no attribute of that name.
    """
    floor = floor_in_rows(study.cohort, floor)
    counted = study.is_labelled if study.is_labelled.any() else ~study.is_labelled
    slices = [(place, member & counted) for place, member in make_slices(study, [by])]
    slices = [(place, member) for place, member in slices if member.any()]
    places = [place for place, _ in slices]
    sizes = np.array([member.sum() for _, member in slices], dtype=np.int64)
    nobody = np.zeros_like(sizes)
    reference = study.cohort.schema.group(by).reference
    kept = next((place for place in places if place.label == reference), None)
    decision = decide_suppression(places, OutcomeCounts(sizes, nobody, nobody, nobody), floor, kept)
    is_hidden = decision.groups["cases"] | _hidden_elsewhere(study, by, floor, len(places))
    if is_hidden.sum() == 1 and len(places) > 1:
        shown = np.flatnonzero(~is_hidden)
        is_reference = np.array([places[at].label == reference for at in shown])
        is_hidden[shown[np.lexsort((sizes[shown], is_reference))[0]]] = True
    return ReleasedGroups(
        labels=tuple(
            place.label for place, hides in zip(places, is_hidden, strict=True) if not hides
        ),
        members=tuple(m for (_, m), hides in zip(slices, is_hidden, strict=True) if not hides),
        hidden=tuple(place.label for place, hides in zip(places, is_hidden, strict=True) if hides),
        reference=reference,
    )


def group_importance(
    attribution: Attribution,
    rows: IntArray,
    groups: ReleasedGroups,
    floor: int = SMALLEST_CELL,
    belonging: Belonging | None = None,
) -> tuple[GroupImportance, ...]:
    """Importance over the patients of each group.

    Parameters
    ----------
    attribution : Attribution
        Of k patients of the study.
    rows : ndarray of shape (k,)
        Their rows in the study.
    groups : ReleasedGroups
    floor : int
        Fewest patients of a group; one that has fewer among those explained is left out.
    belonging : Belonging, optional
        Which rows of the study belong together, so that intervals allow for it.
    """
    found = []
    for label, is_member in zip(groups.labels, groups.members, strict=True):
        own = np.flatnonzero(is_member[rows])
        if len(own) >= floor:
            known = None if belonging is None else belonging.of_rows(rows[own])
            table = global_importance(select_rows(attribution, own), belonging=known)
            found.append(GroupImportance(label, table))
    return tuple(found)


def compare_importance(
    groups: Sequence[GroupImportance], reference: str
) -> tuple[ImportanceGap, ...]:
    """Difference of every group from the reference for every input, the largest first.

    Empty where the reference is not among the groups. Each interval holds for its own comparison:
    among many, some leave out 0 by chance.
    """
    base = next((group.table for group in groups if group.label == reference), None)
    if base is None:
        return ()
    gaps = [
        ImportanceGap(name, group.label, reference, _gap(own, other))
        for group in groups
        if group.label != reference
        for name, own, other in zip(
            base.feature_names, group.table.estimates, base.estimates, strict=True
        )
    ]
    return tuple(sorted(gaps, key=lambda gap: -abs(gap.gap.value or 0.0)))


def select_rows(attribution: Attribution, rows: IntArray) -> Attribution:
    """The attribution of some of its patients, given their rows in it."""
    values, error, fit = attribution.feature_values, attribution.std_error, attribution.local_fit
    return replace(
        attribution,
        values=attribution.values[rows],
        baseline=attribution.baseline[rows],
        prediction=attribution.prediction[rows],
        feature_values=None if values is None else values[rows],
        std_error=None if error is None else error[rows],
        local_fit=None if fit is None else fit[rows],
        patient_ids=tuple(attribution.patient_ids[row] for row in rows),
    )


def _hidden_elsewhere(study: Study, by: str, floor: int, n_groups: int) -> BoolArray:
    """Which groups with patients have their labelled counts withheld; none without labels."""
    if not study.is_labelled.any():
        return np.zeros(n_groups, dtype=np.bool_)
    table = compare_groups(study, [by], ("prevalence",), floor)[0]
    has_patients = [(member & study.is_labelled).any() for _, member in make_slices(study, [by])]
    withheld = [
        estimate.status == "suppressed"
        for (_, estimate), is_there in zip(table.groups, has_patients, strict=True)
        if is_there
    ]
    return np.array(withheld, dtype=np.bool_)


def _gap(own: Estimate, other: Estimate) -> Estimate:
    limits = [(part.value, part.low, part.high) for part in (own, other)]
    (value, low, high), (base, base_low, base_high) = limits
    if value is None or low is None or high is None:
        raise SettingsError("a gap needs a value with its interval", value=own.metric)
    if base is None or base_low is None or base_high is None:
        raise SettingsError("a gap needs a value with its interval", value=other.metric)
    interval = square_and_add((value, low, high), (base, base_low, base_high))
    return Estimate(
        metric=GAP,
        value=value - base,
        low=interval.low,
        high=interval.high,
        n=(own.n or 0) + (other.n or 0),
        n_events=None,
        interval_method=interval.method,
        level=own.level,
    )
