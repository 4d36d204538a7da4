"""Decision and calibration curves, people per 1,000 and representation: figure, table, alt."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest
from scipy.special import expit

from explainers.charts.calibration_curves import (
    calibration_curves_alt,
    calibration_curves_chart,
    calibration_curves_table,
)
from explainers.charts.decision_curves import (
    decision_curves_alt,
    decision_curves_chart,
    decision_curves_table,
)
from explainers.charts.per_thousand import (
    per_thousand_alt,
    per_thousand_chart,
    per_thousand_table,
)
from explainers.charts.representation import (
    representation_alt,
    representation_chart,
    representation_table,
)
from explainers.core import Curve, Estimate, Slice
from explainers.performance import DecisionCurve, calibration_curve, decision_curve, threshold_range
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.risk_bins import RiskBins, cut_risks
from explainers.subgroups.representation import Representation
from explainers.subgroups.thresholds import PerThousand, count_per_thousand

ODD = "<a href='https://x.example'>y</a>"
THRESHOLD = 0.25


def simulated(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    risk = expit(rng.normal(-1.0, 1.1, 2500))
    return (rng.random(2500) < risk).astype(float), risk


def bins_of(seed: int) -> RiskBins:
    bins = cut_risks(LabelledRisk.of(*simulated(seed)), threshold=THRESHOLD)
    assert bins is not None
    return bins


@pytest.fixture(scope="module")
def decisions() -> dict[str, DecisionCurve]:
    curves = {}
    for seed, name in enumerate(("Everybody", "Women", ODD)):
        curve = decision_curve(bins_of(seed), threshold_range(THRESHOLD), is_standardized=True)
        assert isinstance(curve, DecisionCurve)
        curves[name] = curve
    return curves


@pytest.fixture(scope="module")
def calibrations() -> dict[str, Curve]:
    curve = calibration_curve(*simulated(1))
    assert isinstance(curve, Curve)
    return {"Everybody": curve, ODD: curve}


@pytest.fixture(scope="module")
def thousands() -> tuple[PerThousand, ...]:
    places = (Slice(), Slice((("sex", "Women"),)), Slice((("sex", ODD),)))
    return tuple(count_per_thousand(bins_of(at), THRESHOLD, own) for at, own in enumerate(places))


@pytest.fixture
def shares() -> tuple[Representation, ...]:
    known = Estimate("share", 0.3, 0.27, 0.33, 1000, 300, "Wilson")
    return (
        Representation(Slice((("sex", "Women"),)), known, 0.5),
        Representation(
            Slice((("sex", ODD),)), Estimate.suppressed("share", "Withheld: few."), None
        ),
        Representation(
            Slice((("sex", "Men"),)), Estimate("share", 0.7, 0.67, 0.73, 1000, 700, "Wilson"), 0.5
        ),
    )


def named(figure: go.Figure, name: str) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.name == name]


def shown(figure: go.Figure) -> str:
    hovers = [str(trace.hovertext) for trace in figure.data]
    return "\n".join([*(note.text for note in figure.layout.annotations), *hovers])


def test_each_group_has_a_panel_with_its_own_curve(decisions: dict[str, DecisionCurve]) -> None:
    """A curve under another group's name would be the worst of mistakes here."""
    figure = decision_curves_chart(decisions, THRESHOLD)
    models = named(figure, "the model")
    assert [trace.xaxis for trace in models] == ["x", "x2", "x3"]
    for trace, curve in zip(models, decisions.values(), strict=True):
        assert np.allclose(trace.y, curve.model.y)
    assert [len(trace.x) for trace in named(figure, "counted")] == [
        len(curve.counted) for curve in decisions.values()
    ]
    assert sum(bool(trace.showlegend) for trace in figure.data) == 4
    ranges = {tuple(figure.layout[f"yaxis{at}"].range) for at in ("", "2", "3")}
    assert len(ranges) == 1
    assert "<a" not in shown(figure)


def test_the_table_has_the_counted_thresholds_only(decisions: dict[str, DecisionCurve]) -> None:
    """Rows between them would be drawn, not counted."""
    table = decision_curves_table(decisions)
    assert len(table) == sum(len(curve.counted) for curve in decisions.values())
    row = table[(table["Group"] == "Women") & (table["Threshold"] == "25.0%")].iloc[0]
    curve = decisions["Women"]
    at = int(np.flatnonzero(curve.model.x == THRESHOLD)[0])
    assert row.iloc[2].startswith(f"{curve.model.y[at]:.3f} [")
    assert "Women" in decision_curves_alt(decisions, THRESHOLD)


def test_calibration_panels_share_their_axes_and_the_diagonal(
    calibrations: dict[str, Curve],
) -> None:
    figure = calibration_curves_chart(calibrations, mode="dark")
    perfect = named(figure, "risks mean what they say")
    assert all(tuple(trace.x) == tuple(trace.y) for trace in perfect)
    observed = named(figure, "observed")[0]
    assert np.allclose(observed.y, 100 * calibrations["Everybody"].y)
    assert set(calibration_curves_table(calibrations)["Group"]) == {"Everybody", ODD}
    assert "furthest at" in calibration_curves_alt(calibrations)
    assert "<a" not in shown(figure)


def test_a_bar_is_a_thousand_people(thousands: tuple[PerThousand, ...]) -> None:
    """Bars that do not add up would compare groups of different sizes."""
    figure = per_thousand_chart(thousands)
    assert [trace.name for trace in figure.data] == [
        "found",
        "missed",
        "false alarms",
        "rightly left alone",
    ]
    assert np.allclose(np.sum([trace.x for trace in figure.data], axis=0), 1000)
    assert figure.data[1].marker.pattern.shape != figure.data[2].marker.pattern.shape
    table = per_thousand_table(thousands)
    assert table["Found per 1,000"].iloc[1].startswith(f"{thousands[1].found.value:.0f} [")
    assert "Women at 25.0%" in per_thousand_alt(thousands)
    assert "<a" not in shown(figure)


def test_a_withheld_share_keeps_its_row_without_a_mark(shares: tuple[Representation, ...]) -> None:
    figure = representation_chart(shares, "target population")
    assert [trace.x[0] for trace in named(figure, "share")] == [30, 70]
    assert [trace.x[0] for trace in named(figure, "target")] == [50, 50]
    table = representation_table(shares, "target population")
    assert list(table["n"]) == ["300", "withheld", "700"]
    assert list(table["Share / target"]) == ["0.60", "", "1.40"]
    assert "Furthest below: Women 30.0%" in representation_alt(shares, "target population")
    assert "<a" not in shown(figure)


def test_nothing_to_draw_is_said() -> None:
    for figure in (
        decision_curves_chart({}, THRESHOLD),
        calibration_curves_chart({}),
        per_thousand_chart(()),
        representation_chart((), "target population"),
    ):
        assert len(figure.layout.annotations) == 1
        assert not figure.data
    assert decision_curves_alt({}, THRESHOLD)
    assert calibration_curves_alt({})
    assert per_thousand_alt(())
    assert "not known" in representation_alt((), "the target")
