from __future__ import annotations

import numpy as np
import pytest

from explainers.alternatives import WhatIf, find_relations, rescore
from explainers.core import Study
from explainers.errors import SettingsError

PATIENT = "NH-00002"


def value_of(study: Study, row: np.ndarray, feature: str) -> float:
    return float(row[study.model.feature_names.index(feature)])


def test_after_is_what_the_model_says_of_the_edited_record(nhanes_study: Study) -> None:
    """Prevents the old prediction being shown after an edit."""
    frame = nhanes_study.cohort.select([PATIENT]).frame.copy()
    frame["hdl_cholesterol_mg_dl"] = 90.0
    frame["low_mood"] = frame["low_mood"].cat.set_categories(frame["low_mood"].cat.categories)
    frame.loc[PATIENT, "low_mood"] = "Several days"
    expected = nhanes_study.model.predict_risk(frame)[0]
    result = rescore(
        nhanes_study, PATIENT, {"hdl_cholesterol_mg_dl": 90, "low_mood": "Several days"}
    )
    assert result.risk_after == pytest.approx(expected, abs=1e-12)
    assert result.risk_before == pytest.approx(
        nhanes_study.risk[nhanes_study.cohort.patient_ids.index(PATIENT)]
    )
    assert WhatIf.from_dict(result.to_dict()).to_dict() == result.to_dict()


def test_value_already_held_is_no_change(nhanes_study: Study) -> None:
    row = nhanes_study.rows_of([PATIENT])[0]
    held = value_of(nhanes_study, row, "systolic_mmhg")
    result = rescore(nhanes_study, PATIENT, {"systolic_mmhg": held})
    assert result.changes == ()
    assert result.risk_before == result.risk_after


def test_missing_is_a_value_too(nhanes_study: Study) -> None:
    result = rescore(nhanes_study, PATIENT, {"hdl_cholesterol_mg_dl": None})
    assert result.changes[0].after is None
    columns = {column.name: column for column in nhanes_study.model.columns}
    assert result.changes[0].in_words(columns["hdl_cholesterol_mg_dl"])[1] == "not measured"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"age_years": 30}, "Age is not something"),
        ({"weight_kg": 1000}, "between 30 and 300"),
        ({"weight_kg": "heavy"}, "must be a number"),
        ({"weight_kg": float("nan")}, "must be a number"),
        ({"weight_kg": True}, "must be a number"),
        ({"systolic_mmhg": 120.5}, "whole number"),
        ({"low_mood": "sometimes"}, "one of its levels"),
        ({"race": "x"}, "only a feature of the model"),
    ],
)
def test_unfit_values_are_refused(
    nhanes_study: Study, changes: dict[str, float | str], rule: str
) -> None:
    with pytest.raises(SettingsError, match=rule):
        rescore(nhanes_study, PATIENT, changes)


def test_fixed_inputs_change_only_when_asked(nhanes_study: Study) -> None:
    result = rescore(nhanes_study, PATIENT, {"age_years": 30}, allow_fixed=True)
    assert result.changes[0].after == 30.0
    with pytest.raises(SettingsError, match="between 20 and 80"):
        rescore(nhanes_study, PATIENT, {"age_years": 5}, allow_fixed=True)


def test_weight_without_body_mass_index_is_warned_about(nhanes_study: Study) -> None:
    """Prevents the model being asked about a patient whose numbers contradict each other."""
    row = nhanes_study.rows_of([PATIENT])[0]
    weight, height = (value_of(nhanes_study, row, name) for name in ("weight_kg", "height_cm"))
    lighter = weight - 15
    alone = rescore(nhanes_study, PATIENT, {"weight_kg": lighter})
    fitting = round(lighter / (height / 100) ** 2, 1)
    assert any(f"would be {fitting} kg/m²" in warning for warning in alone.warnings)
    both = rescore(nhanes_study, PATIENT, {"weight_kg": lighter, "bmi_kg_m2": fitting})
    assert not any("follows from" in warning for warning in both.warnings)


def test_value_that_nobody_has_is_warned_about(nhanes_study: Study) -> None:
    result = rescore(nhanes_study, PATIENT, {"sedentary_minutes_per_day": 1400})
    assert any("outside what nearly all" in warning for warning in result.warnings)


def test_relations_are_found_and_chance_correlation_is_not(
    nhanes_study: Study, heart_study: Study
) -> None:
    """Prevents waist and weight, merely correlated, being taken for one another."""
    (relation,) = find_relations(nhanes_study.matrix, nhanes_study.model.columns)
    names = {nhanes_study.model.feature_names[at] for at in relation.members}
    assert names == {"bmi_kg_m2", "weight_kg", "height_cm"}
    assert relation.is_product
    assert find_relations(heart_study.matrix, heart_study.model.columns) == ()


def test_sum_relation_is_found_and_solved() -> None:
    from explainers.core import Column  # noqa: PLC0415

    rng = np.random.default_rng(0)
    parts = rng.normal(size=(300, 3))
    matrix = np.column_stack([parts, parts[:, 0] + 2 * parts[:, 1]])
    columns = [Column(name, name, "number") for name in "abcd"]
    (relation,) = find_relations(matrix, columns)
    assert relation.members == (0, 1, 3)
    np.testing.assert_allclose(relation.solve(matrix, 1), matrix[:, 1], atol=1e-9)
    assert not relation.is_broken(matrix[0])
    assert relation.is_broken(matrix[0] + [0, 0, 0, 0.5])
    assert not relation.is_broken(np.array([np.nan, 1.0, 1.0, 1.0]))
