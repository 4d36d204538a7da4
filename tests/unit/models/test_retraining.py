"""Training a bundle's recipe again: the same without a change, another with one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.core.arrays import FloatArray
from explainers.core.encoding import encode
from explainers.errors import NotFoundError, UnsupportedError
from explainers.models import FAMILIES, Identity
from explainers.models.retraining import TrainingPart, out_of_fold_risk, retrain
from explainers.workspace import Workspace


@pytest.fixture(scope="module")
def part(workspace: Workspace) -> TrainingPart:
    bundle = workspace.load_bundle("diabetes-logistic")
    return TrainingPart.of(bundle, workspace.load_cohort(bundle.facts.cohort))


@pytest.mark.parametrize("name", ["diabetes-logistic", "heart-xgboost"])
def test_without_a_change_the_same_risks_result(workspace: Workspace, name: str) -> None:
    """Else a mitigation would be credited with what another fold or seed did."""
    bundle = workspace.load_bundle(name)
    part = TrainingPart.of(bundle, workspace.load_cohort(bundle.facts.cohort))
    told: list[tuple[int, int]] = []
    model = retrain(part, "nothing", tell=lambda *done: told.append(done))
    frame = part.cohort.frame.head(50)
    assert np.array_equal(model.predict_risk(frame), bundle.model.predict_risk(frame))
    assert model.link == bundle.model.link
    assert model.digest != bundle.model.digest
    assert told == [(at, 6) for at in range(1, 7)]


def test_out_of_fold_risks_are_right_on_the_whole(part: TrainingPart) -> None:
    """Risks of patients who were learnt from would be too extreme to recalibrate by."""
    risk = out_of_fold_risk(part)
    assert risk.sum() == pytest.approx(part.labels.sum(), rel=1e-4)
    assert not np.array_equal(risk, part.bundle.model.predict_risk(part.cohort.frame))


def test_a_further_input_is_one(part: TrainingPart) -> None:
    column = part.cohort.schema.column("race_ethnicity")
    model = retrain(part, "with race", further=[column])
    assert model.feature_names == (*part.bundle.model.feature_names, "race_ethnicity")


PARAMETERS: dict[str, dict[str, float]] = {
    "xgboost": {"n_trees": 8, "max_depth": 2, "learning_rate": 0.3},
    "lightgbm": {"n_trees": 8, "num_leaves": 4, "learning_rate": 0.3},
    "catboost": {"n_trees": 8, "max_depth": 2, "learning_rate": 0.3},
    "random-forest": {"n_trees": 8, "max_depth": 3},
    "extra-trees": {"n_trees": 8, "max_depth": 3},
    "decision-tree": {"max_depth": 3},
    "gradient-boosting": {"n_trees": 8, "max_depth": 2, "learning_rate": 0.3},
    "hist-gradient-boosting": {"n_trees": 8, "learning_rate": 0.3},
    "logistic": {},
}


@pytest.mark.parametrize("family", PARAMETERS)
def test_weights_reach_the_learner(part: TrainingPart, family: str) -> None:
    """A weight dropped on the way would make reweighing look harmless."""
    names = ("age_years", "height_cm", "bmi_kg_m2")
    columns = tuple(part.cohort.schema.column(name) for name in names)
    matrix = encode(part.cohort.frame, columns)
    is_complete = ~np.isnan(matrix).any(axis=1)
    matrix, labels = matrix[is_complete], part.labels[is_complete]
    found = FAMILIES[family]
    identity = Identity("weights", "1", "", columns, replace(part.bundle.model.link, slope=1.0))

    def scored(weights: FloatArray | None) -> FloatArray:
        content = found.fit(matrix, labels, identity, PARAMETERS[family], 0, weights)
        return found.load(content, identity).score(matrix)

    plain, heavy = scored(None), scored(np.where(labels == 1, 3.0, 1.0))
    assert heavy.mean() > plain.mean() + 0.05


def test_another_cohort_is_refused(workspace: Workspace, part: TrainingPart) -> None:
    """Its patients would pass for those that were learnt from."""
    with pytest.raises(NotFoundError, match="very cohort"):
        TrainingPart.of(part.bundle, workspace.load_cohort("nmes_1988"))


def test_a_bundle_without_recipe_is_unsupported(workspace: Workspace, part: TrainingPart) -> None:
    facts = replace(part.bundle.facts, recipe={})
    with pytest.raises(UnsupportedError, match="no recipe"):
        TrainingPart.of(replace(part.bundle, facts=facts), workspace.load_cohort(facts.cohort))
