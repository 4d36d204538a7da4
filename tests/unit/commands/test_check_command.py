from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.commands import check
from explainers.core import Estimate
from explainers.core.finding import SEVERITIES, CheckResult, Finding

QUICK = "poor-ranking,overall-miscalibrated,too-few-events,simple-comparator"


def test_other_programs_get_the_agreed_entries(pellucid: Callable[..., Any]) -> None:
    answer = pellucid("check", "ward-logistic", "--only", QUICK, "--json")
    assert answer.code == 0, answer.err
    assert list(answer.json) == [
        "model",
        "version",
        "digest",
        "cohort_digest",
        "n_found",
        "checks",
    ]
    assert [entry["code"] for entry in answer.json["checks"]] == QUICK.split(",")
    for entry in answer.json["checks"]:
        CheckResult.from_dict(entry)
        assert entry["reason"]
    assert answer.json["checks"][-1]["outcome"] == "not applicable"
    assert answer.err == ""


@pytest.mark.parametrize(("fail_on", "code"), [("high", 0), ("medium", 1), ("low", 1), (None, 0)])
def test_a_gate_opens_and_closes_by_severity(
    pellucid: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    fail_on: str | None,
    code: int,
) -> None:
    """Prevents a release that the gate should have stopped, and one stopped by a lesser fault."""
    figure = Estimate("oe_ratio", 0.7, 0.6, 0.8, 1200, 300, "Log scale, normal", level=0.9967)
    finding = Finding("off", "Risks are off", "medium", "Why.", (figure,), "Women", "Do.", "checks")
    monkeypatch.setattr(
        "explainers.checks.run_checks",
        lambda *_: (CheckResult.of("off", "Off?", (finding,), "all."),),
    )
    gate = () if fail_on is None else ("--fail-on", fail_on)
    answer = pellucid("check", "ward-logistic", *gate)
    assert answer.code == code
    assert "MEDIUM  Risks are off  [off]" in answer.out
    assert "oe_ratio: 0.700 (99.67% interval 0.600 to 0.800, n = 1,200)" in answer.out
    assert "Affected: Women. Do." in answer.out
    assert "0 high, 1 medium, 0 low; 0 of 1 checks found nothing" in answer.out


def test_people_read_what_does_not_apply_and_why(pellucid: Callable[..., Any]) -> None:
    answer = pellucid("check", "ward-logistic", "--only", "simple-comparator")
    assert answer.code == 0
    assert "Not applicable:" in answer.out
    assert "simple-comparator: no simpler model" in answer.out


def test_the_model_at_chance_fails_a_gate(pellucid: Callable[..., Any]) -> None:
    arguments = ("check", "nmes-visits-xgboost", "--only", "poor-ranking")
    assert pellucid(*arguments).code == 0
    assert pellucid(*arguments, "--fail-on", "high").code == 1


@pytest.mark.parametrize(
    "wrong", [("no-such-model",), ("ward-logistic", "--only", "no-such-check")]
)
def test_bad_use_exits_with_2_and_says_what_there_is(
    pellucid: Callable[..., Any], wrong: tuple[str, ...]
) -> None:
    answer = pellucid("check", *wrong)
    assert answer.code == 2
    assert wrong[-1] in answer.err


def test_a_figure_that_is_withheld_says_why() -> None:
    """Prevents "None (None to None)" from standing where a figure is withheld."""
    hidden = Estimate.suppressed("share", "Withheld: too few.")
    bare = Estimate("events", 4.25, None, None, 80, None, "")
    assert check._figure(hidden.to_dict()) == "Withheld: too few."
    assert check._figure(bare.to_dict()) == "4.250, n = 80"


def test_the_severities_are_those_of_the_library() -> None:
    assert check.SEVERITIES == SEVERITIES
