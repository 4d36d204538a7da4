"""The mitigations there are: two that train anew, three that adjust each group afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from explainers.core.arrays import BoolArray, FloatArray, frozen_floats
from explainers.core.link import SMALLEST_PROBABILITY
from explainers.core.progress import Progress
from explainers.errors import SettingsError
from explainers.models.retraining import retrain
from explainers.performance.logistic import fit_logistic
from explainers.subgroups.mitigation import (
    LEFT_ALONE,
    GroupStep,
    Mended,
    Mitigation,
    MitigationTask,
    mended_in_groups,
)
from explainers.subgroups.mitigation_cuts import CUT_DECIMALS

# Below the first a group is left as it is; from the second on its slope is fitted as well.
FEWEST_FOR_OFFSET = 20
FEWEST_FOR_SLOPE = 100
_DECIMALS = 4
_NO_GROUP = (
    f"no group has {FEWEST_FOR_OFFSET} training patients with and {FEWEST_FOR_OFFSET} without the"
    " outcome"
)


def reweighing(groups: Mapping[str, BoolArray], labels: FloatArray) -> FloatArray:
    """Weights under which group and outcome are independent (Kamiran and Calders 2012).

    The weight of a patient of group g with outcome y is P(g) P(y) / P(g, y).

    Parameters
    ----------
    groups : mapping of str to ndarray of shape (n,)
        Which patients are in each group; every patient is in exactly one.
    labels : ndarray of shape (n,)
        Outcomes, 1 and 0.

    Returns
    -------
    ndarray of shape (n,)
        Positive, with mean 1.

    References
    ----------
    Kamiran and Calders 2012, Knowledge and Information Systems 33:1.
    """
    weights = np.zeros(len(labels))
    for own in groups.values():
        for outcome in (0.0, 1.0):
            has = labels == outcome
            both = int((own & has).sum())
            if both:
                weights[own & has] = own.sum() / len(labels) * has.sum() / both
    return weights


@dataclass(frozen=True)
class Reweighing:
    """Train anew so that in the weighted patients group and outcome are independent."""

    slug: str = "reweighing"
    is_refit: bool = True
    uses_group: bool = False

    def reason_against(self, task: MitigationTask) -> str:
        """It needs two groups among the training patients."""
        n_groups = sum(bool(own.any()) for own in task.training_groups.values())
        return "" if n_groups > 1 else "all training patients are of one group"

    def mend(self, task: MitigationTask, tell: Progress | None = None) -> Mended:
        """As :meth:`~explainers.subgroups.mitigation.Mitigation.mend`."""
        weights = reweighing(task.training_groups, task.part.labels)
        model = retrain(task.part, f"reweighed by {task.by}", weights=weights, tell=tell)
        return _by_new_model(self.slug, task, model.predict_risk(task.study.cohort.frame))


@dataclass(frozen=True)
class AddAttribute:
    """Train anew with the attribute among the inputs."""

    slug: str = "add-attribute"
    is_refit: bool = True
    uses_group: bool = True

    def reason_against(self, task: MitigationTask) -> str:
        """The attribute must not be an input already, nor give the outcome away."""
        schema = task.part.cohort.schema
        column = schema.column(schema.group(task.by).column)
        outcome = schema.outcome(task.study.outcome)
        if column.name in task.study.model.feature_names:
            return "the attribute is an input of the model already"
        if column.role in ("outcome", "excluded") or any(
            condition.column == column.name for condition in outcome.any_of
        ):
            return "the attribute gives the outcome away"
        return "" if column.name in task.part.cohort.frame else "the attribute was not recorded"

    def mend(self, task: MitigationTask, tell: Progress | None = None) -> Mended:
        """As :meth:`~explainers.subgroups.mitigation.Mitigation.mend`."""
        schema = task.part.cohort.schema
        column = schema.column(schema.group(task.by).column)
        model = retrain(task.part, f"with {column.name}", further=[column], tell=tell)
        return _by_new_model(self.slug, task, model.predict_risk(task.study.cohort.frame))


@dataclass(frozen=True)
class Recalibration:
    """Shift, and in large groups stretch, the log-odds of each group."""

    slug: str = "recalibration"
    is_refit: bool = False
    uses_group: bool = True

    def reason_against(self, task: MitigationTask) -> str:
        """Some group must be large enough to learn from."""
        return _lacks_groups(task)

    def mend(self, task: MitigationTask, tell: Progress | None = None) -> Mended:  # noqa: ARG002
        """As :meth:`~explainers.subgroups.mitigation.Mitigation.mend`."""
        steps = _steps(task, self._step)
        return mended_in_groups(task, self.slug, steps)

    def _step(self, task: MitigationTask, group: str) -> GroupStep:
        risk, labels = task.learnt(group)
        offset, slope = fit_recalibration(risk, labels)
        cut = (logit(task.study.threshold) - offset) / slope
        return GroupStep(group, offset, slope, float(expit(cut)))


@dataclass(frozen=True)
class EqualSensitivity:
    """A threshold for each group at which as large a share is found as of everybody."""

    slug: str = "equal-sensitivity"
    is_refit: bool = False
    uses_group: bool = True

    def reason_against(self, task: MitigationTask) -> str:
        """Some group must be large enough to learn from."""
        return _lacks_groups(task)

    def mend(self, task: MitigationTask, tell: Progress | None = None) -> Mended:  # noqa: ARG002
        """As :meth:`~explainers.subgroups.mitigation.Mitigation.mend`."""
        target, _ = _error_rates_of_all(task)

        def step(task: MitigationTask, group: str) -> GroupStep:
            return GroupStep(
                group, threshold=threshold_for_sensitivity(*task.learnt(group), target)
            )

        return mended_in_groups(task, self.slug, _steps(task, step))


@dataclass(frozen=True)
class EqualErrors:
    """A threshold for each group at which both error rates are nearest to everybody's."""

    slug: str = "equal-errors"
    is_refit: bool = False
    uses_group: bool = True

    def reason_against(self, task: MitigationTask) -> str:
        """Some group must be large enough to learn from."""
        return _lacks_groups(task)

    def mend(self, task: MitigationTask, tell: Progress | None = None) -> Mended:  # noqa: ARG002
        """As :meth:`~explainers.subgroups.mitigation.Mitigation.mend`."""
        target = _error_rates_of_all(task)

        def step(task: MitigationTask, group: str) -> GroupStep:
            return GroupStep(group, threshold=threshold_for_errors(*task.learnt(group), target))

        return mended_in_groups(task, self.slug, _steps(task, step))


# The order matters to disclosure: figures of a later cut are held against those of earlier ones.
MITIGATIONS: tuple[Mitigation, ...] = (
    Recalibration(),
    AddAttribute(),
    Reweighing(),
    EqualSensitivity(),
    EqualErrors(),
)


def find_mitigation(slug: str) -> Mitigation:
    """The mitigation of that name; SettingsError where there is none."""
    for mitigation in MITIGATIONS:
        if mitigation.slug == slug:
            return mitigation
    names = ", ".join(mitigation.slug for mitigation in MITIGATIONS)
    raise SettingsError(
        "there is no mitigation of that name", value=slug, remedy=f"There are: {names}."
    )


def fit_recalibration(risk: FloatArray, labels: FloatArray) -> tuple[float, float]:
    """Offset and slope of the log-odds that make risks right in these patients.

    The slope is fitted where there are at least 100 patients with and 100 without the outcome and
    comes out positive; else it stays 1 and the offset alone is fitted, with the old log-odds as an
    offset of the regression.

    Parameters
    ----------
    risk, labels : ndarray of shape (n,)
        Of patients that the model did not learn from.

    Raises
    ------
    SettingsError
        When the regression has no finite solution, as when nobody or everybody has the outcome.
    """
    limited = np.clip(risk, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    log_odds, is_event = np.asarray(logit(limited)), labels == 1.0
    ones = np.ones((len(risk), 1))
    if _fewest(labels) >= FEWEST_FOR_SLOPE:
        both = fit_logistic(np.column_stack([ones, log_odds]), is_event)
        if both is not None and both.coefficients[1] > 0:
            offset, slope = (round(float(one), _DECIMALS) for one in both.coefficients)
            return offset, slope
    shift = fit_logistic(ones, is_event, log_odds)
    if shift is None:
        raise SettingsError("a recalibration needs patients with and without the outcome")
    return round(float(shift.coefficients[0]), _DECIMALS), 1.0


def threshold_for_sensitivity(risk: FloatArray, labels: FloatArray, target: float) -> float:
    """The highest threshold at which at least ``target`` of those with the outcome are flagged.

    One number for everybody of the group, never drawn at random: a rule that flips a coin over a
    patient, as equality to the last digit would need, cannot be used at a bedside.
    """
    cuts, found, _ = _rates(risk, labels)
    return float(cuts[found >= target].max(initial=float(cuts[0])))


def threshold_for_errors(
    risk: FloatArray, labels: FloatArray, target: tuple[float, float]
) -> float:
    """The threshold at which the larger distance of both error rates from a target is smallest.

    Parameters
    ----------
    risk, labels : ndarray of shape (n,)
    target : (float, float)
        Share found of those with, and share flagged of those without the outcome.
    """
    cuts, found, alarmed = _rates(risk, labels)
    distance = np.maximum(np.abs(found - target[0]), np.abs(alarmed - target[1]))
    return float(cuts[int(distance.argmin())])


def _rates(risk: FloatArray, labels: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Possible thresholds, ascending, and at each the shares flagged of both outcomes."""
    # Rounding down keeps whoever a threshold was made from on its flagged side.
    cuts = np.unique(np.floor(risk * 10**CUT_DECIMALS) / 10**CUT_DECIMALS)
    cuts = cuts[(cuts > 0.0) & (cuts < 1.0)]
    cuts = cuts if len(cuts) else np.array([10.0**-CUT_DECIMALS])
    shares = []
    for outcome in (1.0, 0.0):
        own = np.sort(risk[labels == outcome])
        shares.append(1.0 - np.searchsorted(own, cuts, side="left") / max(len(own), 1))
    return cuts, shares[0], shares[1]


def _error_rates_of_all(task: MitigationTask) -> tuple[float, float]:
    is_flagged = task.required_fold_risk >= task.study.threshold
    has = task.part.labels == 1.0
    return float(is_flagged[has].mean()), float(is_flagged[~has].mean())


def _steps(
    task: MitigationTask, step: Callable[[MitigationTask, str], GroupStep]
) -> tuple[GroupStep, ...]:
    return tuple(
        step(task, group)
        if _fewest(task.learnt(group)[1]) >= FEWEST_FOR_OFFSET
        else GroupStep(group, reason=LEFT_ALONE.format(least=FEWEST_FOR_OFFSET))
        for group in task.held_out_groups
    )


def _lacks_groups(task: MitigationTask) -> str:
    labels = task.part.labels
    enough = any(
        _fewest(labels[task.training_groups[group]]) >= FEWEST_FOR_OFFSET
        for group in task.held_out_groups
        if group in task.training_groups
    )
    return "" if enough else _NO_GROUP


def _fewest(labels: FloatArray) -> int:
    n_events = int((labels == 1.0).sum())
    return min(n_events, len(labels) - n_events)


def _by_new_model(slug: str, task: MitigationTask, risk: FloatArray) -> Mended:
    return Mended(slug, frozen_floats(risk), risk >= task.study.threshold, is_cut=False)
