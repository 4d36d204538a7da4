from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.pipeline import Pipeline

from explainers.core import Column, Link, Study
from explainers.errors import BundleError, RecipeError
from explainers.models import logistic_model
from explainers.models.bundle import load_bundle
from explainers.models.fitted import Identity
from explainers.models.logistic_model import ALLOWED_TYPES, LogisticModel, fit
from explainers.models.manifest import read_verified
from explainers.models.skops_file import load_estimator, save_estimator
from explainers.workspace import Workspace

COLUMNS = (
    Column("pain", "Pain", "category", levels=("none", "dull", "sharp")),
    Column("age", "Age", "number"),
    Column("mood", "Mood", "category", levels=("low", "middle", "high"), ordered=True),
    Column("smokes", "Smokes", "yes_no"),
)
IDENTITY = Identity("toy", "1", "", COLUMNS, Link("log-odds"))
Matrix = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def patients() -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(0)
    matrix = np.column_stack(
        [
            rng.integers(0, 3, 500),
            rng.normal(50, 10, 500),
            rng.integers(0, 3, 500),
            rng.integers(0, 2, 500),
        ]
    ).astype(float)
    risk = 0.05 * (matrix[:, 1] - 50) + (matrix[:, 0] == 2) + 0.4 * matrix[:, 2] - 1
    labels = (risk + rng.logistic(size=500) > 0).astype(float)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    return matrix, labels


def test_score_is_the_pipelines_own(patients: tuple[Matrix, Matrix]) -> None:
    """Prevents weights given to the wrong feature or level, and a median taken for a mean."""
    content = fit(*patients, COLUMNS, {}, 0)
    pipeline = load_estimator(content, ALLOWED_TYPES)
    model = LogisticModel.from_bytes(content, IDENTITY)
    expected = pipeline.decision_function(patients[0])
    np.testing.assert_allclose(model.score(patients[0]), expected, atol=1e-12)


def test_each_term_belongs_to_its_own_feature(patients: tuple[Matrix, Matrix]) -> None:
    """Prevents a level's weight from being booked under a neighbour."""
    model = LogisticModel.from_bytes(fit(*patients, COLUMNS, {}, 0), IDENTITY)
    one = np.array([[1.0, 40.0, 0.0, 1.0]])
    for at in range(4):
        other = one.copy()
        other[0, at] = 0.0 if at != 2 else 2.0
        changed = model.terms(other)[0] - model.terms(one)[0]
        assert changed[at] != 0
        assert (np.delete(changed, at) == 0).all()
        assert model.score(other)[0] - model.score(one)[0] == pytest.approx(changed[at])


def test_shipped_terms_add_up_to_the_score(logistic_study: Study) -> None:
    model = logistic_study.model
    assert isinstance(model, LogisticModel)
    total = model.constant + model.terms(logistic_study.matrix).sum(axis=1)
    np.testing.assert_allclose(total, model.score(logistic_study.matrix), atol=1e-12)


def test_shipped_model_scores_as_its_pipeline(workspace: Workspace, logistic_study: Study) -> None:
    directory = workspace.load_bundle("diabetes-logistic").directory
    files, _ = read_verified(directory)
    pipeline = load_estimator(files["model.skops"], ALLOWED_TYPES)
    np.testing.assert_allclose(
        logistic_study.model.score(logistic_study.matrix),
        pipeline.decision_function(logistic_study.matrix),
        atol=1e-9,
    )
    assert load_bundle(directory, workspace.load_schema("nhanes_2017_2018")).facts.notes == ()


@pytest.mark.parametrize("kept", [[0], [1, 2, 3]])
def test_numbers_alone_and_levels_alone_both_train(
    patients: tuple[Matrix, Matrix], kept: list[int]
) -> None:
    columns = tuple(COLUMNS[at] for at in kept)
    matrix = patients[0][:, kept]
    identity = Identity("toy", "1", "", columns, Link("log-odds"))
    content = fit(matrix, patients[1], columns, {}, 0)
    expected = load_estimator(content, ALLOWED_TYPES).decision_function(matrix)
    model = LogisticModel.from_bytes(content, identity)
    np.testing.assert_allclose(model.score(matrix), expected, atol=1e-12)


def test_a_feature_nobody_has_is_survived(patients: tuple[Matrix, Matrix]) -> None:
    """Prevents coefficients from moving up one place when a column is dropped."""
    matrix = patients[0].copy()
    matrix[:, 1] = np.nan
    content = fit(matrix, patients[1], COLUMNS, {}, 0)
    expected = load_estimator(content, ALLOWED_TYPES).decision_function(matrix)
    np.testing.assert_allclose(
        LogisticModel.from_bytes(content, IDENTITY).score(matrix), expected, atol=1e-12
    )


def test_training_twice_gives_the_same_bytes(patients: tuple[Matrix, Matrix]) -> None:
    assert fit(*patients, COLUMNS, {}, 0) == fit(*patients, COLUMNS, {}, 0)


def test_a_fit_that_does_not_converge_is_refused(
    patients: tuple[Matrix, Matrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents half-fitted weights from being shipped with a warning nobody reads."""
    monkeypatch.setattr(logistic_model, "MOST_STEPS", 1)
    with pytest.raises(RecipeError, match="converge"):
        fit(*patients, COLUMNS, {}, 0)


def test_other_features_or_another_pipeline_are_refused(patients: tuple[Matrix, Matrix]) -> None:
    content = fit(*patients, COLUMNS, {}, 0)
    fewer = Identity("toy", "1", "", COLUMNS[:3], Link("log-odds"))
    for bad, identity in (
        (content, fewer),
        (save_estimator(Pipeline([("a", "passthrough")])), IDENTITY),
    ):
        with pytest.raises(BundleError, match="logistic regression"):
            LogisticModel.from_bytes(bad, identity)
