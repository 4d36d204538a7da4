"""One recipe, several outcomes: patients ranked by models that differ in the label only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from explainers.core.arrays import FloatArray, frozen_floats
from explainers.core.cohort import Cohort
from explainers.core.encoding import encode
from explainers.core.schema import Outcome, Schema
from explainers.errors import NotFoundError, RecipeError, SettingsError, UnsupportedError
from explainers.models.bundle import Bundle
from explainers.models.families import FAMILIES
from explainers.models.fitted import FittedModel, Identity
from explainers.models.recipe import Recipe, parse_recipe
from explainers.models.training import FEWEST_PER_CLASS

UNTESTED = "label bias untested"


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
class RankedPatients:
    """Held-out patients with a score by the model of each candidate outcome.

    Attributes
    ----------
    cohort : Cohort
        The n held-out patients who have every candidate outcome recorded.
    outcomes : tuple of Outcome, length c
        The label in question first, the need it is held against second.
    labels, scores : ndarray of shape (n, c)
        Outcomes of 1 and 0; scores that rise with the risk, on the scale of the family.
    need : ndarray of shape (n,)
        The recorded need, by ``measure``.
    measure : NeedMeasure
    n_train : int
        Patients that every model was trained on.
    """

    cohort: Cohort
    outcomes: tuple[Outcome, ...]
    labels: FloatArray
    scores: FloatArray
    need: FloatArray
    measure: NeedMeasure
    n_train: int

    def __post_init__(self) -> None:
        for name in ("labels", "scores", "need"):
            object.__setattr__(self, name, frozen_floats(getattr(self, name)))


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


def rank_by_outcomes(bundle: Bundle, cohort: Cohort, outcomes: Sequence[Outcome]) -> RankedPatients:
    """Train the bundle's recipe once for each outcome and score the held-out patients.

    Family, inputs, parameters, seed and both sets of patients are the same for all; only the
    outcome differs. Who lacks one of the outcomes takes no part. Calibration is left out: it rises
    with the score and so changes no rank.

    Parameters
    ----------
    bundle : Bundle
        Its held-out patients are ranked, all others are trained on.
    cohort : Cohort
        The very patients the bundle was trained from.
    outcomes : sequence of Outcome, length c

    Raises
    ------
    NotFoundError
        When the cohort is not the one the bundle was trained on.
    UnsupportedError
        When the bundle has no recipe, an input is a source of one of the outcomes, or too few
        patients to train on have or lack one of them.
    """
    if cohort.digest != bundle.facts.training_cohort_digest:
        raise NotFoundError(
            "label choice needs the very cohort that the model learnt from",
            value=cohort.schema.facts.name,
            remedy="Load the cohort that the bundle names, or train the model again.",
        )
    recipe = _recipe(bundle)
    _check_inputs(recipe, outcomes)
    held_out = set(bundle.test_patient_ids)
    others = [name for name in cohort.patient_ids if name not in held_out]
    training, labels = _fully_labelled(cohort.select(others), outcomes)
    tested, tested_labels = _fully_labelled(cohort.select(bundle.test_patient_ids), outcomes)
    if not len(tested):
        raise UnsupportedError(f"{UNTESTED}: no held-out patient has every outcome recorded")
    _check_events(labels, outcomes)
    columns = bundle.model.columns
    matrix, tested_matrix = encode(training.frame, columns), encode(tested.frame, columns)
    scores = [_trained(bundle, recipe, matrix, own).score(tested_matrix) for own in labels.T]
    need, measure = _need_of(tested, outcomes[1], tested_labels[:, 1])
    return RankedPatients(
        cohort=tested,
        outcomes=tuple(outcomes),
        labels=tested_labels,
        scores=np.column_stack(scores),
        need=need,
        measure=measure,
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


def _check_inputs(recipe: Recipe, outcomes: Sequence[Outcome]) -> None:
    sources = {condition.column for outcome in outcomes for condition in outcome.any_of}
    shared = sorted(sources & set(recipe.features))
    if shared:
        raise UnsupportedError(
            f"{UNTESTED}: an input of the model is a source of one of the outcomes",
            value=shared,
            remedy="Compare other outcomes.",
        )


def _fully_labelled(cohort: Cohort, outcomes: Sequence[Outcome]) -> tuple[Cohort, FloatArray]:
    """Patients with every outcome recorded, and their labels (n, c)."""
    labels = np.column_stack([cohort.outcome_labels(outcome.name) for outcome in outcomes])
    rows = np.flatnonzero(~np.isnan(labels).any(axis=1))
    if len(rows) == len(labels):
        return cohort, labels
    ids = cohort.patient_ids
    return cohort.select([ids[row] for row in rows]), labels[rows]


def _check_events(labels: FloatArray, outcomes: Sequence[Outcome]) -> None:
    for outcome, own in zip(outcomes, labels.T, strict=True):
        n_events = int(own.sum())
        if min(n_events, len(own) - n_events) < FEWEST_PER_CLASS:
            raise UnsupportedError(
                f"{UNTESTED}: training needs at least {FEWEST_PER_CLASS} patients with and"
                f" {FEWEST_PER_CLASS} without each outcome",
                value=outcome.name,
                remedy="Compare other outcomes.",
            )


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
    first = outcome.any_of[0]
    if len(outcome.any_of) > 1 or first.at_least is None:
        return labels, NeedMeasure(outcome.label, "", is_share=True)
    column = cohort.schema.column(first.column)
    values = cohort.frame[column.name].to_numpy(dtype=np.float64)
    return values, NeedMeasure(column.label, column.unit, is_share=False)
