"""What the patient screen says, word for word where a wrong word could mislead."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from dashboard.view_models.patient import (
    agreement_sentence,
    disagreement_sentence,
    fewest_alike,
    input_warnings,
    lime_check,
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
    Outcome,
    Provenance,
)

WAIST = Column("waist_cm", "Waist", "number", unit="cm", valid_range=(50, 200), concept="Body size")
AGE = Column("age_years", "Age", "integer", unit="years", concept="Age")
OUTCOME = Outcome("d", "Diabetes", "have diabetes", "now", (Condition("x", equals="yes"),))


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
    assert interval(Estimate.suppressed("auroc", "few")) == "withheld"
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
        "By the model, about 27 in 100 patients like this one have diabetes; of 100 tested at about"
        " this risk it was 22 to 35 in 100 (95% interval)"
    )
    withheld = Estimate.suppressed("prevalence", "few")
    assert "tested" not in risk_sentence(0.266, withheld, OUTCOME)


def test_reason_sentence_names_values_units_and_directions() -> None:
    columns = {"waist_cm": WAIST, "age_years": AGE}
    sentence = reason_sentence(attribution([0.15, -0.05], 0.2, 0.3), columns)
    assert "30.0%" in sentence
    assert "20.0%" in sentence
    assert "raises the risk most for waist 124 cm (+15.0 points)" in sentence
    assert "lowers it most for age 67 years" in sentence
    assert "because" not in sentence


@pytest.mark.parametrize(("label", "told"), [("RR syst", "RR syst 124"), ("Waist", "waist 124")])
def test_an_abbreviation_keeps_its_capitals_within_a_sentence(label: str, told: str) -> None:
    """ "rR syst" reads as a misprint, or as another quantity."""
    columns = {"waist_cm": replace(WAIST, label=label), "age_years": AGE}
    assert f"most for {told} cm" in reason_sentence(attribution([0.15, 0.05], 0.1, 0.3), columns)
    by_concept = replace(
        attribution([0.15, 0.05], 0.1, 0.3), feature_names=(label, "Age"), feature_values=None
    )
    assert f"most for {told.removesuffix(' 124')} (+15.0" in reason_sentence(by_concept, {})


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


def disagreeing(same_sign: float, opposed: tuple[str, ...] = ()) -> Agreement:
    return Agreement("a", "b", 5, 0.8, 0.2, same_sign, 0.2, 0.5, opposed, opposed)


def test_disagreement_says_which_rule_was_broken_with_value_and_limit() -> None:
    """The number of signs in common comes first: a reader could look for the wrong input else."""
    said = disagreement_sentence(disagreeing(0.4, ("waist_cm",)), {"waist_cm": WAIST})
    assert "Of the 5 largest single inputs, at least 3 must be" in said
    assert "here it is 2" in said
    assert "Waist" not in said
    said = disagreement_sentence(disagreeing(0.6, ("Body size",)), {}, by_concept=True)
    assert "three largest clinical concepts" in said
    assert "Body size does not" in said
    said = disagreement_sentence(
        disagreeing(0.6, ("waist_cm", "age_years")), {"waist_cm": WAIST, "age_years": AGE}
    )
    assert "Waist and Age do not" in said


@pytest.mark.parametrize(("n_top", "fewest"), [(0, 0), (1, 1), (3, 2), (4, 3), (5, 3)])
def test_the_limit_that_is_told_is_the_one_that_is_applied(n_top: int, fewest: int) -> None:
    for same in range(n_top + 1):
        share = same / n_top if n_top else 1.0
        agreement = Agreement("a", "b", n_top, 1.0, 0.0, share, 0.0, 0.5, (), ())
        assert fewest_alike(agreement) == fewest
        assert agreement.methods_disagree == (same < fewest)


def test_what_lime_leaves_open_is_told_as_a_distance_and_not_as_a_residual_of_a_sum() -> None:
    said = lime_check(attribution([0.1, -0.05], 0.2, 0.3))
    assert "a start of its own, 20.0%, to 25.0%; the model says 30.0%" in said
    assert "The +5.00 points between them" in said


def test_text_from_outside_cannot_become_markup() -> None:
    hostile = "[x](http://a) <img src=x> **b** $y$ :red[z]\n# h"
    assert "\n" not in plain(hostile)
    for character in "[]<>*$#:":
        assert f"\\{character}" in plain(hostile)


def test_missing_sentence_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(KeyError):
        say("patient.no_such_sentence")
