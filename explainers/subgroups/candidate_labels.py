"""One recipe, several outcomes: patients ranked by models that differ in the label only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np

from explainers.core.arrays import FloatArray, IntArray, frozen_floats
from explainers.core.cohort import Cohort
from explainers.core.encoding import encode
from explainers.core.schema import Outcome, Schema
from explainers.disclosure.sums import sum_kinds
from explainers.errors import NotFoundError, RecipeError, SettingsError, UnsupportedError
from explainers.models.bundle import Bundle
from explainers.models.families import FAMILIES
from explainers.models.fitted import FittedModel, Identity
from explainers.models.recipe import Recipe, parse_recipe
from explainers.subgroups.related_outcomes import Pairs, cells_told_apart, related_pairs
from explainers.subgroups.trainable_outcomes import UNTESTED, trainable_outcomes

__all__ = [
    "UNTESTED",
    "NeedMeasure",
    "RankedPatients",
    "RecordedNeed",
    "candidate_outcomes",
    "every_outcome",
    "rank_by_outcomes",
]


@dataclass(frozen=True)
class NeedMeasure:
    """What is averaged to say how much need people have.

    Attributes
    ----------
    label, unit : str
        Name on screen and unit; "" where it is a share of people.
    is_share : bool
        Whether it is an outcome of 1 and 0 rather than a number.
    """

    label: str
    unit: str
    is_share: bool

    @property
    def label_with_unit(self) -> str:
        """Label with its unit, unless its last word is the unit already."""
        says_unit = not self.unit or self.label.lower().endswith(self.unit.lower())
        return self.label if says_unit else f"{self.label} ({self.unit})"


@dataclass(frozen=True, eq=False)
class RecordedNeed:
    """What is averaged of n people.

    Attributes
    ----------
    values : ndarray of shape (n,)
    measure : NeedMeasure
    beside : ndarray of shape (n, k)
        Who, 1 or 0, is told of besides where need is an outcome, held against other outcomes.
    """

    values: FloatArray
    measure: NeedMeasure
    beside: FloatArray

    def kinds(self) -> FloatArray:
        """What to count of each person (n, k) so that a mean is safe where no count is small."""
        if not self.measure.is_share:
            return sum_kinds(self.values)
        return np.column_stack([self.values, 1.0 - self.values, self.beside])

    def of(self, rows: IntArray) -> RecordedNeed:
        """The same of some people, in that order."""
        return replace(self, values=self.values[rows], beside=self.beside[rows])


@dataclass(frozen=True, eq=False)
class RankedPatients:
    """Held-out patients with a score by the model of each candidate outcome.

    Attributes
    ----------
    cohort : Cohort
        The n held-out patients who have every outcome recorded that a model can be trained for,
        whichever of these is looked at.
    outcomes : tuple of Outcome, length c
        Those; or some of them, the label in question first, the need it is held against second.
    labels, scores : ndarray of shape (n, c)
        Outcomes of 1 and 0; scores that rise with the risk, on the scale of the family.
    n_train : int
        Patients that every model was trained on.
    beside : ndarray of shape (n, k)
        Of some outcomes: whom the second tells of besides, held against those left out too.
    """

    cohort: Cohort
    outcomes: tuple[Outcome, ...]
    labels: FloatArray
    scores: FloatArray
    n_train: int
    beside: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in ("labels", "scores"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))

    @cached_property
    def recorded(self) -> RecordedNeed:
        """The number behind the second outcome where it is one cut at a limit, else that itself."""
        values, measure = _need_of(self.cohort, self.outcomes[1], self.labels[:, 1])
        beside = np.zeros((len(values), 0)) if self.beside is None else self.beside
        return RecordedNeed(values, measure, beside)

    @property
    def need(self) -> FloatArray:
        """The recorded need, (n,)."""
        return self.recorded.values

    @property
    def measure(self) -> NeedMeasure:
        """What need is measured by."""
        return self.recorded.measure

    def positions_of(self, asked: Sequence[Outcome]) -> tuple[int, ...]:
        """Where these outcomes stand; ValueError for one that is not here."""
        return tuple(map(self.outcomes.index, asked))

    def only(self, asked: Sequence[Outcome]) -> RankedPatients:
        """The same patients with these outcomes, in this order."""
        chosen = list(self.positions_of(asked))
        return replace(
            self,
            outcomes=tuple(asked),
            labels=self.labels[:, chosen],
            scores=self.scores[:, chosen],
            beside=cells_told_apart(self.labels, self._told_by_curves(chosen[1])),
        )

    def _told_by_curves(self, need: int) -> Pairs:
        """Pairs of outcomes of whom curves of need tell; of one that is a number they tell less."""
        return tuple(
            pair
            for pair in related_pairs(self.labels).get(need, ())
            if not any(_is_number(self.outcomes[at]) for at in pair)
        )


def candidate_outcomes(schema: Schema, asked: Sequence[str] = ()) -> tuple[Outcome, ...]:
    """The outcomes to train for, in the order asked for, else in the schema's.

    Unless asked for, an outcome that is another one or something more, such as "found by a test or
    told by a doctor", is left out: it holds both sides of the question.

    Raises
    ------
    UnsupportedError
        When the schema has one outcome only.
    SettingsError
        When fewer than two different outcomes are asked for.
    SchemaError
        When the schema lacks one that is asked for.
    """
    if isinstance(asked, str):
        raise SettingsError("outcomes must be given as a list of names", value=asked)
    if len(schema.outcomes) < 2:
        raise UnsupportedError(
            f"{UNTESTED}: the cohort has one outcome only, so nothing can be held against it",
            value=[outcome.name for outcome in schema.outcomes],
            remedy="Add an outcome to its schema that is nearer to need.",
        )
    if asked:
        if len(set(asked)) < 2 or len(set(asked)) < len(asked):
            raise SettingsError(
                "label choice compares two or more different outcomes", value=list(asked)
            )
        return tuple(schema.outcome(name) for name in asked)
    single = tuple(
        outcome
        for outcome in schema.outcomes
        if not any(set(other.any_of) < set(outcome.any_of) for other in schema.outcomes)
    )
    return single if len(single) > 1 else schema.outcomes


def every_outcome(schema: Schema) -> tuple[Outcome, ...]:
    """All outcomes, those behind the others that are another one or something more."""
    usual = candidate_outcomes(schema)
    return (*usual, *(outcome for outcome in schema.outcomes if outcome not in usual))


def rank_by_outcomes(bundle: Bundle, cohort: Cohort, asked: Sequence[Outcome]) -> RankedPatients:
    """Train the bundle's recipe once for each outcome it can be and score the held-out patients.

    Family, inputs, parameters, seed and both sets of patients are the same for all; only the
    outcome differs. Calibration is left out: it rises with the score and so changes no rank.

    Parameters
    ----------
    bundle : Bundle
        Its held-out patients are ranked, all others are trained on.
    cohort : Cohort
        The very patients the bundle was trained from.
    asked : sequence of Outcome
        Those that must be among them. Who takes part does not depend on it, so that two answers
        cannot be subtracted.

    Raises
    ------
    NotFoundError
        When the cohort is not the one the bundle was trained on.
    UnsupportedError
        When the bundle has no recipe or one of those asked for cannot be trained for; see
        :func:`~explainers.subgroups.trainable_outcomes.trainable_outcomes`.
    """
    if cohort.digest != bundle.facts.training_cohort_digest:
        raise NotFoundError(
            "label choice needs the very cohort that the model learnt from",
            value=cohort.schema.facts.name,
            remedy="Load the cohort that the bundle names, or train the model again.",
        )
    recipe = _recipe(bundle)
    held_out = set(bundle.test_patient_ids)
    others = [name for name in cohort.patient_ids if name not in held_out]
    parts = (cohort.select(others), cohort.select(bundle.test_patient_ids))
    found = trainable_outcomes(every_outcome(cohort.schema), recipe.features, *parts)
    for outcome in asked:
        found.check(outcome)
    (training, labels), (tested, tested_labels) = (
        _of_rows(part, found.labelled(part)) for part in parts
    )
    columns = bundle.model.columns
    matrix, tested_matrix = encode(training.frame, columns), encode(tested.frame, columns)
    scores = [_trained(bundle, recipe, matrix, own).score(tested_matrix) for own in labels.T]
    return RankedPatients(
        cohort=tested,
        outcomes=found.outcomes,
        labels=tested_labels,
        scores=np.column_stack(scores),
        n_train=len(training),
    )


def _recipe(bundle: Bundle) -> Recipe:
    try:
        return parse_recipe(bundle.facts.recipe)
    except RecipeError as error:
        raise UnsupportedError(
            f"{UNTESTED}: the model has no recipe by which it could be trained for another outcome",
            value=bundle.facts.name,
            remedy="Train it from a recipe with: pellucid train RECIPE.",
        ) from error


def _of_rows(cohort: Cohort, labels: FloatArray) -> tuple[Cohort, FloatArray]:
    """Patients with every outcome recorded, and their labels (n, c)."""
    rows = np.flatnonzero(~np.isnan(labels).any(axis=1))
    if len(rows) == len(labels):
        return cohort, labels
    ids = cohort.patient_ids
    return cohort.select([ids[row] for row in rows]), labels[rows]


def _trained(bundle: Bundle, recipe: Recipe, matrix: FloatArray, labels: FloatArray) -> FittedModel:
    family = FAMILIES[recipe.family]
    identity = Identity(
        name=bundle.model.name,
        version=bundle.model.version,
        digest=f"{bundle.model.digest}, another outcome",
        columns=bundle.model.columns,
        link=replace(bundle.model.link, intercept=0.0, slope=1.0),
    )
    content = family.fit(matrix, labels, identity, recipe.parameters, recipe.seed)
    return cast("FittedModel", family.load(content, identity))


def _need_of(
    cohort: Cohort, outcome: Outcome, labels: FloatArray
) -> tuple[FloatArray, NeedMeasure]:
    """The number behind an outcome that is one number cut at a limit, else the outcome itself."""
    if not _is_number(outcome):
        return labels, NeedMeasure(outcome.label, "", is_share=True)
    column = cohort.schema.column(outcome.any_of[0].column)
    values = cohort.frame[column.name].to_numpy(dtype=np.float64)
    return values, NeedMeasure(column.label, column.unit, is_share=False)


def _is_number(outcome: Outcome) -> bool:
    """Whether it is one number cut at a limit."""
    return len(outcome.any_of) == 1 and outcome.any_of[0].at_least is not None
