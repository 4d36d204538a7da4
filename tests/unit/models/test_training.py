from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sample_data
from explainers.core import Cohort
from explainers.core.encoding import encode
from explainers.errors import BundleError, RecipeError
from explainers.models.recipe import Recipe, load_recipe
from explainers.models.training import train
from explainers.workspace import Workspace

ROOT = Path(sample_data.__file__).parent
NAMES = sorted(path.stem for path in (ROOT / "recipes").glob("*.toml"))


def shipped_recipe(name: str) -> Recipe:
    return load_recipe(ROOT / "recipes" / f"{name}.toml")


@pytest.fixture(scope="module")
def heart(workspace: Workspace) -> Cohort:
    return workspace.load_cohort("heart_four_hospitals")


@pytest.fixture(scope="module")
def nhanes(workspace: Workspace) -> Cohort:
    return workspace.load_cohort("nhanes_2017_2018")


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_bundle_is_reproduced_by_its_recipe(
    name: str, workspace: Workspace, tmp_path: Path
) -> None:
    """Prevents a shipped model that nobody can make again."""
    recipe = shipped_recipe(name)
    shipped = workspace.load_bundle(name)
    cohort = workspace.load_cohort(recipe.cohort)
    made = train(recipe, cohort, tmp_path / name)
    assert made.test_patient_ids == shipped.test_patient_ids
    assert made.facts.training_cohort_digest == shipped.facts.training_cohort_digest
    matrix = encode(cohort.frame, shipped.model.columns)
    np.testing.assert_allclose(made.model.score(matrix), shipped.model.score(matrix), atol=1e-6)
    np.testing.assert_allclose(
        made.model.predict_risk(cohort.frame), shipped.model.predict_risk(cohort.frame), atol=1e-6
    )


def test_training_in_two_processes_gives_the_same_bytes(heart: Cohort, tmp_path: Path) -> None:
    """Prevents clock time, memory addresses and hash seeds from changing a bundle's digest."""
    parameters = {"n_trees": 8, "max_depth": 4}
    recipe = dataclasses.replace(shipped_recipe("heart-forest"), n_folds=2, parameters=parameters)
    script = (
        "import sys, dataclasses; from pathlib import Path\n"
        "from explainers.models.recipe import load_recipe\n"
        "from explainers.models.training import train\n"
        "from explainers.workspace import Workspace\n"
        "parameters = {'n_trees': 8, 'max_depth': 4}\n"
        "recipe = load_recipe(Path(sys.argv[1]))\n"
        "recipe = dataclasses.replace(recipe, n_folds=2, parameters=parameters)\n"
        "train(recipe, Workspace().load_cohort(recipe.cohort), Path(sys.argv[2]))\n"
    )
    path = ROOT / "recipes" / "heart-forest.toml"
    command = [sys.executable, "-c", script, str(path), str(tmp_path / "b")]
    subprocess.run(command, check=True, env={"PYTHONHASHSEED": "7"})
    train(recipe, heart, tmp_path / "a")
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name


def test_nobody_is_trained_on_and_held_out(workspace: Workspace) -> None:
    for name in NAMES:
        facts = workspace.model_facts(name)
        held_out = workspace.load_bundle(name).test_patient_ids
        cohort = workspace.load_cohort(facts.cohort)
        training = cohort.select([p for p in cohort.patient_ids if p not in set(held_out)])
        assert len(training) == facts.n_train
        assert len(held_out) == facts.n_test
        assert training.outcome_labels(facts.outcome).sum() == facts.n_train_events


def test_models_to_be_compared_hold_out_the_same_patients(workspace: Workspace) -> None:
    """Prevents a comparison of two models on different people."""
    for first, second in (
        ("diabetes-xgboost", "diabetes-logistic"),
        ("heart-xgboost", "heart-forest"),
        ("nmes-visits-xgboost", "nmes-chronic-xgboost"),
    ):
        held_out = workspace.load_bundle(first).test_patient_ids
        assert held_out == workspace.load_bundle(second).test_patient_ids


@pytest.mark.parametrize(
    ("feature", "rule"),
    [
        ("family_history", "Skip-pattern leak"),
        ("takes_insulin", "gives the outcome away.*Treatment"),
        ("race_ethnicity", "protected attribute"),
        ("income_poverty_ratio", "protected attribute"),
        ("insurance", "protected attribute"),
        ("hba1c_percent", "source of the outcome"),
        ("shoe_size", "only what its cohort has"),
    ],
)
def test_what_may_not_enter_a_model_is_refused_with_the_reason(
    nhanes: Cohort, tmp_path: Path, feature: str, rule: str
) -> None:
    """Prevents a model that knows the answer, or that is told the patient's race."""
    recipe = shipped_recipe("diabetes-xgboost")
    recipe = dataclasses.replace(recipe, features=(*recipe.features, feature))
    with pytest.raises(RecipeError, match=rule):
        train(recipe, nhanes, tmp_path / "leaky")
    assert not (tmp_path / "leaky").exists()


def test_an_outcome_that_the_cohort_lacks_is_refused(nhanes: Cohort, tmp_path: Path) -> None:
    recipe = dataclasses.replace(shipped_recipe("diabetes-xgboost"), outcome="gout")
    with pytest.raises(RecipeError, match=r"gout.*diabetes, told, hba1c"):
        train(recipe, nhanes, tmp_path / "x")


def only(cohort: Cohort, label: float, n_others: int) -> Cohort:
    labels = cohort.outcome_labels("disease")
    keep = np.concatenate(
        [np.flatnonzero(labels == label), np.flatnonzero(labels != label)[:n_others]]
    )
    return cohort.select([cohort.patient_ids[at] for at in keep])


@pytest.mark.parametrize("n_others", [0, 10, 38])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_or_too_few_events_are_refused(
    heart: Cohort, tmp_path: Path, label: float, n_others: int
) -> None:
    with pytest.raises(RecipeError, match="at least 20 patients"):
        train(shipped_recipe("heart-xgboost"), only(heart, label, n_others), tmp_path / "x")


def test_patients_without_a_label_are_held_out(heart: Cohort, tmp_path: Path) -> None:
    """Prevents people of unknown outcome from being trained on as healthy ones."""
    frame = heart.frame.copy()
    unknown = frame.index[:100]
    frame.loc[unknown, "narrowing_grade"] = np.nan
    bundle = train(
        shipped_recipe("heart-xgboost"), Cohort(frame, heart.schema), tmp_path / "heart-xgboost"
    )
    assert set(unknown) <= set(bundle.test_patient_ids)
    assert bundle.facts.n_train + bundle.facts.n_test == 920


def test_a_feature_that_is_the_outcome_is_refused(heart: Cohort, tmp_path: Path) -> None:
    """Prevents a leak that the schema does not know of from passing as a perfect model."""
    frame = heart.frame.copy()
    labels = heart.outcome_labels("disease")
    frame["cholesterol_mg_dl"] = labels
    columns = ("cholesterol_mg_dl",)
    recipe = dataclasses.replace(shipped_recipe("diabetes-logistic"), cohort="x", outcome="disease")
    recipe = dataclasses.replace(recipe, features=columns)
    with pytest.raises(RecipeError, match=r"without error|converge"):
        train(recipe, Cohort(frame, heart.schema), tmp_path / "x")


def test_a_feature_of_pure_noise_is_refused_or_nearly_flat(heart: Cohort, tmp_path: Path) -> None:
    """Prevents a score that falls with the risk from being turned round in silence."""
    rng = np.random.default_rng(0)
    refused = 0
    for attempt in range(6):
        frame = heart.frame.copy()
        frame["cholesterol_mg_dl"] = rng.normal(size=len(frame))
        recipe = dataclasses.replace(
            shipped_recipe("diabetes-logistic"),
            outcome="disease",
            features=("cholesterol_mg_dl",),
        )
        try:
            bundle = train(recipe, Cohort(frame, heart.schema), tmp_path / f"x{attempt}")
        except RecipeError:
            refused += 1
        else:
            assert bundle.facts.link.slope > 0
    assert refused > 0


def test_an_existing_bundle_is_kept(heart: Cohort, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(BundleError, match="never overwritten"):
        train(shipped_recipe("heart-xgboost"), heart, tmp_path / "mine")
