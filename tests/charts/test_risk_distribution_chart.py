"""Areas stand for people, whatever the width of a bin."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from explainers.charts import (
    risk_distribution_alt,
    risk_distribution_chart,
    risk_distribution_table,
)
from explainers.performance.curves import RiskDistribution


@pytest.fixture
def distribution() -> RiskDistribution:
    return RiskDistribution(
        np.array([0.0, 0.05, 0.1, 0.3, 0.9]),
        np.array([0.0, 20.0, 60.0, 20.0]),
        np.array([500.0, 300.0, 200.0, 0.0]),
        floor=11,
    )


def texts(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def test_a_wide_bin_is_not_taller_for_being_wide(distribution: RiskDistribution) -> None:
    """Counts per bin drawn as heights would make the merged tail look like a second peak."""
    for trace in risk_distribution_chart(distribution).data:
        widths, heights = np.diff(trace.x)[1::2] / 100, np.array(trace.y[1:-1:2])
        assert (widths * heights).sum() == pytest.approx(1.0)
    events = risk_distribution_chart(distribution).data[0]
    assert events.y[3] == pytest.approx(0.2 / 0.05)
    assert events.y[7] == pytest.approx(0.2 / 0.6)


def test_patient_and_threshold_are_named_at_their_risk(distribution: RiskDistribution) -> None:
    figure = risk_distribution_chart(
        distribution, patient_risk=0.312, threshold=0.2, outcome_label="<b>diabetes"
    )
    assert [shape.x0 for shape in figure.layout.shapes] == pytest.approx([20.0, 31.2])
    assert "This patient 31.2%" in texts(figure)
    assert "Threshold 20.0%" in texts(figure)
    assert "With &lt;b&gt;diabetes, n 100" in texts(figure)


def test_the_definition_of_an_outcome_does_not_fill_its_panel(
    distribution: RiskDistribution,
) -> None:
    figure = risk_distribution_chart(distribution, outcome_label="Diabetes (HbA1c 6.5% or more)")
    assert "Without diabetes, n 1,000" in texts(figure)


def test_a_patient_beyond_the_last_bin_stays_on_the_chart(distribution: RiskDistribution) -> None:
    figure = risk_distribution_chart(distribution, patient_risk=0.97)
    assert figure.layout.xaxis.range[1] >= 97


def test_a_distribution_that_may_not_be_shown_says_why() -> None:
    withheld = RiskDistribution(np.zeros(1), np.zeros(0), np.zeros(0), 11, "too few patients")
    figure = risk_distribution_chart(withheld, patient_risk=0.3)
    assert not figure.data
    assert "too few patients" in " ".join(texts(figure))
    assert "too few patients" in risk_distribution_alt(withheld)
    assert risk_distribution_table(withheld).empty


def test_the_table_and_the_text_hold_the_figures_of_the_chart(
    distribution: RiskDistribution,
) -> None:
    table = risk_distribution_table(distribution)
    assert table.loc[2, "With the outcome"] == "60 (60.0%)"
    assert table.loc[1, "Predicted risk"] == "5.0% to 10.0%"
    text = risk_distribution_alt(distribution, patient_risk=0.312)
    assert "below 30.0%" in text
    assert "this patient 31.2%" in text


def test_nobody_with_the_outcome_is_an_empty_panel_and_no_error() -> None:
    alone = RiskDistribution(np.array([0.0, 0.5, 1.0]), np.zeros(2), np.array([20.0, 30.0]), 11)
    assert sum(risk_distribution_chart(alone).data[0].y) == 0
    assert "not computed" in risk_distribution_alt(alone)
