"""LightGBM and CatBoost from a recipe to an explained patient."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sample_data
from explainers.attribution.tree_shap import TreeShap
from explainers.core import Cohort, Study
from explainers.errors import RecipeError
from explainers.models.recipe import Recipe, load_recipe, parse_recipe
from explainers.models.training import train
from explainers.workspace import Workspace

RECIPE = Path(sample_data.__file__).parent / "recipes" / "heart-xgboost.toml"
PARAMETERS = {
    "lightgbm": {"n_trees": 20, "num_leaves": 6, "learning_rate": 0.1, "min_data_per_group": 20},
    "catboost": {"n_trees": 20, "max_depth": 4, "learning_rate": 0.1},
}


def recipe_of(family: str) -> Recipe:
    document = load_recipe(RECIPE).to_dict()
    document["name"] = f"heart-{family}"
    document["model"] = {"family": family, "parameters": PARAMETERS[family]}
    document["calibration"]["folds"] = 2
    return parse_recipe(document)


@pytest.fixture(scope="module")
def heart(workspace: Workspace) -> Cohort:
    return workspace.load_cohort("heart_four_hospitals")


@pytest.fixture(scope="module", params=sorted(PARAMETERS))
def study(
    request: pytest.FixtureRequest, heart: Cohort, tmp_path_factory: pytest.TempPathFactory
) -> Study:
    """A model trained, saved, and opened again as any user's own model is."""
    recipe = recipe_of(request.param)
    directory = tmp_path_factory.mktemp("own")
    train(recipe, heart, directory / "models" / recipe.name)
    return Workspace(directory).open_study(recipe.name)


@pytest.mark.parametrize("perturbation", ["interventional", "path-dependent"])
def test_reasons_add_up_to_the_prediction(study: Study, perturbation: str) -> None:
    """Prevents a base score, calibration or engine that does not fit the new family."""
    method = TreeShap(perturbation)  # type: ignore[arg-type]
    patients = study.matrix[-8:]
    assert np.isnan(patients).any()
    found = method.explain(study, patients, study.cohort.patient_ids[-8:], "log-odds")
    assert np.abs(found.residual()).max() < 1e-6


def test_the_model_ranks_patients_it_has_not_seen(study: Study) -> None:
    """Prevents labels, levels or folds from being mixed up on the way into the library."""
    labels = study.cohort.outcome_labels("disease")
    risk = study.model.predict_risk(study.cohort.frame)
    assert ((risk > 0) & (risk < 1)).all()
    assert risk[labels == 1].mean() > risk[labels == 0].mean() + 0.25
    assert risk.mean() == pytest.approx(np.nanmean(labels), abs=0.06)


def test_training_in_another_process_gives_the_same_bytes(heart: Cohort, tmp_path: Path) -> None:
    """Prevents clock time, identifiers and hash seeds from changing a bundle's digest."""
    script = (
        "import json, sys; from pathlib import Path\n"
        "from explainers.models.recipe import parse_recipe\n"
        "from explainers.models.training import train\n"
        "from explainers.workspace import Workspace\n"
        "for recipe in map(parse_recipe, json.loads(sys.argv[1])):\n"
        "    cohort = Workspace().load_cohort(recipe.cohort)\n"
        "    train(recipe, cohort, Path(sys.argv[2], recipe.name))\n"
    )
    recipes = [recipe_of(family) for family in PARAMETERS]
    documents = json.dumps([recipe.to_dict() for recipe in recipes])
    command = [sys.executable, "-c", script, documents, str(tmp_path / "b")]
    finished = subprocess.run(
        command, check=True, env={"PYTHONHASHSEED": "7"}, capture_output=True, cwd=tmp_path
    )
    assert finished.stdout + finished.stderr == b""
    for recipe in recipes:
        train(recipe, heart, tmp_path / "a" / recipe.name)
        for file in (tmp_path / "a" / recipe.name).iterdir():
            twin = tmp_path / "b" / recipe.name / file.name
            assert file.read_bytes() == twin.read_bytes(), file.name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("family", sorted(PARAMETERS))
def test_parameters_of_another_family_are_refused(family: str) -> None:
    document = recipe_of(family).to_dict()
    document["model"]["parameters"] = {**PARAMETERS[family], "gamma": 1.0}
    with pytest.raises(RecipeError, match="not known"):
        parse_recipe(document)
