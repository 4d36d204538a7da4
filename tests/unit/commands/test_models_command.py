from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_other_programs_get_the_agreed_entries(pellucid: Callable[..., Any]) -> None:
    answer = pellucid("models", "--json")
    assert answer.code == 0
    for model in answer.json:
        assert list(model) == ["name", "version", "outcome", "features", "digest"]
        assert len(model["digest"]) == 64
    ward = next(model for model in answer.json if model["name"] == "ward-logistic")
    assert ward["features"] == ["age_years", "pulse_bpm"]
    assert ward["outcome"] == "illness"


def test_the_built_in_models_are_always_there(pellucid: Callable[..., Any], tmp_path: Path) -> None:
    answer = pellucid("models", "--json", workspace=tmp_path / "absent")
    names = [model["name"] for model in answer.json]
    assert "diabetes-xgboost" in names
    assert "ward-logistic" not in names


def test_people_get_a_table(pellucid: Callable[..., Any]) -> None:
    answer = pellucid("models")
    headings, *rows = answer.out.splitlines()
    assert headings.split()[:3] == ["name", "version", "outcome"]
    assert any(row.startswith("ward-logistic ") for row in rows)


def test_a_changed_bundle_is_named_and_does_not_hide_the_others(
    pellucid: Callable[..., Any], ward: Path
) -> None:
    facts = ward / "models" / "ward-logistic" / "bundle.toml"
    facts.write_text(facts.read_text().replace("0.1.0", "0.2.0"))
    answer = pellucid("models", "--json")
    assert answer.code == 1
    assert "ward-logistic" in answer.err
    assert "diabetes-xgboost" in [model["name"] for model in answer.json]
