"""Training a model from its recipe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.cohort import Cohort
from explainers.core.encoding import encode
from explainers.core.link import Link
from explainers.core.progress import Meter
from explainers.core.schema import Column, Schema
from explainers.errors import RecipeError, SchemaError
from explainers.models.bundle import Bundle, load_bundle, save_bundle
from explainers.models.calibration import fit_calibration
from explainers.models.facts import BundleFacts, FeatureSpec, family_versions
from explainers.models.families import FAMILIES, Family
from explainers.models.fitted import Identity
from explainers.models.recipe import Recipe
from explainers.models.split import assign_folds, draw_test_patients, draw_test_persons

# Below this a calibration line is mostly noise.
FEWEST_PER_CLASS = 20


def train(recipe: Recipe, cohort: Cohort, directory: Path) -> Bundle:
    """Train a model and save it as a bundle.

    Part of the patients is held out and never looked at. On the others, out-of-fold scores give the
    calibration, then the model is fitted to all of them. Time and machine leave no trace: the same
    recipe, patients and package versions give the same bytes.

    Parameters
    ----------
    recipe : Recipe
    cohort : Cohort
        All patients; those without a label for the outcome are held out.
    directory : Path
        Where the bundle goes; must not exist.

    Raises
    ------
    RecipeError
        When a feature may not enter a model, or there are too few events to learn from.
    BundleError
        When the directory exists or cannot be written.
    """
    schema = cohort.schema
    columns = _allowed_columns(recipe, schema)
    is_test, is_training = _hold_out(recipe, cohort)
    labels = cohort.outcome_labels(recipe.outcome)[is_training]
    _check_events(labels, recipe)
    matrix = encode(cohort.frame.iloc[np.flatnonzero(is_training)], columns)
    family = FAMILIES[recipe.family]
    identity = Identity(recipe.name, recipe.version, "", columns, Link(family.score_kind))
    persons = None if cohort.persons is None else cohort.persons.position[is_training]
    learners = Learners(matrix, labels, persons=persons)
    score = out_of_fold_scores(recipe, identity, learners)
    link = fit_calibration(score, labels, family.score_kind)
    model_file = family.fit(matrix, labels, identity, recipe.parameters, recipe.seed)
    facts = replace(
        _facts(recipe, cohort, columns, labels, link), n_test=int(np.count_nonzero(is_test))
    )
    test_ids = [
        name for name, held_out in zip(cohort.patient_ids, is_test, strict=True) if held_out
    ]
    save_bundle(directory, facts, model_file, test_ids)
    return load_bundle(directory, schema)


def _allowed_columns(recipe: Recipe, schema: Schema) -> tuple[Column, ...]:
    try:
        outcome = schema.outcome(recipe.outcome)
        columns = tuple(schema.column(name) for name in recipe.features)
    except SchemaError as error:
        raise RecipeError(
            "a recipe may name only what its cohort has", value=error.value, remedy=error.remedy
        ) from error
    sources = {condition.column for condition in outcome.any_of}
    for column in columns:
        if column.role != "feature" or column.name in sources:
            raise RecipeError(
                f"{_why_barred(column)}, so it may not enter a model",
                value=column.name,
                remedy=column.note or "Remove it from the recipe's features.",
            )
    return columns


def _why_barred(column: Column) -> str:
    if column.role == "excluded":
        return f"{column.label!r} gives the outcome away"
    if column.role == "attribute":
        kind = "a protected attribute" if column.sensitive else "an attribute"
        return f"{column.label!r} is {kind}"
    return f"{column.label!r} is a source of the outcome"


def _hold_out(recipe: Recipe, cohort: Cohort) -> tuple[BoolArray, BoolArray]:
    """Rows (n,) to hold out, and rows to train on; no person is in both."""
    names = [outcome.name for outcome in cohort.schema.outcomes]
    outcomes = np.column_stack([cohort.outcome_labels(name) for name in names])
    predicted, fraction = names.index(recipe.outcome), recipe.test_fraction
    if cohort.persons is not None:
        return draw_test_persons(
            outcomes,
            predicted,
            cohort.persons.position,
            test_fraction=fraction,
            seed=recipe.seed,
        )
    is_test = draw_test_patients(outcomes, predicted, test_fraction=fraction, seed=recipe.seed)
    return is_test, ~is_test


def _check_events(labels: FloatArray, recipe: Recipe) -> None:
    n_events = int(labels.sum())
    n_others = len(labels) - n_events
    if min(n_events, n_others) < FEWEST_PER_CLASS:
        raise RecipeError(
            f"training needs at least {FEWEST_PER_CLASS} patients with and"
            f" {FEWEST_PER_CLASS} without the outcome {recipe.outcome!r}",
            value=f"{n_events} with, {n_others} without",
        )


@dataclass(frozen=True, eq=False)
class Learners:
    """Rows that a model learns from.

    Attributes
    ----------
    matrix : ndarray of shape (n, p)
    labels : ndarray of shape (n,)
        1 and 0.
    weights : ndarray of shape (n,), optional
        How much each row counts in training.
    persons : ndarray of shape (n,), optional
        Whose row each is, where somebody has several.
    """

    matrix: FloatArray
    labels: FloatArray
    weights: FloatArray | None = None
    persons: IntArray | None = None


def out_of_fold_scores(
    recipe: Recipe, identity: Identity, learners: Learners, meter: Meter | None = None
) -> FloatArray:
    """Raw scores (n,), each by a model that saw no row of the patient.

    Parameters
    ----------
    recipe : Recipe
    identity : Identity
        Its columns are those of the matrix.
    learners : Learners
    meter : Meter, optional
        Told after each fold.
    """
    matrix, labels, weights = learners.matrix, learners.labels, learners.weights
    family: Family = FAMILIES[recipe.family]
    folds = assign_folds(labels, n_folds=recipe.n_folds, seed=recipe.seed, persons=learners.persons)
    score = np.empty(len(labels))
    for fold in range(recipe.n_folds):
        inside = folds == fold
        content = family.fit(
            matrix[~inside],
            labels[~inside],
            identity,
            recipe.parameters,
            recipe.seed,
            None if weights is None else weights[~inside],
        )
        score[inside] = family.load(content, identity).score(matrix[inside])
        if meter is not None:
            meter.add(1)
    return score


def _facts(
    recipe: Recipe, cohort: Cohort, columns: tuple[Column, ...], labels: FloatArray, link: Link
) -> BundleFacts:
    return BundleFacts(
        name=recipe.name,
        version=recipe.version,
        title=recipe.title,
        purpose=recipe.purpose,
        intended_users=recipe.intended_users,
        intended_patients=recipe.intended_patients,
        limits=recipe.limits,
        cohort=recipe.cohort,
        outcome=recipe.outcome,
        horizon=cohort.schema.outcome(recipe.outcome).horizon,
        family=recipe.family,
        features=tuple(FeatureSpec.of(column) for column in columns),
        link=link,
        threshold=recipe.threshold,
        threshold_reason=recipe.threshold_reason,
        comparator=recipe.comparator,
        training_cohort_digest=cohort.digest,
        n_train=len(labels),
        n_train_events=int(labels.sum()),
        n_test=len(cohort) - len(labels),
        seed=recipe.seed,
        recipe=recipe.to_dict(),
        versions=family_versions(FAMILIES[recipe.family]),
    )
