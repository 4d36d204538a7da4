"""Odd but possible results: no exception, no runaway size, no markup from names."""

from __future__ import annotations

import re

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explainers.charts import (
    forest_alt,
    forest_chart,
    forest_table,
    reasons_chart,
    waterfall_alt,
    waterfall_chart,
    waterfall_table,
)
from explainers.charts.palette import Mode
from explainers.core import Attribution, Column, Estimate, Provenance, Slice, SubgroupTable

Columns = tuple[Column, ...]
LABELS = st.text(max_size=300) | st.sampled_from(
    ['<a href="https://x.example">y</a>', "<b>bold</b>", "%{x}", "$\\alpha$", "&lt;i&gt;", ""]
)
NUMBERS = st.floats(-5, 5) | st.just(0.0) | st.sampled_from([np.nan, np.inf, -np.inf, 1e-300])
OWN_MARKUP = re.compile(
    r'</?b>|</?i>|<br>|</span>|<span style="color:#[0-9a-f]{6};font-size:\d+px">'
)


@st.composite
def attributions(
    draw: st.DrawFn, numbers: st.SearchStrategy[float] = NUMBERS
) -> tuple[Columns, Attribution]:
    p = draw(st.sampled_from([1, 2, 5, 6, 7, 60]))
    columns = tuple(
        Column(f"f{at}", draw(LABELS) if at < 6 else f"Input {at}", "number") for at in range(p)
    )
    values = np.array(draw(st.lists(numbers, min_size=p, max_size=p)))
    baseline = draw(numbers)
    residual = draw(st.sampled_from([0.0, 1e-9, 0.3]))
    with np.errstate(invalid="ignore"):
        prediction = baseline + values.sum() + residual
    return columns, Attribution(
        values[None],
        np.array([baseline]),
        np.array([prediction]),
        draw(st.sampled_from(["risk", "log-odds"])),
        tuple(column.name for column in columns),
        ("p",),
        "made-up",
        is_exact=False,
        provenance=Provenance("m", "c", "made-up", 0, versions={}, created_at=""),
        feature_values=np.array([draw(st.lists(NUMBERS, min_size=p, max_size=p))]),
        std_error=draw(st.none() | st.just(np.full((1, p), 0.1))),
    )


def assert_sound(figure: go.Figure) -> None:
    assert 100 <= figure.layout.height <= 6000
    assert sum(len(trace.x) for trace in figure.data) <= 3000
    for note in figure.layout.annotations:
        assert not re.search(r"<[a-zA-Z/!]", OWN_MARKUP.sub("", note.text)), note.text
    assert len(figure.to_json()) < 400_000


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(attributions(), st.integers(1, 30), st.sampled_from(["light", "dark"]))
def test_any_attribution_can_be_drawn(
    made: tuple[Columns, Attribution], n_bars: int, mode: Mode
) -> None:
    columns, attribution = made
    assert_sound(waterfall_chart(attribution, columns, n_bars=n_bars, mode=mode))
    assert_sound(reasons_chart(attribution, columns, n_bars=n_bars, mode=mode))
    assert waterfall_alt(attribution, columns)
    assert len(waterfall_table(attribution, columns, n_bars=n_bars)) <= n_bars + 5


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(attributions(numbers=st.floats(-5, 5)), st.integers(1, 30))
def test_whatever_is_cut_the_bars_still_add_up(
    made: tuple[Columns, Attribution], n_bars: int
) -> None:
    """A remainder that forgot an input, or a residual left out, would end beside the prediction."""
    columns, attribution = made
    figure = waterfall_chart(attribution, columns, n_bars=n_bars)
    unit = 100 if attribution.scale == "risk" else 1
    marks = {trace.name: trace for trace in figure.data}
    start, end = marks["ends"].x
    assert start + sum(marks["contribution"].x) == pytest.approx(end, abs=unit * 1.1e-6)
    assert end == pytest.approx(unit * attribution.prediction[0])


@st.composite
def estimates(draw: st.DrawFn, metric: str) -> Estimate:
    kind = draw(st.sampled_from(["estimated", "estimated", "suppressed", "absent", "no interval"]))
    if kind == "suppressed":
        return Estimate.suppressed(metric, draw(LABELS))
    if kind == "absent":
        return Estimate.not_estimable(metric, draw(LABELS), n=40, n_events=0)
    low, value, high = sorted(draw(st.lists(st.floats(0, 1e6), min_size=3, max_size=3)))
    if kind == "no interval":
        return Estimate(metric, value, None, None, 40, 11, "none")
    return Estimate(metric, value, low, high, 40, 11, draw(LABELS))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(["oe_ratio", "auroc", "sensitivity", "net_benefit", "unknown"]))
def test_any_table_of_groups_can_be_drawn(data: st.DataObject, metric: str) -> None:
    labels = data.draw(st.lists(LABELS, max_size=8))
    groups = tuple((Slice((("by", label),)), data.draw(estimates(metric))) for label in labels)
    table = SubgroupTable(metric, data.draw(estimates(metric)), groups, "")
    assert_sound(forest_chart(table))
    assert len(forest_table(table)) == len(groups) + 1
    assert forest_alt(table)
