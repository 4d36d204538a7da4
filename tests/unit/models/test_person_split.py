"""All rows of a person are held out, or none; and all fall in one fold."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import sample_data
from explainers.core import Cohort
from explainers.errors import BundleError
from explainers.models.recipe import load_recipe
from explainers.models.retraining import TrainingPart, out_of_fold_risk
from explainers.models.split import assign_folds, draw_test_persons
from explainers.models.training import train
from explainers.workspace import Workspace, require_persons_apart

RECIPE = Path(sample_data.__file__).parent / "recipes" / "heart-xgboost.toml"


@pytest.fixture
def visits(workspace: Workspace) -> Cohort:
    """The heart patients, about three of whom are taken for one person; some are unlabelled."""
    heart = workspace.load_cohort("heart_four_hospitals")
    persons = np.random.default_rng(1).integers(0, len(heart) // 3, len(heart))
    frame = heart.frame.assign(who=[f"w{person}" for person in persons])
    frame.loc[frame.index[:60], "narrowing_grade"] = np.nan
    return Cohort(frame, dataclasses.replace(heart.schema, person="who"))


def test_no_person_is_on_both_sides() -> None:
    """Prevents a model from being tested on people it knows: the leak of repeated visits."""
    rng = np.random.default_rng(0)
    persons = rng.integers(0, 700, 2000)
    outcomes = (rng.random((2000, 2)) < [0.1, 0.3]).astype(float)
    outcomes[rng.random(2000) < 0.1, 0] = np.nan
    is_test, is_training = draw_test_persons(outcomes, 0, persons, test_fraction=0.5, seed=3)
    assert not set(persons[is_test]) & set(persons[~is_test])
    assert not (is_test & is_training).any()
    assert not np.isnan(outcomes[is_training, 0]).any()
    assert 0.45 < is_test.mean() < 0.6
    rates = [np.nanmean(outcomes[rows, 0]) for rows in (is_test, is_training)]
    assert rates[0] == pytest.approx(rates[1], abs=0.04)


def test_no_person_is_in_two_folds() -> None:
    """Prevents a calibration that is fitted on scores of people the model has learnt from."""
    rng = np.random.default_rng(0)
    persons = rng.integers(0, 300, 900)
    labels = (rng.random(900) < 0.2).astype(float)
    folds = assign_folds(labels, n_folds=5, seed=0, persons=persons)
    assert all(len(set(folds[persons == person])) == 1 for person in set(persons))
    assert np.bincount(folds).min() > 100
    alone = np.arange(900)
    np.testing.assert_array_equal(
        assign_folds(labels, n_folds=5, seed=0, persons=alone),
        assign_folds(labels, n_folds=5, seed=0),
    )


def test_a_trained_model_holds_persons_out(visits: Cohort, tmp_path: Path) -> None:
    """Prevents rows of a person from ending on both sides anywhere on the way to a bundle."""
    shipped = load_recipe(RECIPE)
    recipe = dataclasses.replace(
        shipped, n_folds=2, parameters={**shipped.parameters, "n_trees": 8}
    )
    bundle = train(recipe, visits, tmp_path / recipe.name)
    held_out = visits.select(bundle.test_patient_ids)
    part = TrainingPart.of(bundle, visits)
    assert not set(held_out.frame["who"]) & set(part.cohort.frame["who"])
    assert len(part.labels) == bundle.facts.n_train
    assert len(held_out) == bundle.facts.n_test
    assert not np.isnan(part.labels).any()
    assert np.isfinite(out_of_fold_risk(part)).all()
    require_persons_apart(visits, held_out, "heart")


def test_a_person_on_both_sides_is_refused(visits: Cohort) -> None:
    """Prevents a registered model from showing visits of people it was trained on."""
    with pytest.raises(BundleError, match="all rows of a person must be held out, or none"):
        require_persons_apart(visits, visits.select(visits.patient_ids[:200]), "heart")
