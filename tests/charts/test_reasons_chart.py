"""Signed bars for methods whose contributions need not add up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from explainers.charts import reasons_alt, reasons_chart, reasons_table
from explainers.core import Attribution, Column

Columns = tuple[Column, ...]


def bars(figure: go.Figure) -> Any:
    (trace,) = figure.data
    return trace


def test_bars_start_at_zero_on_a_symmetric_axis(attribution: Attribution, columns: Columns) -> None:
    figure = reasons_chart(attribution, columns)
    assert bars(figure).x[0] == pytest.approx(5.1)
    assert bars(figure).base is None
    low, high = figure.layout.xaxis.range
    assert low == -high


def test_whiskers_reach_as_far_as_the_printed_interval(
    make_attribution: Callable[..., Attribution], columns: Columns
) -> None:
    sampled = make_attribution([0.05, -0.02], std_error=np.array([[0.01, 0.001]]))
    figure = reasons_chart(sampled, columns)
    assert bars(figure).error_x.array[0] == pytest.approx(1.96)
    assert reasons_table(sampled, columns).loc[0, "Contribution"] == "+5.0 [+3.0, +7.0] points"


def test_an_exact_method_has_no_whiskers(attribution: Attribution, columns: Columns) -> None:
    assert not bars(reasons_chart(attribution, columns)).error_x.visible


def test_what_a_local_model_misses_is_said_aloud(
    make_attribution: Callable[..., Attribution], columns: Columns
) -> None:
    lime = make_attribution([0.05, -0.02], residual=0.03, method="lime")
    assert "Not explained: +3.0 points" in reasons_alt(lime, columns)
    assert reasons_table(lime, columns)["Reason"].iloc[-1] == "Not explained"


def test_contributions_that_were_not_computed_are_not_drawn_as_zero(
    make_attribution: Callable[..., Attribution], columns: Columns
) -> None:
    broken = make_attribution([np.inf, 0.1])
    assert not reasons_chart(broken, columns).data
    assert "cannot be drawn" in reasons_alt(broken, columns)
