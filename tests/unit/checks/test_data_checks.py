"""Codes read as values, and patients who are in the data twice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explainers.checks import Inspection
from explainers.checks.duplicates import Duplicates
from explainers.checks.sentinel_codes import SentinelCodes, find_codes
from explainers.core import Column
from explainers.workspace import Workspace

Make = Callable[..., Inspection]
Draw = Callable[..., pd.DataFrame]
NUMBER = Column("value", "Value", "number")


def write_code(patients: pd.DataFrame, name: str, code: float, n: int) -> pd.DataFrame:
    changed = patients.copy()
    changed.loc[changed.index[:n], name] = code
    return changed


@pytest.mark.parametrize(
    ("name", "code", "n"),
    [("pressure", 999.0, 40), ("pressure", 0.0, 40), ("age", -9.0, 5), ("marker", 50.0, 30)],
)
def test_a_code_far_from_all_values_is_named(
    make_inspection: Make, draw: Draw, name: str, code: float, n: int
) -> None:
    result = SentinelCodes().run(make_inspection(write_code(draw(), name, code, n)))
    (finding,) = result.findings
    assert finding.severity == "high"
    assert f"{code:g} is read as a value" in finding.title
    assert finding.evidence[0].status == ("suppressed" if n < 11 else "estimated")


def test_a_code_among_the_training_patients_counts(make_inspection: Make, draw: Draw) -> None:
    training = write_code(draw(1000, 1), "pressure", 9999.0, 20)
    assert SentinelCodes().run(make_inspection(draw(), training)).outcome == "found"


@pytest.mark.parametrize("n", [0, 2])
def test_a_value_that_hardly_recurs_is_no_code(make_inspection: Make, draw: Draw, n: int) -> None:
    """Prevents one odd measurement from being taken for a code, and from being shown."""
    patients = write_code(draw(), "pressure", 999.0, n)
    assert SentinelCodes().run(make_inspection(patients)).outcome == "nothing found"


def test_two_codes_do_not_hide_each_other() -> None:
    minutes = np.concatenate([np.arange(0, 1440, 10.0), np.repeat([7777.0, 9999.0], 20)])
    assert find_codes(minutes, NUMBER) == [7777.0, 9999.0]


@pytest.mark.parametrize(
    "values",
    [
        np.repeat([0.0, 1.0, 2.0, 3.0], 100),
        np.concatenate([np.zeros(500), np.random.default_rng(0).exponential(20.0, 500)]),
        np.minimum(np.random.default_rng(1).normal(60, 20, 2000).round(), 80.0),
        np.repeat([0.0, 5.0, 6.0], 100),
        np.random.default_rng(2).lognormal(3.0, 1.5, 3000).round(),
        np.repeat([1.0], 100),
    ],
    ids=["scale", "many zeros", "top coded", "dose", "long tail", "constant"],
)
def test_scales_zeros_tails_and_caps_are_no_codes(values: np.ndarray) -> None:
    assert find_codes(values, NUMBER) == []


def test_a_usual_code_outside_the_valid_range_needs_no_gap() -> None:
    ages = np.concatenate([np.arange(20.0, 91.0), np.repeat(99.0, 5)])
    assert find_codes(ages, NUMBER) == []
    ranged = Column("age", "Age", "integer", valid_range=(18.0, 95.0))
    assert find_codes(ages, ranged) == [99.0]


def test_codes_that_the_schema_declares_are_no_values(workspace: Workspace) -> None:
    """Sitting time has 7777 and 9999, cholesterol 0: both schemas make them missing."""
    for name in ("diabetes-logistic", "heart-xgboost"):
        assert SentinelCodes().run(Inspection(workspace.open_study(name))).findings == ()


def test_a_model_without_numbers_has_no_codes(
    make_inspection: Make, draw: Draw, known_model: object
) -> None:
    smoker = type(known_model)(columns=(known_model.columns[3],), weights=(1.0,), centres=(0.0,))
    result = SentinelCodes().run(make_inspection(draw(50), model=smoker))
    assert result.outcome == "not applicable"


def copied(patients: pd.DataFrame, share: float) -> pd.DataFrame:
    n = int(share * len(patients))
    return pd.concat([patients.iloc[n:], patients.iloc[-n:]] if n else [patients])


@pytest.mark.parametrize(("share", "outcome"), [(0.03, "found"), (0.004, "nothing found")])
def test_copies_among_the_held_out_are_counted(
    make_inspection: Make, draw: Draw, share: float, outcome: str
) -> None:
    result = Duplicates().run(make_inspection(copied(draw(), share)))
    assert result.outcome == outcome
    for finding in result.findings:
        assert finding.severity == "medium"
        assert finding.evidence[0].value == pytest.approx(share)


@pytest.mark.parametrize(("n", "outcome"), [(200, "found"), (20, "nothing found")])
def test_held_out_patients_who_were_trained_on_are_found(
    make_inspection: Make, draw: Draw, n: int, outcome: str
) -> None:
    held_out = draw()
    training = pd.concat([draw(4000, 1), held_out.head(n)])
    result = Duplicates().run(make_inspection(held_out, training))
    assert result.outcome == outcome
    for finding in result.findings:
        assert finding.severity == "high"
        assert finding.evidence[0].value == pytest.approx(n / 4000)


def test_the_same_id_on_both_sides_is_found(make_inspection: Make, draw: Draw) -> None:
    first, second = make_inspection(draw(500)), make_inspection(draw(500, 1))
    mixed = Inspection(first.study, training=second.study.cohort)
    (finding,) = Duplicates().run(mixed).findings
    assert "id of a training patient" in finding.explanation


@pytest.mark.parametrize("seed", range(5))
def test_people_alike_by_chance_are_no_copies(make_inspection: Make, draw: Draw, seed: int) -> None:
    """Prevents few answers in few columns from passing for copies: half of these are alike."""
    parts = [
        draw(3000, part).assign(
            age=lambda table: (table["age"] / 10).round() * 10,
            pressure=lambda table: (table["pressure"] / 20).round() * 20,
            marker=lambda table: table["marker"].round(),
        )
        for part in (seed, seed + 100)
    ]
    assert parts[0].duplicated().mean() > 0.4
    assert Duplicates().run(make_inspection(*parts)).findings == ()


def test_the_two_pairs_of_the_heart_cohort_are_too_few(workspace: Workspace) -> None:
    assert Duplicates().run(Inspection(workspace.open_study("heart-xgboost"))).findings == ()


def test_columns_of_few_values_cannot_tell_copies(make_inspection: Make, draw: Draw) -> None:
    patients = draw(200).assign(age=50, pressure=130.0, marker=0.0, site="A", origin="North")
    result = Duplicates().run(make_inspection(patients))
    assert result.outcome == "not applicable"
    assert "chance" in result.reason
