"""The patients a bundled model learnt from, and models that learnt from a resample of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from explainers.core.arrays import FloatArray, frozen_floats
from explainers.core.cohort import Cohort
from explainers.core.encoding import encode
from explainers.core.model import RiskModel
from explainers.core.schema import Column
from explainers.errors import NotFoundError
from explainers.models.bundle import Bundle
from explainers.models.calibration import fit_calibration
from explainers.models.families import FAMILIES
from explainers.models.fitted import FittedModel, Identity
from explainers.models.recipe import parse_recipe

Refit = Callable[[int], RiskModel]


@dataclass(frozen=True)
class TrainingPatients:
    """Encoded training patients.

    Attributes
    ----------
    matrix : ndarray of shape (n, p)
    labels : ndarray of shape (n,)
        Outcomes, 1 and 0.
    columns : tuple of Column, length p
    """

    matrix: FloatArray
    labels: FloatArray
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", frozen_floats(self.matrix))
        object.__setattr__(self, "labels", frozen_floats(self.labels))

    @classmethod
    def of(cls, bundle: Bundle, cohort: Cohort) -> TrainingPatients:
        """Everybody labelled of the bundle's cohort who was not held out.

        Raises
        ------
        NotFoundError
            When the cohort is not the one the bundle was trained on: its patients would then be
            taken for training patients.
        """
        if cohort.digest != bundle.facts.training_cohort_digest:
            raise NotFoundError(
                "training patients are found only in the very cohort that the model learnt from",
                value=cohort.schema.facts.name,
                remedy="Load the cohort that the bundle names, or train the model again.",
            )
        if "registered" in bundle.facts.recipe:
            raise NotFoundError(
                "the patients that a registered model was trained on are not known here",
                value=bundle.facts.name,
                remedy="Only a model trained from a recipe can be trained again.",
            )
        held_out = set(bundle.test_patient_ids)
        others = cohort.select([name for name in cohort.patient_ids if name not in held_out])
        labels = others.outcome_labels(bundle.facts.outcome)
        # An unlabelled row of a person who was trained on is neither held out nor learnt from.
        is_labelled = np.flatnonzero(~np.isnan(labels))
        return cls(
            matrix=encode(others.frame.iloc[is_labelled], bundle.model.columns),
            labels=labels[is_labelled],
            columns=bundle.model.columns,
        )


def refits_of(bundle: Bundle, cohort: Cohort) -> Refit:
    """A function that trains the bundle's recipe on a bootstrap sample of its training patients.

    The patients that a sample leaves out, about 37%, give the calibration: one fit instead of the
    recipe's cross-validation. Given a seed, the same model results on every machine with the same
    package versions.

    Raises
    ------
    NotFoundError
        As :meth:`TrainingPatients.of`; RecipeError, from the function, where a sample cannot be
        calibrated.
    """
    patients = TrainingPatients.of(bundle, cohort)
    recipe = parse_recipe(bundle.facts.recipe)
    family = FAMILIES[recipe.family]

    def refit(seed: int) -> RiskModel:
        n = len(patients.labels)
        drawn = np.sort(np.random.default_rng(seed).integers(0, n, size=n))
        is_left_out = np.bincount(drawn, minlength=n) == 0
        identity = Identity(
            name=bundle.model.name,
            version=bundle.model.version,
            digest=f"{bundle.model.digest}, refit {seed}",
            columns=patients.columns,
            link=replace(bundle.model.link, intercept=0.0, slope=1.0),
        )
        matrix, labels = patients.matrix, patients.labels
        content = family.fit(matrix[drawn], labels[drawn], identity, recipe.parameters, recipe.seed)
        model = cast("FittedModel", family.load(content, identity))
        score = model.score(matrix[is_left_out])
        link = fit_calibration(score, labels[is_left_out], family.score_kind)
        return replace(model, identity=replace(identity, link=link))

    return refit


def trainer_on_noise(bundle: Bundle, cohort: Cohort) -> Refit:
    """A function that trains the bundle's recipe on outcomes dealt out anew, given a seed.

    The model keeps its own link: there is nothing to calibrate.

    Raises
    ------
    NotFoundError
        As :meth:`TrainingPatients.of`.
    """
    patients = TrainingPatients.of(bundle, cohort)
    recipe = parse_recipe(bundle.facts.recipe)
    family = FAMILIES[recipe.family]

    def train(seed: int) -> RiskModel:
        labels = np.random.default_rng(seed).permutation(patients.labels)
        identity = Identity(
            name=bundle.model.name,
            version=bundle.model.version,
            digest=f"{bundle.model.digest}, outcomes permuted {seed}",
            columns=patients.columns,
            link=bundle.model.link,
        )
        content = family.fit(patients.matrix, labels, identity, recipe.parameters, recipe.seed)
        return family.load(content, identity)

    return train
