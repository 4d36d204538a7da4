from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def recipe(ward: Path) -> str:
    return str(ward / "recipe.toml")


def test_the_answer_says_where_and_on_whom(pellucid: Callable[..., Any], ward: Path) -> None:
    place = ward / "elsewhere"
    answer = pellucid("train", recipe(ward), "--out", str(place), "--json")
    assert answer.code == 0, answer.err
    assert answer.json["directory"] == str(place)
    assert answer.json["n_train"] + answer.json["n_test"] == 240
    assert (place / "bundle.toml").is_file()


def test_the_same_recipe_gives_the_same_bytes(pellucid: Callable[..., Any], ward: Path) -> None:
    again = pellucid("train", recipe(ward), "--out", str(ward / "again"), "--json").json
    models = pellucid("models", "--json").json
    first = next(model for model in models if model["name"] == "ward-logistic")
    assert again["digest"] == first["digest"]


def test_a_bundle_is_replaced_only_when_asked(pellucid: Callable[..., Any], ward: Path) -> None:
    refused = pellucid("train", recipe(ward))
    assert refused.code == 2
    assert "--replace" in refused.err
    replaced = pellucid("train", recipe(ward), "--replace")
    assert replaced.code == 0
    assert "Trained ward-logistic 0.1.0" in replaced.out
    assert sorted(path.name for path in (ward / "models").iterdir()) == ["ward-logistic"]


def test_a_directory_that_is_no_bundle_is_never_replaced(
    pellucid: Callable[..., Any], ward: Path
) -> None:
    answer = pellucid("train", recipe(ward), "--out", str(ward / "cohorts"), "--replace")
    assert answer.code == 2
    assert (ward / "cohorts" / "ward" / "cohort.csv").is_file()


def test_a_recipe_for_a_cohort_that_is_not_there_is_bad_use(
    pellucid: Callable[..., Any], ward: Path
) -> None:
    path = Path(recipe(ward))
    path.write_text(path.read_text().replace('cohort = "ward"', 'cohort = "gone"'))
    assert pellucid("train", str(path), "--out", str(ward / "new")).code == 2
    assert not (ward / "new").exists()


def test_a_broken_recipe_is_bad_use(pellucid: Callable[..., Any], ward: Path) -> None:
    Path(recipe(ward)).write_text("format = 1\n[")
    answer = pellucid("train", recipe(ward), "--out", str(ward / "new"))
    assert answer.code == 2
    assert "TOML" in answer.err


def test_files_of_others_beside_a_bundle_are_never_deleted(
    pellucid: Callable[..., Any], ward: Path
) -> None:
    """Prevents --replace from deleting a directory that holds more than the bundle."""
    place = ward / "models" / "ward-logistic"
    (place / "thesis.txt").write_text("years of work")
    answer = pellucid("train", recipe(ward), "--replace")
    assert answer.code == 2
    assert (place / "thesis.txt").is_file()


def test_a_place_that_cannot_be_written_is_bad_use(
    pellucid: Callable[..., Any], ward: Path
) -> None:
    """Prevents a traceback where a directory is wanted below a file."""
    answer = pellucid("train", recipe(ward), "--out", str(ward / "recipe.toml" / "new"))
    assert answer.code == 2
    assert "can be written" in answer.err
