"""The waterfall adds up, names its values and hides nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from explainers.charts import waterfall_alt, waterfall_chart, waterfall_table
from explainers.core import Attribution, CohortFacts, Column, Schema
from explainers.errors import SettingsError

Columns = tuple[Column, ...]


def bars(figure: go.Figure) -> Any:
    (trace,) = (trace for trace in figure.data if trace.name == "contribution")
    return trace


def texts(figure: go.Figure) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def test_bars_start_where_the_last_one_ended_and_end_at_the_prediction(
    attribution: Attribution, columns: Columns
) -> None:
    shown = bars(waterfall_chart(attribution, columns))
    at = 100 * attribution.baseline[0]
    for base, length in zip(shown.base, shown.x, strict=True):
        assert base == pytest.approx(at)
        at += length
    assert at == pytest.approx(100 * attribution.prediction[0])


def test_the_largest_come_first_and_the_rest_is_one_bar(
    attribution: Attribution, columns: Columns
) -> None:
    figure = waterfall_chart(attribution, columns, n_bars=3)
    assert list(bars(figure).customdata) == ["waist", "age", "smokes", ""]
    assert "Everything else (5 inputs)" in texts(figure)


def test_a_single_input_left_over_is_named_and_not_called_everything_else(
    attribution: Attribution, columns: Columns
) -> None:
    figure = waterfall_chart(attribution, columns, n_bars=7)
    assert len(bars(figure).x) == 8
    assert not any("Everything else" in text for text in texts(figure))


def test_values_carry_units_and_a_missing_one_says_so(
    attribution: Attribution, columns: Columns
) -> None:
    shown = " ".join(texts(waterfall_chart(attribution, columns, n_bars=8)))
    for expected in ("124 cm", "61 years", "not measured", "men", "+5.1 points", "19.6%"):
        assert expected in shown


def test_what_the_reasons_leave_unexplained_is_a_bar_of_its_own(
    make_attribution: Callable[..., Attribution], columns: Columns
) -> None:
    values = [0.03, -0.01]
    exact = waterfall_chart(make_attribution(values, residual=1e-9), columns)
    assert "Not explained" not in texts(exact)
    loose = waterfall_chart(make_attribution(values, residual=0.02), columns)
    assert "Not explained" in texts(loose)
    assert bars(loose).x[-1] == pytest.approx(2.0)


def test_a_concept_shows_the_values_behind_it(
    attribution: Attribution, columns: Columns, patient_values: tuple[float, ...]
) -> None:
    schema = Schema(CohortFacts("c", "C", ""), "id", columns)
    concepts = attribution.by_concept(schema)
    table = waterfall_table(concepts, columns, n_bars=1, patient_values=patient_values)
    assert table.loc[1, "Reason"] == "Body size"
    assert table.loc[1, "Value"] == "Body mass index: 31.2 kg/m²; Waist circumference: 124 cm"
    assert table.loc[2, "Reason"] == "Everything else (6 inputs)"
    bare = waterfall_table(concepts, columns, n_bars=2)
    assert bare.loc[1, "Value"] == ""


def test_log_odds_are_not_printed_as_percent(
    make_attribution: Callable[..., Attribution], columns: Columns
) -> None:
    figure = waterfall_chart(
        make_attribution([0.4, -1.2], baseline=-1.5, scale="log-odds"), columns
    )
    assert "log-odds" in figure.layout.xaxis.title.text
    assert figure.layout.xaxis.ticksuffix == ""
    assert "\u22121.20" in texts(figure)
    assert not any("%" in text or "points" in text for text in texts(figure))


def test_the_sign_is_told_by_hatch_colour_and_text(
    attribution: Attribution, columns: Columns
) -> None:
    shown = bars(waterfall_chart(attribution, columns))
    waist, smokes = (list(shown.customdata).index(name) for name in ("waist", "smokes"))
    assert shown.marker.pattern.shape[waist] == ""
    assert shown.marker.pattern.shape[smokes] == "/"
    assert shown.marker.color[waist] != shown.marker.color[smokes]


def test_the_table_holds_the_figures_of_the_chart(
    attribution: Attribution, columns: Columns
) -> None:
    table = waterfall_table(attribution, columns)
    shown = texts(waterfall_chart(attribution, columns))
    for change in table["Contribution"]:
        assert change == "" or change in shown
    assert table["Predicted risk"].iloc[0] == "19.6%"
    assert table["Predicted risk"].iloc[-1] == "26.9%"


def test_the_alternative_text_states_both_ends_without_a_word_of_cause(
    attribution: Attribution, columns: Columns
) -> None:
    text = waterfall_alt(attribution, columns)
    assert "19.6%" in text
    assert "26.9%" in text
    assert "Waist circumference +5.1 points" in text
    assert not any(word in text for word in ("because", "caused", "due to"))


def test_a_contribution_that_was_not_computed_stops_the_drawing(
    make_attribution: Callable[..., Attribution], columns: Columns
) -> None:
    broken = make_attribution([0.1, np.nan])
    figure = waterfall_chart(broken, columns)
    assert not figure.data
    assert "could be computed" in " ".join(texts(figure)).replace("<br>", " ")
    assert "cannot be drawn" in waterfall_alt(broken, columns)


def test_two_patients_cannot_share_a_waterfall(attribution: Attribution, columns: Columns) -> None:
    with pytest.raises(SettingsError, match="one patient"):
        waterfall_chart(_twice(attribution), columns)
    with pytest.raises(SettingsError, match="1 to 30"):
        waterfall_chart(attribution, columns, n_bars=0)
    with pytest.raises(SettingsError, match="as many values"):
        waterfall_chart(attribution, columns, patient_values=[1.0])


def _twice(attribution: Attribution) -> Attribution:
    record = attribution.to_dict()
    for name in ("values", "baseline", "prediction", "feature_values"):
        record[name] = record[name] * 2
    return type(attribution).from_dict({**record, "patient_ids": ["a", "b"]})
