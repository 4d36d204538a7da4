"""One patient's curve, and what a clinician reads off it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explainers.charts.ice import ice_alt, ice_chart, ice_table
from explainers.core import Column, Curve, Provenance
from explainers.effects.effect import Effect

WAIST = Column("waist", "Waist", "number", unit="cm", decimals=0)
HEALTH = Column("health", "Health", "category", levels=("good", "fair", "poor"))


def effect(value: float, *, scale: str = "risk") -> Effect:
    return Effect(
        method="ice",
        feature="waist",
        curve=Curve(
            x=np.array([80.0, 100.0, 120.0]),
            y=np.array([0.1, 0.2, 0.35]),
            x_label="Waist (cm)",
            y_label="Predicted risk",
            n=1,
        ),
        density=np.array([0.5, 0.4, 0.1]),
        levels=(),
        scale=scale,  # type: ignore[arg-type]
        provenance=Provenance("m", "c", "ice", 0),
        patient_value=value,
        patient_prediction=0.2,
    )


def levels(value: float) -> Effect:
    return Effect(
        method="ice",
        feature="health",
        curve=Curve(
            x=np.array([0.0, 2.0]), y=np.array([0.1, 0.3]), x_label="", y_label="Risk", n=1
        ),
        density=np.array([0.7, 0.3]),
        levels=("good", "poor"),
        scale="risk",
        provenance=Provenance("m", "c", "ice", 0),
        patient_value=value,
        patient_prediction=0.3,
    )


def marks(figure: object) -> list[tuple[float, float]]:
    return [
        (trace.x[0], trace.y[0])
        for trace in figure.data  # type: ignore[attr-defined]
        if trace.type == "scatter" and trace.marker.symbol == "diamond"
    ]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_mark_lies_on_the_curve_in_per_cent(mode: str) -> None:
    figure = ice_chart(effect(100.0), WAIST, threshold=0.17, mode=mode)  # type: ignore[arg-type]
    assert marks(figure) == [(100.0, 20.0)]
    assert figure.layout.shapes[0].y0 == pytest.approx(17.0)
    assert list(figure.data[0].y) == pytest.approx([10.0, 20.0, 35.0])


def test_areas_below_the_curve_are_shares_of_patients() -> None:
    """Equal heights of unequal widths made rare values look as common as frequent ones."""
    bars = ice_chart(effect(100.0), WAIST).data[1]
    areas = np.array(bars.y) * np.array(bars.width)
    np.testing.assert_allclose(areas, [0.5, 0.4, 0.1])


def test_threshold_is_not_drawn_on_another_scale() -> None:
    figure = ice_chart(effect(100.0, scale="log-odds"), WAIST, threshold=0.17)
    assert len(figure.layout.shapes) == 0


def test_missing_value_has_no_mark_and_is_said() -> None:
    assert marks(ice_chart(effect(math.nan), WAIST)) == []
    assert "not measured" in ice_alt(effect(math.nan), WAIST)


def test_a_level_is_marked_at_its_place_among_those_shown() -> None:
    """The encoded level 2 stands at place 1: nobody has level 1."""
    assert marks(ice_chart(levels(2.0), HEALTH)) == [(1.0, 30.0)]
    assert marks(ice_chart(levels(1.0), HEALTH)) == []


def test_table_and_words_give_the_same_figures() -> None:
    table = ice_table(effect(100.0), WAIST)
    assert table.iloc[2].tolist() == ["120 cm", "35.0%", "10.0%"]
    assert "from 10.0% at 80 cm to 35.0% at 120 cm" in ice_alt(effect(100.0), WAIST)


def test_markup_in_a_level_is_shown_as_text() -> None:
    hostile = Column("h", "<b>H</b>", "category", levels=("<a href=x>", "b", "c"))
    shown = levels(0.0)
    figure = ice_chart(Effect(**{**shown.__dict__, "levels": ("<a href=x>", "c")}), hostile)
    assert "<a" not in str(figure.layout.xaxis.ticktext)
    assert "<b>" not in str(figure.layout.xaxis.title.text)


def circles(figure: object) -> list[tuple[float, float]]:
    return [
        (trace.x[0], trace.y[0])
        for trace in figure.data  # type: ignore[attr-defined]
        if trace.type == "scatter" and trace.marker.symbol == "circle"
    ]


def test_record_and_edit_are_marked_apart_and_named() -> None:
    """One mark that moves would hide where the patient really stands."""
    figure = ice_chart(effect(100.0), WAIST, recorded=(80.0, 0.12))
    assert marks(figure) == [(100.0, 20.0)]
    assert (80.0, 12.0) in circles(figure)
    names = {trace.text[0]: trace.textposition for trace in figure.data if trace.text}
    assert names == {"recorded": "bottom center", "edited": "top center"}
    told = ice_alt(effect(100.0), WAIST, recorded=(80.0, 0.12))
    assert "as edited, 20.0% at 100 cm" in told
    assert "as recorded, 12.0% at 80 cm" in told


def test_a_record_without_a_value_has_no_mark() -> None:
    figure = ice_chart(effect(100.0), WAIST, recorded=(math.nan, 0.12))
    assert [trace.text[0] for trace in figure.data if trace.text] == ["edited"]
    assert "12.0% at not measured" in ice_alt(effect(100.0), WAIST, recorded=(math.nan, 0.12))
