"""Two patients on one axis: the rows add up, and who is who is told by letter and lane."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explainers.attribution.side_by_side import SideBySide
from explainers.attribution.two_patients import TwoPatients
from explainers.charts.two_patients import (
    pair_rows,
    two_patients_alt,
    two_patients_chart,
    two_patients_table,
)
from explainers.core import Attribution, Column
from explainers.errors import SettingsError

Columns = tuple[Column, ...]
Make = Callable[..., Attribution]
FIRST = [0.03, -0.01, 0.004, 0.051, -0.02, 0.001, 0.02, -0.003]
SECOND = [-0.03, -0.01, 0.0, 0.01, 0.02, 0.001, 0.019, -0.002]


@pytest.fixture
def two(make_attribution: Make) -> TwoPatients:
    values = np.array([[40.0, 1.0, 24.0, 88.0, 1.0, 71.0, 44.0, 7.5]])
    return TwoPatients(make_attribution(FIRST), make_attribution(SECOND, feature_values=values))


def test_rows_add_up_to_the_difference_however_many_are_shown(
    two: TwoPatients, columns: Columns
) -> None:
    """A remainder that forgot an input would not lead from one risk to the other."""
    for n_rows in (1, 3, 7, 8, 30):
        rows = pair_rows(two, columns, n_rows=n_rows)
        assert sum(row.difference for row in rows) == pytest.approx(two.prediction_difference)
    assert len(pair_rows(two, columns, n_rows=7)) == 8


def test_marks_stand_at_the_contributions_on_one_axis(two: TwoPatients, columns: Columns) -> None:
    figure = two_patients_chart(two, columns, n_rows=3)
    marks = {trace.name: trace for trace in figure.data}
    rows = pair_rows(two, columns, n_rows=3)
    for side, name in enumerate(("patient A", "patient B")):
        assert list(marks[name].x) == pytest.approx([100 * row.contributions[side] for row in rows])
        assert set(marks[name].text) == {name[-1]}
    low, high = figure.layout.xaxis.range
    assert low == -high
    assert max(abs(x) for trace in figure.data for x in trace.x if x is not None) < high


def test_who_is_who_is_not_told_by_colour_alone(two: TwoPatients, columns: Columns) -> None:
    for mode in ("light", "dark"):
        marks = {trace.name: trace for trace in two_patients_chart(two, columns, mode=mode).data}
        first, second = marks["patient A"], marks["patient B"]
        assert all(a > b for a, b in zip(first.y, second.y, strict=True))
        assert second.marker.color != first.marker.color
        assert first.text != second.text


def test_values_stand_under_an_input_and_equal_ones_once(
    two: TwoPatients, columns: Columns
) -> None:
    texts = " ".join(
        note.text for note in two_patients_chart(two, columns, n_rows=8).layout.annotations
    )
    assert "A 124 cm, B 88 cm" in texts
    assert "both men" in texts
    assert "A not measured, B yes" in texts


def test_the_table_has_the_figures_of_the_chart(two: TwoPatients, columns: Columns) -> None:
    table = two_patients_table(two, columns, n_rows=3)
    texts = [note.text for note in two_patients_chart(two, columns, n_rows=3).layout.annotations]
    assert list(table.columns) == ["Reason", "Patient A", "Patient B", "A minus B"]
    for difference in table["A minus B"][:4]:
        assert difference in texts
    assert table.iloc[-1].tolist() == ["Predicted risk", "26.9%", "20.4%", "+6.5 points"]
    assert table.iloc[-2].tolist() == ["Reference patients", "19.6%", "19.6%", "0.0 points"]


def test_what_is_left_over_is_a_row(make_attribution: Make, columns: Columns) -> None:
    loose = TwoPatients(make_attribution([0.1], residual=0.02), make_attribution([0.2]))
    assert pair_rows(loose, columns)[-1].label == "Not explained"
    assert pair_rows(loose, columns)[-1].difference == pytest.approx(0.02)


def test_the_alternative_text_gives_both_risks_and_no_cause(
    two: TwoPatients, columns: Columns
) -> None:
    text = two_patients_alt(two, columns)
    assert "patient A 26.9%" in text
    assert "patient B 20.4%" in text
    assert "Age +6.0 points" in text
    assert "because" not in text


def test_nothing_is_drawn_from_what_was_not_computed(
    make_attribution: Make, columns: Columns
) -> None:
    broken = TwoPatients(make_attribution([np.nan, 0.1]), make_attribution([0.1, 0.1]))
    assert not two_patients_chart(broken, columns).data
    assert "cannot be drawn" in two_patients_alt(broken, columns)
    with pytest.raises(SettingsError, match="1 to 30"):
        pair_rows(broken, columns, n_rows=0)


class Models(SideBySide):
    """Two models as far as a chart is concerned."""

    noun = "model"


def test_two_models_are_called_models_and_the_patients_value_stands_once(
    make_attribution: Make, columns: Columns
) -> None:
    models = Models(make_attribution(FIRST), make_attribution(SECOND))
    figure = two_patients_chart(models, columns)
    assert {"model A", "model B"} <= {trace.name for trace in figure.data}
    hovers = [trace.hovertext[0] for trace in figure.data if trace.hovertext]
    assert [hover[: len("Model A: ")] for hover in hovers] == ["Model A: ", "Model B: "]
    texts = " ".join(note.text for note in figure.layout.annotations)
    assert "124 cm" in texts
    assert "both" not in texts
    table = two_patients_table(models, columns)
    assert list(table.columns) == ["Reason", "Model A", "Model B", "A minus B"]
    assert "two models" in two_patients_alt(models, columns)
