"""Intervals of reasons over models trained on other samples."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.charts.refitted_reasons import (
    refitted_reasons_alt,
    refitted_reasons_chart,
    refitted_reasons_table,
)
from explainers.core import Column, Provenance
from explainers.reliability.bootstrapped_reasons import BootstrappedReasons

COLUMNS = (Column("a", "Waist", "number"), Column("b", "Age", "number"))


@pytest.fixture
def refits() -> BootstrappedReasons:
    return BootstrappedReasons(
        patient_id="p",
        method="exact-shap",
        scale="risk",
        feature_names=("a", "b"),
        original=np.array([0.02, 0.1]),
        refits=np.column_stack([np.linspace(-0.05, 0.05, 11), np.linspace(0.08, 0.12, 11)]),
        original_risk=0.3,
        risks=np.linspace(0.2, 0.4, 11),
        level=0.8,
        k=2,
        n_failed=0,
        provenance=Provenance("m", "c", "exact-shap", 0),
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_marks_are_the_model_and_lines_the_refits(refits: BootstrappedReasons, mode: str) -> None:
    figure = refitted_reasons_chart(refits, COLUMNS, mode=mode)  # type: ignore[arg-type]
    intervals, marks = figure.data
    assert list(marks.x) == pytest.approx([10.0, 2.0])
    drawn = [x for x in intervals.x if x is not None]
    assert drawn == pytest.approx([8.4, 11.6, -4.0, 4.0])


def test_words_name_what_could_be_reversed(refits: BootstrappedReasons) -> None:
    assert "not even the direction is sure of Waist" in refitted_reasons_alt(refits, COLUMNS)


def test_table_counts_the_refits(refits: BootstrappedReasons) -> None:
    """A share of few models, printed with a decimal, looks surer than it is."""
    table = refitted_reasons_table(refits, COLUMNS)
    assert table["Reason"].tolist() == ["Age", "Waist"]
    assert table["Same direction"].tolist() == ["11 of 11 refits", "5 of 11 refits"]
    assert table.iloc[0, 1] == "+10.0 points"
