"""What the patient screen says, word for word where a wrong word could mislead."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dashboard.view_models.patient import (
    agreement_sentence,
    group_warnings,
    input_warnings,
    lime_fit_sentence,
    reason_sentence,
    risk_sentence,
    sum_check,
)
from dashboard.view_models.rounding import count, frequency, interval
from dashboard.wording import plain, say
from explainers.attribution.agreement import Agreement
from explainers.core import (
    Attribution,
    Column,
    Condition,
    Estimate,
    Grouping,
    Outcome,
    Provenance,
    Slice,
)
from explainers.subgroups.disaggregation import PatientGroup

WAIST = Column("waist_cm", "Waist", "number", unit="cm", valid_range=(50, 200), concept="Body size")
AGE = Column("age_years", "Age", "integer", unit="years", concept="Age")
OUTCOME = Outcome("d", "Diabetes", "have diabetes", "now", (Condition("x", equals="yes"),))
RACE = Grouping("race", "Race", "race", "White", ("White", "Asian"))


def attribution(values: list[float], baseline: float, prediction: float) -> Attribution:
    return Attribution(
        values=np.array([values]),
        baseline=np.array([baseline]),
        prediction=np.array([prediction]),
        scale="risk",
        feature_names=("waist_cm", "age_years"),
        patient_ids=("p",),
        method="exact-shap",
        is_exact=True,
        provenance=Provenance("m", "c", "exact-shap", 0),
        feature_values=np.array([[124.0, 67.0]]),
    )


def estimate(metric: str, value: float, low: float, high: float) -> Estimate:
    return Estimate(metric, value, low, high, 100, 30, "Wilson")


@pytest.mark.parametrize(
    ("risk", "words"),
    [
        (0.0, "fewer than 1 in 1,000"),
        (0.004, "about 4 in 1,000"),
        (0.0094, "about 9 in 1,000"),
        (0.0096, "about 1 in 100"),
        (0.124, "about 12 in 100"),
        (0.994, "about 99 in 100"),
        (0.995, "more than 99 in 100"),
        (0.999, "more than 99 in 100"),
        (1.0, "more than 99 in 100"),
    ],
)
def test_frequency_is_never_zero_or_everybody(risk: float, words: str) -> None:
    assert frequency(risk) == words


def test_headline_is_a_frequency_and_no_verdict() -> None:
    assert (
        risk_sentence(0.31, None, OUTCOME)
        == "By the model, about 31 in 100 patients like this one have diabetes"
    )


def test_absent_figures_say_why_in_two_words() -> None:
    assert interval(Estimate.suppressed("auroc", "few")) == "suppressed"
    assert interval(Estimate.not_estimable("auroc", "one class", n=5, n_events=0)) == (
        "not estimable"
    )
    assert count(None) == "withheld"


def test_missing_and_implausible_inputs_are_named_with_units() -> None:
    (missing,) = input_warnings(np.array([np.nan, 60.0]), (WAIST, AGE))
    assert "Not measured: Waist" in missing
    outside = input_warnings(np.array([250.0, 45.0]), (WAIST, AGE))
    assert "Waist 250 cm" in outside[0]
    assert input_warnings(np.array([95.0, 45.0]), (WAIST, AGE)) == ()


def test_headline_has_the_interval_of_what_happened_at_this_risk() -> None:
    observed = estimate("prevalence", 0.28, 0.222, 0.346)
    assert risk_sentence(0.266, observed, OUTCOME) == (
        "By the model, about 27 in 100 patients like this one have diabetes; among patients at"
        " this risk it was 22 to 35 in 100"
    )
    withheld = Estimate.suppressed("prevalence", "few")
    assert "among" not in risk_sentence(0.266, withheld, OUTCOME)


def test_group_is_named_only_when_its_whole_interval_is_off() -> None:
    """A point estimate off by chance must not alarm at the bedside."""
    everybody = (estimate("oe_ratio", 1.0, 0.9, 1.1), estimate("sensitivity", 0.8, 0.75, 0.85))
    found = estimate("sensitivity", 0.78, 0.7, 0.86)
    sure = PatientGroup(
        RACE, Slice((("race", "Asian"),)), (estimate("oe_ratio", 1.5, 1.2, 1.9), found)
    )
    unsure = PatientGroup(
        RACE, Slice((("race", "Asian"),)), (estimate("oe_ratio", 1.5, 0.9, 2.4), found)
    )
    assert "too low" in group_warnings((sure,), everybody)[0]
    assert "1.50" in group_warnings((sure,), everybody)[0]
    assert group_warnings((unsure,), everybody) == ()


def test_group_found_less_often_is_named() -> None:
    everybody = (estimate("oe_ratio", 1.0, 0.9, 1.1), estimate("sensitivity", 0.8, 0.75, 0.85))
    group = PatientGroup(
        RACE,
        Slice((("race", "Asian"),)),
        (estimate("oe_ratio", 1.0, 0.8, 1.2), estimate("sensitivity", 0.4, 0.3, 0.5)),
    )
    assert "finds fewer" in group_warnings((group,), everybody)[0]


def test_reason_sentence_names_values_units_and_directions() -> None:
    columns = {"waist_cm": WAIST, "age_years": AGE}
    sentence = reason_sentence(attribution([0.15, -0.05], 0.2, 0.3), columns)
    assert "30.0%" in sentence
    assert "20.0%" in sentence
    assert "raises the risk most for waist 124 cm (+15.0 points)" in sentence
    assert "lowers it most for age 67 years" in sentence
    assert "because" not in sentence


def test_patient_with_lowering_reasons_only() -> None:
    columns = {"waist_cm": WAIST, "age_years": AGE}
    sentence = reason_sentence(attribution([-0.05, -0.05], 0.2, 0.1), columns)
    assert "lowers the risk most" in sentence
    assert "raises" not in sentence


def test_sum_check_shows_a_residual_that_is_there() -> None:
    assert "residual below 0.0001 points" in sum_check(attribution([0.15, -0.05], 0.2, 0.3))
    assert "+5.00 points" in sum_check(attribution([0.1, -0.05], 0.2, 0.3))


@pytest.mark.parametrize(("fit", "words"), [(0.1, "Do not read"), (0.5, "rough"), (0.9, "0.90")])
def test_poor_local_fit_is_said_in_words(fit: float, words: str) -> None:
    assert words in lime_fit_sentence(fit)


def test_undefined_rank_correlation_is_not_printed_as_a_number() -> None:
    agreement = Agreement("a", "b", 5, 0.6, 0.2, 0.6, 0.2, math.nan, (), ())
    assert "not defined" in agreement_sentence(agreement)
    assert "3 are the same" in agreement_sentence(agreement)


def test_text_from_outside_cannot_become_markup() -> None:
    hostile = "[x](http://a) <img src=x> **b** $y$ :red[z]\n# h"
    assert "\n" not in plain(hostile)
    for character in "[]<>*$#:":
        assert f"\\{character}" in plain(hostile)


def test_missing_sentence_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(KeyError):
        say("patient.no_such_sentence")
