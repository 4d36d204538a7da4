"""What can be done about a model that serves one group worse: the nouns of a mitigation.

A mitigation learns from training patients only, and says of the held-out ones which risk and which
flag they would have. What that does to every group is told by
:mod:`explainers.subgroups.mitigation_effects`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from scipy.special import expit, logit

from explainers.core.arrays import BoolArray, FloatArray, frozen_floats
from explainers.core.link import SMALLEST_PROBABILITY
from explainers.core.progress import Progress
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.models.retraining import TrainingPart
from explainers.subgroups.slices import divide_cohort, make_slices

LEFT_ALONE = "Left as it is: fewer than {least} training patients with or without the outcome."


@dataclass(frozen=True)
class GroupStep:
    """What a mitigation does to one group.

    Attributes
    ----------
    group : str
        Its label.
    offset, slope : float or None
        New log-odds are ``offset + slope x`` old ones; None where the rule does no such thing.
    threshold : float or None
        From which old risk upwards a patient of the group is flagged, where that is one number.
    reason : str
        Why the group was left as it is; empty where it was not.
    """

    group: str
    offset: float | None = None
    slope: float | None = None
    threshold: float | None = None
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> GroupStep:
        """Inverse of :meth:`to_dict`."""
        return cls(**record)


@dataclass(frozen=True, eq=False)
class Mended:
    """The held-out patients of a study under a mitigation.

    Attributes
    ----------
    slug : str
        Of the mitigation.
    risk : ndarray of shape (n,)
    is_flagged : ndarray of shape (n,)
    is_cut : bool
        Whether within each group the flags follow a cut on the old risk.
    steps : tuple of GroupStep
        What was done to each group; empty where the model was trained anew.
    """

    slug: str
    risk: FloatArray
    is_flagged: BoolArray
    is_cut: bool
    steps: tuple[GroupStep, ...] = ()

    @property
    def left_alone(self) -> frozenset[str]:
        """Labels of the groups for which nothing changes."""
        return frozenset(step.group for step in self.steps if step.reason)


@dataclass(frozen=True, eq=False)
class MitigationTask:
    """A model, the attribute whose groups it serves unequally, and who may be learnt from.

    Attributes
    ----------
    study : Study
        Held-out patients at the declared threshold; nothing is learnt from their outcomes.
    part : TrainingPart
        The patients that the model learnt from.
    by : str
        One attribute.
    fold_risk : ndarray of shape (m,) or None
        Risk of each training patient by models that did not see the patient
        (:func:`~explainers.models.retraining.out_of_fold_risk`); rules that train anew need none.
    """

    study: Study
    part: TrainingPart
    by: str
    fold_risk: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.study.model.digest != self.part.bundle.model.digest:
            raise SettingsError(
                "a mitigation needs the training patients of the model that is studied",
                value=self.part.bundle.facts.name,
            )

    @cached_property
    def training_groups(self) -> Mapping[str, BoolArray]:
        """Which training patients are in each group, by its label."""
        return {place.label: own for place, own in divide_cohort(self.part.cohort, [self.by])}

    @cached_property
    def held_out_groups(self) -> Mapping[str, BoolArray]:
        """Which held-out patients are in each group, by its label."""
        return {place.label: own for place, own in make_slices(self.study, [self.by])}

    def learnt(self, group: str) -> tuple[FloatArray, FloatArray]:
        """Out-of-fold risks and outcomes of a group's training patients.

        Raises
        ------
        SettingsError
            When the task has no out-of-fold risks.
        """
        risk = self.required_fold_risk
        own = self.training_groups.get(group, np.zeros(len(risk), dtype=bool))
        return risk[own], self.part.labels[own]

    @property
    def required_fold_risk(self) -> FloatArray:
        """The out-of-fold risks; SettingsError where there are none."""
        if self.fold_risk is None:
            raise SettingsError(
                "this rule learns from the out-of-fold risks of the training patients",
                remedy="Compute them with out_of_fold_risk first.",
            )
        return self.fold_risk


class Mitigation(Protocol):
    """A way to serve groups more equally.

    Attributes
    ----------
    slug : str
    is_refit : bool
        Whether the model is trained anew.
    uses_group : bool
        Whether a patient's group changes what the model says of the patient, so that legal review
        is needed.
    """

    @property
    def slug(self) -> str: ...
    @property
    def is_refit(self) -> bool: ...
    @property
    def uses_group(self) -> bool: ...

    def reason_against(self, task: MitigationTask) -> str:
        """Why it does not apply, as a clause after "because"; "" where it does."""
        ...

    def mend(self, task: MitigationTask, tell: Progress | None = None) -> Mended:
        """Learn from the training patients, then say what the held-out ones would be told.

        Raises
        ------
        RecipeError
            When a model cannot be trained anew with the change.
        """
        ...


def adjusted_risk(risk: FloatArray, offset: float, slope: float) -> FloatArray:
    """Risks whose log-odds are ``offset + slope x`` the old ones; shape as given."""
    limited = np.clip(risk, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return np.asarray(expit(offset + slope * logit(limited)), dtype=np.float64)


def mended_in_groups(task: MitigationTask, slug: str, steps: tuple[GroupStep, ...]) -> Mended:
    """The held-out patients after what the steps say was done to each group.

    A step with an offset and a slope changes risks, which are then held against the declared
    threshold; a step with a threshold alone changes flags only.
    """
    study = task.study
    risk = np.array(study.risk)
    is_flagged = risk >= study.threshold
    for step in steps:
        own = task.held_out_groups.get(step.group)
        if own is None or step.reason:
            continue
        if step.offset is not None and step.slope is not None:
            risk[own] = adjusted_risk(study.risk[own], step.offset, step.slope)
            is_flagged[own] = risk[own] >= study.threshold
        elif step.threshold is not None:
            is_flagged[own] = study.risk[own] >= step.threshold
    return Mended(slug, frozen_floats(risk), is_flagged, is_cut=True, steps=steps)
