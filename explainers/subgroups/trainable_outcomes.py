"""Which outcomes of a cohort a recipe can be trained for, whichever of them somebody asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.cohort import Cohort
from explainers.core.schema import Outcome
from explainers.disclosure.counts import is_small
from explainers.disclosure.persons import floor_in_rows
from explainers.errors import UnsupportedError
from explainers.models.training import FEWEST_PER_CLASS
from explainers.subgroups.related_outcomes import cells_told_apart, related_pairs

UNTESTED = "label bias untested"
SOURCE = "an input of the model is a source of one of the outcomes"
FEW = (
    f"training needs at least {FEWEST_PER_CLASS} patients with and {FEWEST_PER_CLASS} without each"
    " outcome, among those who have every outcome recorded"
)
NOBODY = "no held-out patient has every outcome recorded"
ALIKE = "so few held-out patients have one outcome and not the other that they would be told of"


@dataclass(frozen=True)
class TrainableOutcomes:
    """Outcomes that can be trained for, and why others cannot.

    Attributes
    ----------
    outcomes : tuple of Outcome, length c
    left_out : Mapping from str to (str, value)
        By the name of an outcome: the rule that it breaks, and what breaks it.
    """

    outcomes: tuple[Outcome, ...]
    left_out: Mapping[str, tuple[str, Any]]

    def labelled(self, cohort: Cohort) -> FloatArray:
        """Their labels (n, c), NaN where one is not recorded."""
        return np.column_stack([cohort.outcome_labels(own.name) for own in self.outcomes])

    def check(self, outcome: Outcome) -> None:
        """UnsupportedError for an outcome that is left out."""
        if outcome.name in self.left_out:
            rule, value = self.left_out[outcome.name]
            raise UnsupportedError(
                f"{UNTESTED}: {rule}", value=value, remedy="Compare other outcomes."
            )


def trainable_outcomes(
    every: Sequence[Outcome], features: Sequence[str], training: Cohort, tested: Cohort
) -> TrainableOutcomes:
    """Leave out outcomes until every one that is left can be trained for and told of.

    What is left out depends on the patients and the recipe only.

    Parameters
    ----------
    every : sequence of Outcome
        All of the schema; those that are made of others stand last.
    features : sequence of str
        Inputs of the recipe; an outcome that is made from one is left out.
    training, tested : Cohort
        Of those who have every outcome recorded there must be enough. Else the outcome that is
        recorded of the fewest is left out first; of two, the last.

    Notes
    -----
    An outcome is left out too where beside another it would tell of fewer people than the floor.
    """
    left_out: dict[str, tuple[str, Any]] = {}
    kept = []
    for outcome in every:
        shared = sorted({condition.column for condition in outcome.any_of} & set(features))
        if shared:
            left_out[outcome.name] = (SOURCE, shared)
        else:
            kept.append(outcome)
    floor = floor_in_rows(tested)
    while kept:
        found = TrainableOutcomes(tuple(kept), left_out)
        labels, tested_labels = found.labelled(training), found.labelled(tested)
        broken = _broken(labels, tested_labels, floor)
        if broken is None:
            break
        at, rule = broken
        left_out[kept[at].name] = (rule, kept[at].name)
        kept.pop(at)
    return TrainableOutcomes(tuple(kept), left_out)


def _broken(labels: FloatArray, tested: FloatArray, floor: int) -> tuple[int, str] | None:
    """Which outcome to leave out next, and the rule that it breaks."""
    for own in range(labels.shape[1]):
        if _has_few(labels[:, [own]])[0]:
            return own, FEW
    least_recorded = _last_of_least(~np.isnan(labels))
    if _has_few(_complete(labels)).any():
        return least_recorded, FEW
    complete = _complete(tested)
    if not len(complete):
        return _last_of_least(~np.isnan(tested)), NOBODY
    for own, pairs in related_pairs(complete).items():
        if is_small(cells_told_apart(complete, pairs).sum(axis=0).astype(np.int64), floor).any():
            return own, ALIKE
    return None


def _complete(labels: FloatArray) -> FloatArray:
    """Rows without a missing value."""
    return labels[~np.isnan(labels).any(axis=1)]


def _has_few(labels: FloatArray) -> BoolArray:
    """Whether too few have, or lack, each outcome, (c,)."""
    complete = _complete(labels)
    n_events = complete.sum(axis=0)
    return np.asarray(np.minimum(n_events, len(complete) - n_events) < FEWEST_PER_CLASS)


def _last_of_least(recorded: BoolArray) -> int:
    """The outcome that is recorded of the fewest (n, c); of two, the last."""
    counts = recorded.sum(axis=0)
    return int(np.flatnonzero(counts == counts.min())[-1])
