"""Training a bundle's recipe once more, with other weights or with one more input.

Folds, calibration and final fit are those of :func:`~explainers.models.training.train`: without a
change, the very same risks result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np

from explainers.core.arrays import FloatArray, frozen_floats
from explainers.core.cohort import Cohort
from explainers.core.encoding import encode
from explainers.core.model import RiskModel
from explainers.core.progress import Meter, Progress
from explainers.core.schema import Column
from explainers.errors import NotFoundError, RecipeError, UnsupportedError
from explainers.models.bundle import Bundle
from explainers.models.calibration import fit_calibration
from explainers.models.families import FAMILIES
from explainers.models.fitted import FittedModel, Identity
from explainers.models.recipe import Recipe, parse_recipe
from explainers.models.training import Learners, out_of_fold_scores


@dataclass(frozen=True, eq=False)
class TrainingPart:
    """A bundle with the patients that it learnt from.

    Attributes
    ----------
    bundle : Bundle
    recipe : Recipe
        The one in the bundle.
    cohort : Cohort
        Everybody of the bundle's cohort who was not held out, n patients.
    """

    bundle: Bundle
    recipe: Recipe
    cohort: Cohort

    @classmethod
    def of(cls, bundle: Bundle, cohort: Cohort) -> TrainingPart:
        """The labelled patients of the bundle's cohort who were not held out.

        Raises
        ------
        NotFoundError
            When the cohort is not the very one that the bundle was trained on.
        UnsupportedError
            When the bundle has no recipe.
        """
        if cohort.digest != bundle.facts.training_cohort_digest:
            raise NotFoundError(
                "training again needs the very cohort that the model learnt from",
                value=cohort.schema.facts.name,
                remedy="Load the cohort that the bundle names, or train the model again.",
            )
        try:
            recipe = parse_recipe(bundle.facts.recipe)
        except RecipeError as error:
            raise UnsupportedError(
                "the model has no recipe by which it could be trained again",
                value=bundle.facts.name,
                remedy="Train it from a recipe with: pellucid train RECIPE.",
            ) from error
        held_out = frozenset(bundle.test_patient_ids)
        is_labelled = ~np.isnan(cohort.outcome_labels(bundle.facts.outcome))
        kept = [
            name
            for name, labelled in zip(cohort.patient_ids, is_labelled, strict=True)
            if labelled and name not in held_out
        ]
        return cls(bundle, recipe, cohort.select(kept))

    @cached_property
    def labels(self) -> FloatArray:
        """Outcomes, 1 and 0, (n,)."""
        return frozen_floats(self.cohort.outcome_labels(self.bundle.facts.outcome))

    def learners(self, matrix: FloatArray, weights: FloatArray | None = None) -> Learners:
        """These patients to learn from, given their inputs (n, p) and weights (n,)."""
        persons = self.cohort.persons
        return Learners(matrix, self.labels, weights, None if persons is None else persons.position)


def out_of_fold_risk(part: TrainingPart, tell: Progress | None = None) -> FloatArray:
    """Risk (n,) of each training patient by models of the recipe that did not see the patient.

    The folds and the calibration are those that the bundle's own calibration was fitted on, so the
    risks are as right for these patients as the model's are for new ones; what the model itself
    says of patients it learnt from would look too good. Takes as many fits as the recipe has folds.
    """
    columns = part.bundle.model.columns
    identity = _identity(part, columns, "folds")
    matrix = encode(part.cohort.frame, columns)
    meter = Meter(part.recipe.n_folds, tell)
    score = out_of_fold_scores(part.recipe, identity, part.learners(matrix), meter)
    return frozen_floats(part.bundle.model.link.risk(score))


def retrain(
    part: TrainingPart,
    note: str,
    *,
    further: Sequence[Column] = (),
    weights: FloatArray | None = None,
    tell: Progress | None = None,
) -> RiskModel:
    """The recipe trained on the same patients with a change; one fit more than it has folds.

    Parameters
    ----------
    part : TrainingPart
    note : str
        What differs, for the model's digest.
    further : sequence of Column
        Inputs in addition to the model's own.
    weights : ndarray of shape (n,), optional
        How much each patient counts when the scores are learnt. The calibration is fitted without
        them, so that a risk means the share of real patients with the outcome.
    tell : callable, optional
        Told after each fit.

    Raises
    ------
    RecipeError
        When the family cannot learn from these patients, or its scores cannot be calibrated.
    """
    recipe = part.recipe
    family = FAMILIES[recipe.family]
    columns = (*part.bundle.model.columns, *further)
    identity = _identity(part, columns, note)
    matrix = encode(part.cohort.frame, columns)
    meter = Meter(recipe.n_folds + 1, tell)
    score = out_of_fold_scores(recipe, identity, part.learners(matrix, weights), meter)
    link = fit_calibration(score, part.labels, family.score_kind)
    calibrated = replace(identity, link=link)
    content = family.fit(matrix, part.labels, calibrated, recipe.parameters, recipe.seed, weights)
    meter.add(1)
    return cast("FittedModel", family.load(content, calibrated))


def _identity(part: TrainingPart, columns: tuple[Column, ...], note: str) -> Identity:
    model = part.bundle.model
    return Identity(
        name=model.name,
        version=model.version,
        digest=f"{model.digest}, {note}",
        columns=columns,
        link=replace(model.link, intercept=0.0, slope=1.0),
    )
