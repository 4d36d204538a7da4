"""What the screen says of changed values and similar patients."""

from __future__ import annotations

import math

import numpy as np

from dashboard.view_models.alternatives import (
    answer_values,
    changed_values,
    counterfactual_rows,
    difference_rows,
    editable_columns,
    risk_change,
    similar_risk_note,
    similar_sentence,
    what_if_sentence,
)
from explainers.alternatives import (
    Change,
    Counterfactual,
    Counterfactuals,
    FeatureDifference,
    SimilarPatients,
    WhatIf,
)
from explainers.core import Column, Condition, Estimate, Outcome, Provenance

WAIST = Column("waist", "Waist", "number", unit="cm", actionable=True, decimals=1)
AGE = Column("age", "Age", "integer", unit="years")
SMOKES = Column("smokes", "Smokes", "yes_no", actionable=True)
COLUMNS = (WAIST, AGE, SMOKES)
OUTCOME = Outcome("d", "Diabetes", "have diabetes", "now", (Condition("x", equals="yes"),))
PROVENANCE = Provenance("m", "c", "what-if", 0)


def what_if(*changes: Change, after: float = 0.2) -> WhatIf:
    return WhatIf(
        risk_before=0.25,
        risk_after=after,
        log_odds_before=-1.1,
        log_odds_after=-1.4,
        crosses=after < 0.17,
        changes=changes,
        warnings=(),
        row=np.array([90.0, 60.0, 0.0]),
        provenance=PROVENANCE,
    )


def similar(share: Estimate) -> SimilarPatients:
    return SimilarPatients(
        outcome=share,
        k=50,
        basis="features",
        median_distance=0.8,
        farthest_distance=1.1,
        differences=(
            FeatureDifference("waist", 140.0, 96.04, 2.5),
            FeatureDifference("smokes", 1.0, 0.0, 1.0),
            FeatureDifference("age", None, 61.0, None),
        ),
        provenance=PROVENANCE,
    )


def test_a_value_shown_rounded_is_not_taken_for_a_change() -> None:
    """Opening the page would otherwise already count as a change of 0.04 cm."""
    row = np.array([96.04, 60.0, 1.0])
    same = {"waist": 96.0, "age": 60.0, "smokes": "yes"}
    assert changed_values(row, COLUMNS, same) == {}
    assert changed_values(row, COLUMNS, {"waist": 96.1}) == {"waist": 96.1}
    assert changed_values(row, COLUMNS, {"smokes": "no"}) == {"smokes": "no"}


def test_emptied_editor_means_not_measured() -> None:
    row = np.array([96.0, 60.0, math.nan])
    assert changed_values(row, COLUMNS, {"waist": None, "smokes": None}) == {"waist": None}


def test_only_what_can_change_is_offered_unless_asked_for() -> None:
    offered = editable_columns(COLUMNS, with_fixed=False, order=("smokes", "waist"))
    assert [column.name for column in offered] == ["smokes", "waist"]
    assert len(editable_columns(COLUMNS, with_fixed=True)) == 3


def test_what_if_names_both_values_and_the_crossing() -> None:
    change = Change("waist", 96.0, 80.0)
    said = what_if_sentence(what_if(change, after=0.12), COLUMNS)
    assert "Waist 80.0 cm instead of 96.0 cm" in said.replace("\\", "")
    assert "crosses" in said
    assert risk_change(what_if(change)) == "\N{MINUS SIGN}5.0"


def test_counterfactual_table_has_only_changed_inputs_and_the_models_risk() -> None:
    row = np.array([96.0, 60.0, 1.0])
    answer = Counterfactual(
        changes=(Change("waist", 96.0, 84.0), Change("smokes", 1.0, 0.0, carried_by="waist")),
        n_changed=1,
        risk=0.15,
        cost=1.0,
        distance=0.5,
        plausibility=0.4,
        row=np.array([84.0, 60.0, 0.0]),
    )
    found = Counterfactuals(
        0.26, 0.17, towards_lower=True, answers=(answer,), provenance=PROVENANCE
    )
    table = counterfactual_rows(found, row, COLUMNS)
    assert table.iloc[:, 0].tolist()[:2] == ["Waist", "Smokes"]
    assert table["Answer A"].tolist() == ["84.0 cm", "no (follows)", "15.0%", "40.0%"]
    assert table["Recorded"].tolist() == ["96.0 cm", "yes", "26.0%", ""]
    assert answer_values(found, 0, COLUMNS) == {"waist": 84.0, "smokes": "no"}


def test_similar_patients_are_a_share_in_per_cent_with_its_interval() -> None:
    """The interval was once printed as 0.36 beside a risk in per cent."""
    share = Estimate("outcome_share", 0.36, 0.24, 0.5, 50, 18, "Wilson")
    said = similar_sentence(similar(share), 0.266, OUTCOME)
    assert "**36.0% [24.0," in said
    assert "26.6%" in said
    assert "inside" in similar_risk_note(similar(share), 0.266)
    assert "below" in similar_risk_note(similar(share), 0.1)
    assert "above" in similar_risk_note(similar(share), 0.7)


def test_withheld_share_is_said_and_not_compared() -> None:
    withheld = Estimate.suppressed("outcome_share", "Fewer than 11 people.")
    said = similar_sentence(similar(withheld), 0.2, OUTCOME)
    assert "withheld" in said
    assert similar_risk_note(similar(withheld), 0.2) == ""


def test_differences_carry_units_and_absences() -> None:
    table = difference_rows(similar(Estimate.suppressed("outcome_share", "few")), COLUMNS)
    assert table.iloc[0].tolist() == ["Waist", "140.0 cm", "96.0 cm", "+2.5 SD"]
    assert table.iloc[1].tolist() == ["Smokes", "yes", "no", "another level"]
    assert table.iloc[2].tolist() == ["Age", "not measured", "61 years", ""]
