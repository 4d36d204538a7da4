"""What is said of two patients side by side."""

from __future__ import annotations

import re

import numpy as np
import pytest

from dashboard.view_models.compare import (
    difference_check,
    difference_sentence,
    differing_rows,
    letters_of,
)
from explainers.attribution.two_patients import TwoPatients
from explainers.core import Attribution, Column, Provenance

COLUMNS = (
    Column("waist", "Waist", "number", unit="cm", concept="Body size"),
    Column("age", "Age_years", "integer", unit="years"),
    Column("sex", "Sex", "category", levels=("women", "men")),
)


def attribution(values: list[float], contributions: list[float], residual: float) -> Attribution:
    return Attribution(
        values=np.array([contributions]),
        baseline=np.array([0.2]),
        prediction=np.array([0.2 + sum(contributions) + residual]),
        scale="risk",
        feature_names=tuple(column.name for column in COLUMNS),
        patient_ids=("p",),
        method="exact-shap",
        is_exact=True,
        provenance=Provenance("m", "c", "exact-shap", 0, reference_digest="r"),
        feature_values=np.array([values]),
    )


def pair(residual: float = 0.0) -> TwoPatients:
    return TwoPatients(
        attribution([124, 61, 1], [0.1, -0.02, 0.01], residual),
        attribution([88, 61, 1], [-0.05, 0.01, 0.01], 0.0),
    )


def points(text: str) -> float:
    return float(re.search(r"[+\u2212]?[\d.]+", text)[0].replace("\u2212", "-"))


def test_the_sentence_names_the_largest_differences_with_their_sign() -> None:
    told = difference_sentence(pair(), COLUMNS, "")
    assert "A at 29.0% and B at 17.0%" in told
    assert "**+12.0 points**" in told
    assert "Waist (+15.0 points) and Age\\_years (\u22123.0 points)" in told
    assert "because" not in told


def test_no_sentence_of_reasons_where_methods_disagree() -> None:
    told = difference_sentence(pair(), COLUMNS, letters_of([True, False]))
    assert "disagree on A" in told
    assert "Waist" not in told
    assert letters_of([True, True]) == "A and B"
    assert letters_of([False, False]) == ""


def test_differing_inputs_stand_alone_and_the_column_adds_up() -> None:
    """An input with the same value can still differ in its contribution; leaving it out would
    break the sum."""
    table = differing_rows(pair(), COLUMNS)
    assert table["Input"].tolist() == [
        "Waist",
        "Same value in both (2 inputs)",
        "All inputs together",
        "Reference patients",
        "The model's prediction",
    ]
    assert table.loc[0].tolist()[1:] == [
        "124 cm",
        "88 cm",
        "+10.0 points",
        "\u22125.0 points",
        "+15.0 points",
    ]
    differences = table["A minus B"].map(points)
    assert differences[0] + differences[1] == pytest.approx(differences[2])
    assert differences[2] + differences[3] == pytest.approx(differences[4])
    assert table.loc[4, "A: contribution"] == "29.0%"


def test_the_sum_check_prints_what_is_left_over() -> None:
    assert "A minus B is +12.0 points; 0.0 points" in difference_check(pair())
    assert "residual below 0.0001 points" in difference_check(pair())
    assert "residual +3.00 points" in difference_check(pair(residual=0.03))
