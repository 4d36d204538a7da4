"""Before and after of a mitigation: figure, table, alternative."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from explainers.charts.before_after import (
    NOTHING_TO_DRAW,
    before_after_alt,
    before_after_chart,
    before_after_table,
    change_text,
    people_table,
)
from explainers.core import Estimate, Slice
from explainers.subgroups.mitigation_changes import CHANGED, PEOPLE
from explainers.subgroups.mitigation_effects import GroupEffect, MitigationEffect

ODD = "<a href='https://x.example'>y</a>"


def estimate(metric: str, value: float) -> Estimate:
    return Estimate(metric, value, value - 0.1, value + 0.1, 500, 90, "Wilson")


def group(label: str, *, withheld: bool = False) -> GroupEffect:
    def one(metric: str, value: float) -> Estimate:
        return Estimate.suppressed(metric, "few") if withheld else estimate(metric, value)

    return GroupEffect(
        Slice((("origin", label),)) if label else Slice(),
        tuple(estimate(slug, 0.6) for slug in CHANGED),
        tuple(one(slug, 0.75) for slug in CHANGED),
        tuple(one(f"{slug}_change", 0.15) for slug in CHANGED),
        tuple(one(f"{name}_per_1000", 20.0) for name in PEOPLE),
        counted_at=0.123 if label == ODD else None,
    )


def effect(*groups: GroupEffect) -> MitigationEffect:
    return MitigationEffect("recalibration", "origin", 0.2, groups, (), 12)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("slug", CHANGED)
def test_each_group_has_both_marks_in_the_unit_of_the_axis(slug: str, mode: str) -> None:
    """A share drawn as a fraction on a percent axis would sit at its left end."""
    figure = before_after_chart(effect(group(""), group(ODD)), slug, mode=mode)  # type: ignore[arg-type]
    assert go.Figure(figure.to_dict())
    before, after = figure.data
    factor = 100 if slug in {"sensitivity", "specificity", "ppv"} else 1
    assert list(before.x) == pytest.approx([0.6 * factor] * 2)
    assert list(after.x) == pytest.approx([0.75 * factor] * 2)
    assert before.marker.symbol != after.marker.symbol
    assert "<a href" not in figure.to_json()


def test_what_is_withheld_is_not_drawn_but_told() -> None:
    shown = effect(group("North"), group("South", withheld=True))
    figure = before_after_chart(shown, "sensitivity")
    assert len(figure.data[0].x) == 2
    assert len(figure.data[1].x) == 1
    assert any(note.text == "withheld" for note in figure.layout.annotations)
    assert (people_table(shown).iloc[1, 1:] == "withheld").all()


def test_without_any_figure_after_it_says_so() -> None:
    figure = before_after_chart(effect(group("", withheld=True)), "sensitivity")
    assert NOTHING_TO_DRAW in figure.layout.annotations[0].text


def test_counting_at_another_cut_is_told_only_where_it_matters() -> None:
    """Observed over expected counts nobody at a cut."""
    flags, risks = (before_after_chart(effect(group(ODD)), slug) for slug in ("ppv", "oe_ratio"))
    assert "counted at" in str(flags.layout.annotations)
    assert "counted at" not in str(risks.layout.annotations)


def test_table_and_alternative_tell_the_same_figures() -> None:
    table = before_after_table(effect(group("North")))
    assert len(table) == len(CHANGED)
    row = table[table["Statistic"] == "Sensitivity"].iloc[0]
    assert row["Before"].startswith("60.0%")
    assert row["After"].startswith("75.0%")
    assert row["Change"] == "+15.0 [+5.0, +25.0] points"
    assert "North from 60.0% to 75.0%" in before_after_alt(effect(group("North")), "sensitivity")


def test_a_change_of_nothing_has_no_sign() -> None:
    """A minus before 0.0 reads as a loss."""
    change = Estimate("sensitivity_change", -0.0001, -0.02, 0.02, 500, 90, "Newcombe, paired")
    assert change_text(change, "sensitivity").startswith("0.0 [")
