"""The command that compares labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def visits() -> tuple[str, ...]:
    return ("labels", "nmes-visits-xgboost", "--outcomes", "visits,chronic", "--top", "20")


def test_other_programs_get_who_is_selected_by_each_label(
    pellucid: Callable[..., Any], visits: tuple[str, ...]
) -> None:
    answer = pellucid(*visits, "--by", "race", "--json")
    assert answer.code == 0, answer.err
    choice = answer.json
    assert [label["outcome"] for label in choice["labels"]] == ["visits", "chronic"]
    black = next(one for one in choice["groups"] if one["group"] == "Black")
    by_visits, by_chronic = black["share"]
    assert by_visits["low"] <= by_visits["value"] <= by_visits["high"]
    assert by_visits["value"] < by_chronic["value"] < black["swap"]["value"]
    assert choice["provenance"]["settings"]["top"] == 0.2


def test_people_read_both_corrections_apart(
    pellucid: Callable[..., Any], visits: tuple[str, ...]
) -> None:
    """One of the two alone would mislead."""
    answer = pellucid(*visits)
    assert answer.code == 0, answer.err
    for words in ("ranked by chronic", "by recorded need", "one-way swap", "46.5%", "59%"):
        assert words in answer.out


def test_a_cohort_with_one_outcome_is_untested(pellucid: Callable[..., Any]) -> None:
    answer = pellucid("labels", "ward-logistic")
    assert answer.code == 2
    assert "label bias untested" in answer.err
    assert answer.out == ""


@pytest.mark.parametrize("top", ["0", "100", "many"])
def test_a_share_that_is_none_is_refused(pellucid: Callable[..., Any], top: str) -> None:
    assert pellucid("labels", "ward-logistic", "--top", top).code == 2


def test_an_unknown_outcome_or_attribute_is_named(
    pellucid: Callable[..., Any], visits: tuple[str, ...]
) -> None:
    assert "wealth" in pellucid(*visits, "--outcomes", "visits,wealth").err
    assert "shoes" in pellucid(*visits, "--by", "shoes").err
