from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

import pytest

from dashboard.commands.groups import _write_for_people
from explainers.core import Estimate, SubgroupTable

KEYS = [
    "metric",
    "group",
    "conditions",
    "value",
    "low",
    "high",
    "level",
    "n",
    "n_events",
    "method",
    "status",
    "reason",
]


def test_other_programs_get_the_agreed_entries(pellucid: Callable[..., Any]) -> None:
    answer = pellucid("groups", "ward-logistic", "--by", "sex", "--json")
    assert answer.code == 0, answer.err
    for entry in answer.json:
        assert list(entry) == KEYS
        assert entry["status"] in ("estimated", "not_estimable", "suppressed")
        if entry["status"] == "estimated":
            assert entry["low"] <= entry["value"] <= entry["high"]
            assert entry["method"]
        else:
            assert entry["value"] is entry["low"] is entry["high"] is None
            assert entry["reason"]
    metrics = {entry["metric"] for entry in answer.json}
    assert metrics == {"auroc", "oe_ratio", "sensitivity"}


def test_everybody_comes_first_and_groups_make_up_everybody(
    pellucid: Callable[..., Any],
) -> None:
    rows = pellucid("groups", "ward-logistic", "--by", "sex", "--metrics", "auroc", "--json").json
    assert rows[0]["conditions"] == {}
    assert [row["conditions"] for row in rows[1:]] == [{"sex": "female"}, {"sex": "male"}]
    assert sum(row["n"] for row in rows[1:]) == rows[0]["n"] == 120


def test_several_attributes_are_crossed(pellucid: Callable[..., Any]) -> None:
    answer = pellucid("groups", "diabetes-xgboost", "--by", "race,sex", "--json")
    assert answer.code == 0, answer.err
    crossed = [entry["conditions"] for entry in answer.json if entry["conditions"]]
    assert all(set(conditions) == {"race", "sex"} for conditions in crossed)


def test_no_count_from_1_to_10_is_told(pellucid: Callable[..., Any]) -> None:
    """Prevents a single person from being read out of a small group."""
    rows = pellucid("groups", "diabetes-xgboost", "--by", "race,age", "--json").json
    assert "suppressed" in {row["status"] for row in rows}
    for row in rows:
        for count in (row["n"], row["n_events"]):
            assert count is None or count == 0 or count > 10
        if row["n"] is not None and row["n_events"] is not None:
            assert not 1 <= row["n"] - row["n_events"] <= 10


def test_people_get_a_table_with_intervals(pellucid: Callable[..., Any]) -> None:
    answer = pellucid("groups", "ward-logistic", "--by", "sex")
    assert answer.code == 0
    assert "95% interval" in answer.out
    assert "reference group" in answer.out
    assert "threshold 0.3" in answer.out


@pytest.mark.parametrize(
    "wrong",
    [
        ("--by", "shoe"),
        ("--by", "sex", "--metrics", "accuracy"),
        ("--by", "sex", "--floor", "5"),
    ],
)
def test_bad_use_exits_with_2_and_says_what_there_is(
    pellucid: Callable[..., Any], wrong: tuple[str, ...]
) -> None:
    answer = pellucid("groups", "ward-logistic", *wrong)
    assert answer.code == 2
    assert wrong[-1] in answer.err


def test_a_value_of_zero_keeps_its_interval() -> None:
    """Prevents a sensitivity of 0 from standing there without its doubt."""
    nobody_found = Estimate("sensitivity", 0.0, 0.0, 0.285, 30, 11, "Wilson")
    lines = io.StringIO()
    with redirect_stdout(lines):
        _write_for_people(SubgroupTable("sensitivity", nobody_found, ()))
    assert "0.000 to 0.285" in lines.getvalue()


@pytest.mark.parametrize("seed", ["-1", "x"])
def test_a_seed_that_is_none_is_bad_use(pellucid: Callable[..., Any], seed: str) -> None:
    """Prevents a traceback from the random number generator."""
    assert pellucid("groups", "ward-logistic", "--by", "sex", "--seed", seed).code == 2
