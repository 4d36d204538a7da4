from __future__ import annotations

from typing import Any

import pytest

from explainers.core import CohortFacts, Column, Condition, Correction, Grouping, Outcome, Schema
from explainers.errors import SchemaError

FACTS = CohortFacts("ward", "Ward", "")
AGE = Column("age", "Age", "number", unit="years")
SMOKES = Column("smokes", "Smokes", "yes_no", role="attribute")


def test_yes_no_has_its_levels_in_a_fixed_order() -> None:
    """Prevents yes encoded as 0 in one cohort and as 1 in another."""
    assert SMOKES.levels == ("no", "yes")
    assert Column("a", "A", "yes_no", levels=("yes", "no")).levels == ("no", "yes")


def test_only_features_may_enter_a_model() -> None:
    schema = Schema(FACTS, "id", (AGE, SMOKES))
    assert schema.features == (AGE,)


def test_labels_carry_units() -> None:
    assert AGE.label_with_unit == "Age (years)"
    assert SMOKES.label_with_unit == "Smokes"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "category"},
        {"kind": "category", "levels": ("a",)},
        {"kind": "category", "levels": ("a", "a")},
        {"kind": "number", "valid_range": (5, 5)},
        {"kind": "number", "role": "excluded"},
    ],
)
def test_columns_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SchemaError):
        Column("a", "A", **changes)


@pytest.mark.parametrize("limits", [{}, {"at_least": 1.0, "equals": "x"}])
def test_a_condition_is_one_or_the_other(limits: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="not both"):
        Condition("age", **limits)


@pytest.mark.parametrize(
    "changes",
    [{"reference": "middle"}, {"cuts": (40.0,), "labels": ("a", "b", "c"), "reference": "a"}],
)
def test_groups_need_a_label_for_each_part_and_a_reference(changes: dict[str, Any]) -> None:
    settings = {"reference": "young", "labels": ("young", "old"), **changes}
    with pytest.raises(SchemaError, match="group"):
        Grouping("age", "Age", "age", **settings)


@pytest.mark.parametrize(
    "parts",
    [
        {"columns": (AGE, AGE)},
        {"outcomes": (Outcome("o", "O", "", "", (Condition("gone", at_least=1),)),)},
        {"groups": (Grouping("g", "G", "gone", "a", ("a", "b")),)},
        {"corrections": (Correction("p", "gone", "1", "2", ""),)},
    ],
)
def test_a_schema_that_names_what_is_not_there_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(SchemaError):
        Schema(FACTS, "id", **{"columns": (AGE,), **parts})


def test_what_is_not_found_is_answered_with_what_there_is() -> None:
    schema = Schema(FACTS, "id", (AGE, SMOKES))
    with pytest.raises(SchemaError, match=r"'size'.*age, smokes"):
        schema.column("size")
    with pytest.raises(SchemaError, match="none"):
        schema.outcome("death")
    with pytest.raises(SchemaError, match="none"):
        schema.group("sex")


@pytest.mark.parametrize(
    "condition",
    [
        Condition("smokes", equals="Yes"),
        Condition("smokes", at_least=1),
        Condition("age", equals="40"),
    ],
)
def test_a_condition_that_nobody_can_meet_is_refused(condition: Condition) -> None:
    """Prevents a slip in the schema from making everybody a patient without the outcome."""
    with pytest.raises(SchemaError, match="condition"):
        Schema(FACTS, "id", (AGE, SMOKES), (Outcome("o", "O", "", "", (condition,)),))


@pytest.mark.parametrize(
    "group",
    [
        Grouping("s", "S", "smokes", "Smokers", ("Smokers", "Others")),
        Grouping("s", "S", "smokes", "no", ("no", "Yes")),
        Grouping("s", "S", "smokes", "a", ("a", "b"), cuts=(0.5,)),
    ],
)
def test_groups_that_no_value_belongs_to_are_refused(group: Grouping) -> None:
    """Prevents recorded patients from being counted as not recorded."""
    with pytest.raises(SchemaError, match="group"):
        Schema(FACTS, "id", (AGE, SMOKES), groups=(group,))


@pytest.mark.parametrize(
    ("cuts", "labels"),
    [((60.0, 40.0), ("a", "b", "c")), ((40.0, 40.0), ("a", "b", "c")), ((40.0,), ("a", "a"))],
)
def test_cuts_ascend_and_labels_differ(cuts: tuple[float, ...], labels: tuple[str, ...]) -> None:
    with pytest.raises(SchemaError, match="must ascend"):
        Grouping("age", "Age", "age", "a", labels, cuts)


def test_a_cap_is_a_number_at_which_the_valid_range_ends() -> None:
    """Prevents "90 or over" for a column in which higher values are on record."""
    capped = Column("age", "Age", "integer", unit="years", valid_range=(20, 90), capped_at=90)
    assert capped.label_with_unit == "Age (years; 90 or over as 90)"
    with pytest.raises(SchemaError, match="capped"):
        Column("age", "Age", "integer", valid_range=(20, 110), capped_at=90)
    with pytest.raises(SchemaError, match="capped"):
        Column("sex", "Sex", "category", levels=("Female", "Male"), capped_at=1)
