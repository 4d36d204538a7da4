"""Charts of label choice: every mark is a published figure, in the unit of its axis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.charts.need_by_risk import (
    need_by_risk_alt,
    need_by_risk_chart,
    need_by_risk_table,
)
from explainers.charts.palette import Mode
from explainers.charts.selection import (
    format_points,
    selection_alt,
    selection_chart,
    selection_table,
)
from explainers.core import Curve, Estimate, Provenance
from explainers.subgroups.candidate_labels import NeedMeasure
from explainers.subgroups.label_results import (
    CandidateLabel,
    GroupSelection,
    LabelChoice,
    NeedCurve,
    Overlap,
)

MODES: tuple[Mode, ...] = ("light", "dark")


def estimate(value: float, half: float = 0.05) -> Estimate:
    return Estimate("share", value, max(value - half, 0.0), value + half, 1000, None, "Bootstrap")


def selection(group: str, before: float, after: float) -> GroupSelection:
    return GroupSelection(
        group=group,
        everybody=estimate(0.5),
        in_need=(estimate(0.5), estimate(0.5)),
        share=(estimate(before), estimate(after)),
        rate=(estimate(before / 5), estimate(after / 5)),
        change=Estimate(
            "change", after - before, after - before - 0.1, after - before + 0.1, 1000, None, "B"
        ),
        recorded_need=estimate(0.5),
        swap=estimate(0.7),
    )


def hidden(group: str) -> GroupSelection:
    nothing = Estimate.suppressed("share", "Withheld: fewer than 11 people.")
    pair = (nothing, nothing)
    return GroupSelection(group, nothing, pair, pair, pair, nothing, nothing, nothing)


def curve(outcome: str, group: str, need: float) -> NeedCurve:
    x = np.array([10.0, 50.0, 90.0])
    y = np.array([need, need + 1, need + 2])
    return NeedCurve(
        outcome, group, Curve(x, y, "Percentile", "Conditions", 90, low=y - 0.2, high=y + 0.2)
    )


@pytest.fixture
def choice() -> LabelChoice:
    labels = tuple(
        CandidateLabel(
            name, f"<b>{name}</b>", "", estimate(0.7), (estimate(0.3),) * 2, (estimate(0.2),) * 2,
            estimate(1.5),
        )
        for name in ("cost", "need")
    )  # fmt: skip
    return LabelChoice(
        model="ward",
        cohort="ward",
        n=1000,
        n_train=1000,
        n_selected=100,
        top=0.1,
        asked=0.1,
        shares=(0.1, 0.2),
        by="side",
        reference="West",
        measure=NeedMeasure("Conditions", "conditions", is_share=False),
        labels=labels,
        groups=(selection("East", 0.1, 0.4), selection("West", 0.9, 0.6)),
        overlaps=(Overlap("cost", "need", estimate(0.4)),),
        curves=tuple(
            curve(name, group, need)
            for name in ("cost", "need")
            for group, need in (("East", 2.0), ("West", 1.0))
        ),
        floor=11,
        provenance=Provenance("m", "c", "label-choice", 0, versions={}, created_at=""),
    )


@pytest.mark.parametrize("mode", MODES)
def test_each_share_stands_in_percent_between_its_limits(choice: LabelChoice, mode: Mode) -> None:
    figure = selection_chart(choice, mode=mode)
    marks = [trace.x[0] for trace in figure.data if trace.name == "share"]
    assert marks == pytest.approx([10.0, 40.0, 90.0, 60.0])
    limits = [tuple(trace.x) for trace in figure.data if trace.name == "interval"]
    assert limits[0] == pytest.approx((5.0, 15.0))
    rows = [trace.y[0] for trace in figure.data if trace.name == "share"]
    assert rows == sorted(rows, reverse=True)


def test_names_from_a_schema_are_never_markup(choice: LabelChoice) -> None:
    for figure in (selection_chart(choice), need_by_risk_chart(choice)):
        assert "&lt;b&gt;cost" in "".join(note.text for note in figure.layout.annotations)


def test_a_withheld_group_has_no_mark_and_keeps_its_row_in_the_table(choice: LabelChoice) -> None:
    partly = replace(choice, groups=(hidden("East"), choice.groups[1]))
    figure = selection_chart(partly)
    assert len([trace for trace in figure.data if trace.name == "share"]) == 2
    assert next(iter(selection_table(partly)["Of everybody"])) == "withheld"
    assert "withheld" in selection_alt(partly).lower()
    nobody = replace(choice, groups=(hidden("East"), hidden("West")), curves=())
    assert not selection_chart(nobody).data
    assert not need_by_risk_chart(nobody).data
    assert need_by_risk_alt(nobody)


def test_the_alternative_text_says_the_largest_change(choice: LabelChoice) -> None:
    told = selection_alt(choice)
    assert "East" in told
    assert "10.0%" in told
    assert "40.0%" in told


@pytest.mark.parametrize("mode", MODES)
def test_need_stands_in_its_own_unit_and_both_panels_share_it(
    choice: LabelChoice, mode: Mode
) -> None:
    """Two scales side by side would make two equal gaps look unequal."""
    figure = need_by_risk_chart(choice, mode=mode)
    lines = [trace for trace in figure.data if trace.name in ("East", "West")]
    assert len(lines) == 4
    assert list(lines[0].y) == pytest.approx([1.0, 2.0, 3.0])
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range
    assert len({(line.line.dash, line.marker.symbol) for line in lines}) == 2
    assert [shape.x0 for shape in figure.layout.shapes] == [90.0, 90.0]


def test_need_that_is_an_outcome_is_in_percent(choice: LabelChoice) -> None:
    as_share = replace(choice, measure=NeedMeasure("Ill", "", is_share=True))
    figure = need_by_risk_chart(as_share)
    assert figure.layout.yaxis.ticksuffix == "%"
    assert max(max(trace.y) for trace in figure.data) > 100
    assert "%" in need_by_risk_table(as_share).iloc[0, 3]


def test_the_table_has_every_mark(choice: LabelChoice) -> None:
    assert len(need_by_risk_table(choice)) == 12
    assert "2.00" in need_by_risk_alt(choice) or "4.00" in need_by_risk_alt(choice)


def test_a_difference_carries_its_sign() -> None:
    gap = Estimate("change", -0.016, -0.04, 0.005, 10, None, "Bootstrap")
    assert format_points(gap) == "\N{MINUS SIGN}1.6 points [\N{MINUS SIGN}4.0, +0.5]"
