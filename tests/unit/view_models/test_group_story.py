"""The sentences above the table of groups."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.view_models.group_story import group_story
from explainers.core.estimate import Estimate
from explainers.core.schema import Schema
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.workspace import Workspace

GROUPS = ("White", "Black", "Asian")


def estimate(metric: str, value: float, half: float) -> Estimate:
    return Estimate(metric, value, value - half, value + half, 300, 60, "test")


def table(metric: str, values: tuple[float, float, float], half: float) -> SubgroupTable:
    groups = tuple(
        (Slice((("race", name),)), estimate(metric, value, half))
        for name, value in zip(GROUPS, values, strict=True)
    )
    return SubgroupTable(metric, estimate(metric, 0.8, half), groups, "White")


RIGHT = table("oe_ratio", (1.0, 1.0, 1.0), 0.1)
TOO_LOW = table("oe_ratio", (0.9, 1.05, 1.54), 0.3)
FOUND = table("sensitivity", (0.87, 0.8, 0.67), 0.05)
RANKING = table("auroc", (0.84, 0.8, 0.84), 0.05)
EVEN = table("sensitivity", (0.0, 0.02, -0.03), 0.1)


@pytest.fixture(scope="module")
def schema() -> Schema:
    return Workspace(None).load_schema("nhanes_2017_2018")


def story(schema: Schema, ratios: SubgroupTable, gaps: SubgroupTable = EVEN) -> str:
    said = group_story((ratios, FOUND, RANKING), ratios, gaps, schema)
    return "\n".join(said).replace("\\", "")


def test_a_group_whose_auroc_hides_it_is_told(schema: Schema) -> None:
    """Prevents reading an equal AUROC as equal service."""
    said = story(schema, TOO_LOW)
    assert "Risks are too low for Asian patients (race or ethnicity)" in said
    assert "67.0% reach the threshold, against 80.0% of everybody. AUROC hides this" in said
    assert "White patients" not in said


def test_nothing_clear_is_no_clean_bill(schema: Schema) -> None:
    """Prevents silence from being read as proof."""
    assert "no proof" in story(schema, RIGHT)


def test_the_reference_group_can_be_the_one_found_less(schema: Schema) -> None:
    """Prevents the group that others are compared with from never being named."""
    gaps = table("sensitivity", (0.0, 0.3, 0.2), 0.1)
    said = story(schema, RIGHT, replace(gaps, groups=gaps.groups[1:]))
    assert "Fewer cases are found among White patients (race or ethnicity)" in said
    assert "in the group “Black”" in said


def test_withheld_sensitivities_are_not_taken_for_equal(schema: Schema) -> None:
    """Prevents "no fewer cases found" where nothing of it may be shown."""
    hidden = tuple((place, Estimate.suppressed("sensitivity", "few")) for place, _ in EVEN.groups)
    assert "cannot be shown" in story(schema, RIGHT, replace(EVEN, groups=hidden))


def test_a_model_that_ranks_by_chance_is_told(schema: Schema) -> None:
    """Prevents groups served alike by a useless model from looking like fairness."""
    ranking = replace(RANKING, overall=estimate("auroc", 0.51, 0.05))
    said = group_story((RIGHT, FOUND, ranking), RIGHT, EVEN, schema)
    assert any("hardly better than chance" in line for line in said)
