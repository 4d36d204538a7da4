from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

KEYS = [
    "model",
    "patient",
    "method",
    "attributor",
    "scale",
    "prediction",
    "baseline",
    "residual",
    "reference",
    "seed",
    "reasons",
]


@pytest.mark.parametrize("scale", ["risk", "log-odds"])
@pytest.mark.parametrize("method", ["shap", "permutation", "lime"])
def test_other_programs_get_the_agreed_entries_and_they_add_up(
    pellucid: Callable[..., Any], method: str, scale: str
) -> None:
    answer = pellucid("explain", "ward-logistic", "--method", method, "--scale", scale, "--json")
    assert answer.code == 0, answer.err
    told = answer.json
    assert list(told) == KEYS
    assert (told["model"], told["method"], told["scale"]) == ("ward-logistic", method, scale)
    total = told["baseline"] + sum(r["attribution"] for r in told["reasons"]) + told["residual"]
    assert total == pytest.approx(told["prediction"], abs=1e-9)
    if method != "lime":
        assert abs(told["residual"]) < 1e-6


def test_shap_says_which_exact_method_answered(pellucid: Callable[..., Any]) -> None:
    exact = pellucid("explain", "ward-logistic", "--scale", "log-odds", "--json").json
    assert exact["attributor"] == "linear-shap"
    assert pellucid("explain", "ward-logistic", "--json").json["attributor"] == "exact-shap"


def test_reasons_come_by_size_with_label_unit_and_concept(pellucid: Callable[..., Any]) -> None:
    reasons = pellucid("explain", "ward-logistic", "--json").json["reasons"]
    sizes = [abs(reason["attribution"]) for reason in reasons]
    assert sizes == sorted(sizes, reverse=True)
    age = next(reason for reason in reasons if reason["feature"] == "age_years")
    assert (age["label"], age["unit"], age["concept"]) == ("Age", "years", "Age")
    assert 20 <= age["value"] <= 90


def test_a_value_that_was_not_measured_is_null_never_a_code(
    pellucid: Callable[..., Any],
) -> None:
    """Prevents 999 from being shown as a pulse."""
    pulses = {}
    for number in range(0, 240, 7):
        answer = pellucid("explain", "ward-logistic", "--patient", f"p{number:03d}", "--json")
        if answer.code == 0:
            reasons = {reason["feature"]: reason for reason in answer.json["reasons"]}
            pulses[number] = reasons["pulse_bpm"]["value"]
    assert pulses
    assert set(pulses.values()) == {None}


def test_the_reference_patients_are_described(pellucid: Callable[..., Any]) -> None:
    few = pellucid("explain", "ward-logistic", "--reference", "20", "--seed", "3", "--json").json
    assert few["reference"]["n"] == 20
    assert few["seed"] == 3
    other = pellucid("explain", "ward-logistic", "--reference", "20", "--seed", "4", "--json").json
    assert few["reference"]["digest"] != other["reference"]["digest"]


def test_the_same_question_has_the_same_answer(pellucid: Callable[..., Any]) -> None:
    question = ("explain", "ward-logistic", "--method", "lime", "--json")
    assert pellucid(*question).out == pellucid(*question).out


def test_people_see_the_sum_from_baseline_to_prediction(pellucid: Callable[..., Any]) -> None:
    answer = pellucid("explain", "ward-logistic", "--patient", "first")
    assert answer.code == 0
    for word in ("baseline", "residual", "prediction", "held-out", "Age", "years"):
        assert word in answer.out


@pytest.mark.parametrize(
    "wrong",
    [
        ("--patient", "nobody"),
        ("--method", "magic"),
        ("--scale", "odds"),
        ("--reference", "0"),
        ("--method", "tree-shap"),
    ],
)
def test_bad_use_exits_with_2_and_says_what_is_wrong(
    pellucid: Callable[..., Any], wrong: tuple[str, str]
) -> None:
    answer = pellucid("explain", "ward-logistic", *wrong)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err


def test_a_training_patient_cannot_be_opened(pellucid: Callable[..., Any]) -> None:
    """Prevents reasons on rows the model was fitted to."""
    codes = {
        pellucid("explain", "ward-logistic", "--patient", f"p{number:03d}", "--json").code
        for number in range(12)
    }
    assert codes == {0, 2}
