"""Charts of the model's behaviour: same figures in chart, table and words, light and dark."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution.contribution_bins import ContributionBins, ContributionSpread
from explainers.attribution.dependence import Dependence, DependenceSeries
from explainers.attribution.importance import ImportanceTable
from explainers.charts.beeswarm import beeswarm_alt, beeswarm_chart, beeswarm_table, direction
from explainers.charts.dependence import (
    about,
    dependence_alt,
    dependence_chart,
    dependence_table,
)
from explainers.charts.effect import effect_alt, effect_chart, effect_table
from explainers.charts.importance_panels import (
    ImportancePanel,
    importance_panels_alt,
    importance_panels_chart,
    importance_panels_table,
)
from explainers.charts.palette import Mode
from explainers.charts.risk_agreement import (
    risk_agreement_alt,
    risk_agreement_chart,
    risk_agreement_table,
)
from explainers.core import Column, Curve, Estimate, Provenance
from explainers.effects.effect import Effect
from explainers.effects.pair import EffectPair
from explainers.errors import SettingsError
from explainers.performance.model_agreement import ModelAgreement

Columns = tuple[Column, ...]
MODES: tuple[Mode, ...] = ("light", "dark")
MADE = Provenance("model", "cohort", "made-up", 0)


def table(**means: float) -> ImportanceTable:
    estimates = tuple(
        Estimate("m", mean, mean - 0.1, mean + 0.2, 300, None, "made-up") for mean in means.values()
    )
    return ImportanceTable(tuple(means), estimates, "log-odds", "made-up", MADE)


PANELS = (
    ImportancePanel("All", table(age=0.9, bmi=0.3)),
    ImportancePanel("<b>Women</b>", table(age=0.2, bmi=0.7)),
)


@pytest.mark.parametrize("mode", MODES)
def test_panels_share_rows_axis_and_the_first_panels_strokes(columns: Columns, mode: Mode) -> None:
    """Prevents a dot from standing in another input's row, or on another scale."""
    figure = importance_panels_chart(PANELS, columns, mode=mode)
    first, strokes, second = figure.data
    assert list(first.customdata) == list(second.customdata) == ["age", "bmi"]
    assert list(first.x) == [0.9, 0.3]
    assert list(second.x) == [0.2, 0.7]
    assert list(first.y) == list(second.y)
    assert [x for x in strokes.x if x is not None] == [0.9, 0.9, 0.3, 0.3]
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range
    assert second.error_x.array[0] == pytest.approx(0.2)
    assert second.error_x.arrayminus[0] == pytest.approx(0.1)
    assert not any("<b><b>" in note.text for note in figure.layout.annotations)


def test_the_table_beside_the_panels_has_every_figure(columns: Columns) -> None:
    shown = importance_panels_table(PANELS, columns)
    assert shown.iloc[1, 2] == "0.70 [0.60, 0.90]"
    assert shown.columns[2] == "<b>Women</b> (n 300)"
    assert "Body mass index" in importance_panels_alt(PANELS, columns)
    other = ImportancePanel("Other", table(waist=1.0))
    assert "not an input" in importance_panels_table([PANELS[0], other], columns).to_string()


def test_panels_of_two_units_do_not_stand_side_by_side(columns: Columns) -> None:
    risk = ImportancePanel("Risk", replace(PANELS[0].table, scale="risk"))
    with pytest.raises(SettingsError, match="one unit"):
        importance_panels_chart([PANELS[0], risk], columns)
    assert not importance_panels_chart([], columns).data


def bins(name: str, ranks: list[float]) -> ContributionBins:
    return ContributionBins(
        name, np.array([-0.2, 0.0, 0.1, 0.3]), np.array([20, 40, 20]), np.array(ranks), (-0.1, 0.2)
    )


@pytest.mark.parametrize("mode", MODES)
def test_the_area_of_a_mark_is_its_people(columns: Columns, mode: Mode) -> None:
    """Prevents a wide mark from looking like more people than it stands for."""
    spread = ContributionSpread((bins("age", [0.1, 0.5, 0.9]),), "log-odds", 80, 11)
    marks = beeswarm_chart(spread, columns, mode=mode).data[0]
    areas = np.array(marks.width) * np.array(marks.y)
    np.testing.assert_allclose(areas / areas.sum(), [0.25, 0.5, 0.25])
    assert len(set(marks.marker.color)) == 3


def test_the_direction_is_said_in_words(columns: Columns) -> None:
    """Colour is never the only sign."""
    assert direction(bins("age", [0.1, 0.5, 0.9]), columns) == "higher values raise"
    assert direction(bins("bmi", [0.9, 0.5, 0.1]), columns) == "higher values lower"
    assert direction(bins("sex", [0.1, 0.5, 0.9]), columns) == "men: raises"
    assert direction(bins("age", [np.nan] * 3), columns) == ""
    assert direction(bins("age", [0.5, 0.4, 0.5]), columns) == ""
    spread = ContributionSpread((bins("age", [0.1, 0.5, 0.9]),), "log-odds", 80, 11)
    assert beeswarm_table(spread, columns).iloc[0, 3] == "higher values raise"
    assert "Age from" in beeswarm_alt(spread, columns)
    nothing = ContributionSpread((), "log-odds", 80, 11)
    assert not beeswarm_chart(nothing, columns).data
    assert "no spread" in beeswarm_alt(nothing, columns)


def series(label: str, shift: float) -> DependenceSeries:
    x = np.array([40.0, 60.0])
    mean = np.array([-0.5, 0.5]) + shift
    return DependenceSeries(label, x, mean, mean - 0.1, mean + 0.2, np.array([12, 46]))


def test_a_dependence_says_what_it_draws(columns: Columns) -> None:
    found = Dependence(
        "age", "bmi", (series("low", 0.0), series("high", 1.0)), "log-odds", 116, 0, 0
    )
    for mode in MODES:
        figure = dependence_chart(found, columns, mode=mode)
        assert list(figure.data[1].y) == [0.5, 1.5]
        assert figure.data[1].error_y.array[0] == pytest.approx(0.2)
        styles = {(line.line.dash, line.marker.symbol) for line in figure.data}
        assert len(styles) == 2
    shown = dependence_table(found, columns)
    assert shown.iloc[3].tolist() == [
        "Body mass index: high third",
        "60 years",
        "+1.50",
        "+1.40 to +1.70",
        "about 40",
    ]
    assert shown.iloc[0, 4] == "11 or more"
    assert "Age in log-odds" in dependence_alt(found, columns)
    assert not dependence_chart(replace(found, series=()), columns).data


def test_levels_stand_apart_and_a_small_number_is_not_told(columns: Columns) -> None:
    levels = DependenceSeries(
        "", np.array([0.0, 1.0]), np.zeros(2), np.zeros(2), np.zeros(2), np.array([30, 30])
    )
    found = Dependence("sex", "", (levels,), "log-odds", 60, 0, 0)
    figure = dependence_chart(found, columns)
    assert figure.layout.xaxis.ticktext == ("women", "men")
    assert figure.data[0].mode == "markers"
    assert about(11) == about(14) == "11 or more"
    assert about(1234) == "about 1,240"


def effect(method: str, y: list[float]) -> Effect:
    curve = np.array(y)
    return Effect(
        method,  # type: ignore[arg-type]
        "bmi",
        Curve(np.array([20.0, 25.0, 35.0]), curve, "BMI", "risk", 300, curve - 0.01, curve + 0.01),
        np.array([0.25, 0.5, 0.25]),
        (),
        "risk",
        MADE,
    )


PAIR = EffectPair(
    "", effect("ale", [-0.02, 0.0, 0.04]), effect("partial-dependence", [-0.04, 0.0, 0.05])
)


@pytest.mark.parametrize("mode", MODES)
def test_both_panels_have_one_axis_and_areas_of_density(columns: Columns, mode: Mode) -> None:
    """Prevents the curve that moves less from filling its panel as much as the other."""
    figure = effect_chart([PAIR], columns[2], mode=mode)
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range
    lines = [trace for trace in figure.data if trace.type == "scatter" and trace.mode != "lines"]
    assert list(lines[0].y) == [-2.0, 0.0, 4.0]
    assert list(lines[1].y) == [-4.0, 0.0, 5.0]
    density = next(trace for trace in figure.data if trace.type == "bar")
    np.testing.assert_allclose(np.array(density.y) * np.array(density.width), [0.25, 0.5, 0.25])


def test_the_table_of_effects_holds_both_curves(columns: Columns) -> None:
    shown = effect_table([PAIR], columns[2])
    assert shown.iloc[2].tolist() == [
        "Everybody",
        "35.0 kg/m²",
        "+4.0 points [3.0, 5.0]",
        "+5.0 points",
    ]
    assert PAIR.largest_difference() == (20.0, pytest.approx(-0.02))
    assert "ALE changes by +6.0 points" in effect_alt([PAIR], columns[2])
    assert not effect_chart([], columns[2]).data


def test_agreement_of_risks_is_drawn_in_percent() -> None:
    estimate = Estimate("m", 0.1, 0.05, 0.15, 300, None, "made-up")
    found = ModelAgreement(
        estimate,
        estimate,
        estimate,
        np.array([0.1, 0.4]),
        np.array([0.12, 0.5]),
        np.array([0.1, 0.4]),
        np.array([0.2, 0.6]),
        300,
        0.2,
        0.2,
    )
    for mode in MODES:
        same, marks = risk_agreement_chart(found, "One", "Two", mode=mode).data
        assert list(marks.y) == [12.0, 50.0]
        assert marks.error_y.array[1] == pytest.approx(10.0)
        assert list(same.x) == list(same.y)
    assert risk_agreement_table(found, "One", "Two").iloc[1].tolist() == [
        "40.0%",
        "50.0%",
        "40.0% to 60.0%",
    ]
    assert "One says 10.0%, Two says 12.0%" in risk_agreement_alt(found, "One", "Two")
