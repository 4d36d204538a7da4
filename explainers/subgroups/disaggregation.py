"""Statistics for everybody and for each group, with what is too small to show withheld."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.core.estimate import Estimate
from explainers.core.schema import Grouping
from explainers.core.study import Study
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.disclosure.persons import floor_in_rows
from explainers.disclosure.suppression import Decision, withheld
from explainers.errors import SettingsError
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import Metric, MetricSettings
from explainers.performance.metrics import find_metric
from explainers.subgroups.outcome_counts import count_outcomes, reference_slice
from explainers.subgroups.released_thresholds import decide_everybody, decide_groups
from explainers.subgroups.slices import make_slices

__all__ = [
    "DEFAULT_METRICS",
    "NEVER_TESTED",
    "AttributeGroups",
    "DividedStudy",
    "PatientGroup",
    "compare_groups",
    "count_outcomes",
    "divide_study",
    "estimate_attribute_groups",
    "estimate_everybody",
    "group_positions",
    "patient_groups",
    "reference_slice",
]

DEFAULT_METRICS = ("auroc", "oe_ratio", "sensitivity")
NEVER_TESTED = "Never tested: no held-out patient of this group has a recorded outcome."


@dataclass(frozen=True)
class PatientGroup:
    """How the model does for one group that a patient belongs to.

    Attributes
    ----------
    grouping : Grouping
        The attribute.
    place : Slice
        The patient's group.
    estimates : tuple of Estimate
        One per metric, in the order asked for.
    """

    grouping: Grouping
    place: Slice
    estimates: tuple[Estimate, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "attribute": self.grouping.name,
            "group": self.place.label,
            "estimates": [estimate.to_dict() for estimate in self.estimates],
        }


def compare_groups(
    study: Study,
    by: Sequence[str],
    metrics: Sequence[str] = DEFAULT_METRICS,
    floor: int = SMALLEST_CELL,
    level: float = 0.95,
) -> tuple[SubgroupTable, ...]:
    """Estimate metrics for everybody and for each group, on patients with a label.

    Parameters
    ----------
    study : Study
    by : sequence of str
        One or two attributes; two are crossed.
    metrics : sequence of str
        Slugs of :data:`~explainers.performance.metrics.METRICS`.
    floor : int
        Smallest count that may be shown, 11 or more.
    level : float
        Confidence level.

    Returns
    -------
    tuple of SubgroupTable
        One per metric, fit to be shown: what is too small, or would give away what is too small,
        is suppressed. So is what depends on a threshold other than the declared one, unless it is
        one of :func:`~explainers.subgroups.released_thresholds.released_thresholds`.

    Raises
    ------
    SettingsError
        For an unknown metric, a floor lower than 11, or attributes that cannot be crossed.
    SchemaError
        For an attribute that the schema does not have.
    """
    _find_metrics(metrics)
    return divide_study(study, by, floor).tables(metrics, level)


@dataclass(frozen=True)
class DividedStudy:
    """The labelled patients of each group, and what of them may be shown.

    Attributes
    ----------
    everybody : LabelledRisk
    places : tuple of Slice, length g
    groups : tuple of LabelledRisk, length g
    reference : Slice
        The group that others are compared to.
    decision : Decision
        What is withheld, of which group.
    threshold : float
    seed : int
    """

    everybody: LabelledRisk
    places: tuple[Slice, ...]
    groups: tuple[LabelledRisk, ...]
    reference: Slice
    decision: Decision
    threshold: float
    seed: int

    def tables(
        self, metrics: Sequence[str] = DEFAULT_METRICS, level: float = 0.95
    ) -> tuple[SubgroupTable, ...]:
        """As :func:`compare_groups`, which divides the patients anew each time.

        Raises
        ------
        SettingsError
            For an unknown metric.
        """
        settings = MetricSettings(self.threshold, level, self.seed)
        return tuple(
            SubgroupTable(
                metric=metric.slug,
                overall=_overall(metric, self.everybody, settings, self.decision),
                groups=tuple(
                    (place, _of_group(metric, at, self.groups[at], settings, self.decision))
                    for at, place in enumerate(self.places)
                ),
                reference_group=self.reference.label,
            )
            for metric in _find_metrics(metrics)
        )


def divide_study(study: Study, by: Sequence[str], floor: int = SMALLEST_CELL) -> DividedStudy:
    """Everything of :func:`compare_groups` that is the same for every metric and level.

    Raises
    ------
    SettingsError, SchemaError
        As :func:`compare_groups`.
    """
    floor = floor_in_rows(study.cohort, floor)
    everybody = LabelledRisk.of_study(study)
    slices = make_slices(study, by)
    places, groups = [place for place, _ in slices], _labelled(study, slices, everybody)
    return DividedStudy(
        everybody=everybody,
        places=tuple(places),
        groups=tuple(groups),
        reference=reference_slice(study, by),
        decision=decide_groups(study, by, places, groups, floor),
        threshold=study.threshold,
        seed=study.seed,
    )


@dataclass(frozen=True)
class AttributeGroups:
    """How the model does for each group of one attribute, and who is in which.

    Attributes
    ----------
    grouping : Grouping
        The attribute.
    places : tuple of Slice, length g
        Its groups.
    estimates : tuple of tuple of Estimate, length g
        For each group one per metric, in the order asked for.
    position : ndarray of shape (n,)
        Position of each patient's group among the g.
    """

    grouping: Grouping
    places: tuple[Slice, ...]
    estimates: tuple[tuple[Estimate, ...], ...]
    position: IntArray

    def group_of(self, row: int) -> PatientGroup:
        """The group of the patient in that row of the study."""
        own = int(self.position[row])
        return PatientGroup(self.grouping, self.places[own], self.estimates[own])


def estimate_attribute_groups(
    study: Study,
    metrics: Sequence[str] = DEFAULT_METRICS,
    floor: int = SMALLEST_CELL,
    level: float = 0.95,
) -> tuple[AttributeGroups, ...]:
    """How the model does for every group of every attribute on its own.

    All that :func:`patient_groups` needs and that is the same for every patient: worth keeping
    where patients are looked at one after another.

    Raises
    ------
    SettingsError
        As :func:`compare_groups`.
    """
    chosen = _find_metrics(metrics)
    floor = floor_in_rows(study.cohort, floor)
    settings = MetricSettings(study.threshold, level, study.seed)
    everybody = LabelledRisk.of_study(study)
    found = []
    for grouping in study.cohort.schema.groups:
        slices = make_slices(study, [grouping.name])
        groups = _labelled(study, slices, everybody)
        places = tuple(place for place, _ in slices)
        decision = decide_groups(study, [grouping.name], places, groups, floor)
        estimates = tuple(
            tuple(_of_group(metric, at, group, settings, decision) for metric in chosen)
            for at, group in enumerate(groups)
        )
        found.append(AttributeGroups(grouping, places, estimates, group_positions(slices)))
    return tuple(found)


def patient_groups(
    study: Study,
    patient_id: str,
    metrics: Sequence[str] = DEFAULT_METRICS,
    floor: int = SMALLEST_CELL,
    level: float = 0.95,
) -> tuple[PatientGroup, ...]:
    """How the model does for each group that one patient belongs to.

    The rows are those of :func:`compare_groups` for each attribute on its own, this patient
    included: leaving the patient out would let two screens be subtracted from each other.

    Raises
    ------
    NotFoundError
        When the patient is not among the study's.
    SettingsError
        As :func:`compare_groups`.
    """
    row = study.position_of(patient_id)
    attributes = estimate_attribute_groups(study, metrics, floor, level)
    return tuple(attribute.group_of(row) for attribute in attributes)


def estimate_everybody(
    study: Study,
    metrics: Sequence[str] = DEFAULT_METRICS,
    floor: int = SMALLEST_CELL,
    level: float = 0.95,
) -> tuple[Estimate, ...]:
    """Estimate metrics for all labelled patients, one per metric, fit to be shown.

    Raises
    ------
    SettingsError
        As :func:`compare_groups`.
    """
    chosen = _find_metrics(metrics)
    floor = floor_in_rows(study.cohort, floor)
    settings = MetricSettings(study.threshold, level, study.seed)
    everybody = LabelledRisk.of_study(study)
    decision = decide_everybody(study, everybody, floor)
    return tuple(_overall(metric, everybody, settings, decision) for metric in chosen)


def _find_metrics(slugs: Sequence[str]) -> tuple[Metric, ...]:
    if isinstance(slugs, str):
        raise SettingsError("metrics must be given as a list of names", value=slugs)
    return tuple(find_metric(slug) for slug in slugs)


def group_positions(slices: Sequence[tuple[Slice, BoolArray]]) -> IntArray:
    """Position of each patient's group, (n,); every patient is in exactly one."""
    position = np.zeros(len(slices[0][1]), dtype=np.int64)
    for at, (_, is_member) in enumerate(slices):
        position[is_member] = at
    return position


def _labelled(
    study: Study, slices: Sequence[tuple[Slice, BoolArray]], everybody: LabelledRisk
) -> list[LabelledRisk]:
    """The labelled patients of each group."""
    is_labelled = study.is_labelled
    return [everybody.select(is_member[is_labelled]) for _, is_member in slices]


def _overall(
    metric: Metric, everybody: LabelledRisk, settings: MetricSettings, decision: Decision
) -> Estimate:
    if decision.hides_overall(metric.reveals):
        return withheld(metric.slug, decision)
    return metric.estimate(everybody, settings)


def _of_group(
    metric: Metric,
    position: int,
    group: LabelledRisk,
    settings: MetricSettings,
    decision: Decision,
) -> Estimate:
    if decision.hides_group(position, metric.reveals):
        return withheld(metric.slug, decision)
    if not len(group):
        return Estimate.not_estimable(metric.slug, NEVER_TESTED, n=0, n_events=0)
    return metric.estimate(group, settings)
