from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

import sample_data
from explainers.errors import RecipeError
from explainers.models.recipe import load_recipe, parse_recipe
from explainers.workspace import Workspace

RECIPES = sorted((Path(sample_data.__file__).parent / "recipes").glob("*.toml"))


@pytest.fixture
def document() -> dict[str, Any]:
    path = Path(sample_data.__file__).parent / "recipes" / "heart-xgboost.toml"
    return tomllib.loads(path.read_text())


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_shipped_recipe_is_the_one_in_its_bundle(path: Path, workspace: Workspace) -> None:
    """Prevents a bundle that its recipe no longer describes."""
    recipe = load_recipe(path)
    assert recipe.name == path.stem
    assert parse_recipe(recipe.to_dict()) == recipe
    assert parse_recipe(workspace.model_facts(recipe.name).recipe) == recipe


def test_every_shipped_model_has_a_recipe(workspace: Workspace) -> None:
    assert set(workspace.model_names()) == {path.stem for path in RECIPES}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_thresholds_have_reasons_and_are_not_a_half(path: Path) -> None:
    """Prevents a default threshold that nobody weighed."""
    recipe = load_recipe(path)
    assert recipe.threshold != 0.5
    assert "times as harmful" in recipe.threshold_reason


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("format", 2, "format = 1"),
        ("name", "../escape", "small letters"),
        ("name", "", "name"),
        ("cohort", "a/b", "small letters"),
        ("comparator", 3, "comparator"),
        ("comparator", "A B", "small letters"),
        ("features", [], "features"),
        ("features", "age", "features"),
        ("features", ["age_years", "age_years"], "once"),
        ("seed", 1.5, "whole number"),
        ("seed", True, "whole number"),
        ("seed", -1, "whole number"),
        ("model.family", "neural", "random-forest"),
        ("model.family", ["xgboost"], "family"),
        ("model.parameters", 3, "table"),
        ("model.parameters.depth", 3, "max_depth"),
        ("model.parameters.max_depth", 99, "from 1 to 12"),
        ("model.parameters.max_depth", "3", "from 1 to 12"),
        ("model.parameters.n_trees", None, "needs the parameter n_trees"),
        ("split.test_fraction", 0.99, "from 0.1 to 0.9"),
        ("split.seed", 3, "not known"),
        ("split", None, "table"),
        ("calibration.method", "isotonic", "logistic"),
        ("calibration.folds", 1, "from 2 to 20"),
        ("threshold.value", None, "threshold"),
        ("threshold.value", 1.0, "threshold"),
        ("threshold.reason", " ", "reason"),
        ("limits", "none", "limits"),
        ("colour", "red", "not known"),
    ],
)
def test_what_cannot_be_followed_is_refused(
    document: dict[str, Any], path: str, value: object, rule: str
) -> None:
    changed = copy.deepcopy(document)
    *parents, last = path.split(".")
    place = changed
    for parent in parents:
        place = place[parent]
    place[last] = value
    if value is None:
        del place[last]
    with pytest.raises(RecipeError, match=rule):
        parse_recipe(changed)


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="readable"):
        load_recipe(tmp_path / "absent.toml")
    for name, content in (("latin.toml", "name = 'é'".encode("latin-1")), ("x.toml", b"= 3")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RecipeError, match="TOML"):
            load_recipe(tmp_path / name)
