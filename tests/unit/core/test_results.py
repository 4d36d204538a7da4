from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from explainers.core import (
    Attribution,
    CohortFacts,
    Column,
    Curve,
    Estimate,
    Provenance,
    Schema,
    Slice,
    SubgroupTable,
)
from explainers.core.provenance import installed_versions
from explainers.errors import SettingsError

PROVENANCE = Provenance("m", "c", "toy", 7, settings={"n": 3}, versions={"numpy": "2"})


def attribution(**changes: Any) -> Attribution:
    fields: dict[str, Any] = {
        "values": np.array([[0.1, -0.3, 0.05], [0.0, 0.2, 0.2]]),
        "baseline": np.array([0.2, 0.2]),
        "prediction": np.array([0.05, 0.6]),
        "scale": "risk",
        "feature_names": ("waist", "weight", "age"),
        "patient_ids": ("a", "b"),
        "method": "toy",
        "is_exact": True,
        "provenance": PROVENANCE,
        "feature_values": np.array([[90.0, np.nan, 40.0], [80.0, 70.0, 50.0]]),
        "std_error": np.array([[0.03, 0.04, 0.0], [0.0, 0.0, 0.1]]),
    }
    return Attribution(**{**fields, **changes})


SCHEMA = Schema(
    CohortFacts("ward", "Ward", ""),
    "id",
    (
        Column("waist", "Waist", "number", concept="Body size"),
        Column("weight", "Weight", "number", concept="Body size"),
        Column("age", "Age", "number"),
    ),
)


def test_the_residual_is_what_the_reasons_leave_over() -> None:
    np.testing.assert_allclose(attribution().residual(), [0.0, 0.0], atol=1e-12)
    shifted = attribution(prediction=np.array([0.15, 0.6]))
    np.testing.assert_allclose(shifted.residual(), [0.1, 0.0], atol=1e-12)


def test_concepts_keep_the_sum_and_the_residual() -> None:
    """Prevents a feature from being lost or counted twice when features are grouped."""
    grouped = attribution().by_concept(SCHEMA)
    assert grouped.feature_names == ("Body size", "age")
    np.testing.assert_allclose(grouped.values, [[-0.2, 0.05], [0.2, 0.2]])
    np.testing.assert_allclose(grouped.residual(), attribution().residual())
    assert grouped.std_error is not None
    assert grouped.std_error[0, 0] == pytest.approx(0.05)
    assert grouped.feature_values is None


def test_the_ranking_goes_by_size_and_not_by_sign() -> None:
    assert attribution().ranking().tolist() == [[1, 0, 2], [1, 2, 0]]


def test_one_patient_can_be_taken_out() -> None:
    one = attribution().patient("b")
    assert one.patient_ids == ("b",)
    np.testing.assert_array_equal(one.values, [[0.0, 0.2, 0.2]])
    with pytest.raises(SettingsError, match="'z'"):
        attribution().patient("z")


@pytest.mark.parametrize(
    "changes",
    [{"baseline": np.zeros(3)}, {"values": np.zeros((2, 2))}, {"std_error": np.zeros(3)}],
)
def test_shapes_that_do_not_fit_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="shape"):
        attribution(**changes)


def test_arrays_of_results_are_copies_that_cannot_be_changed() -> None:
    values = np.zeros((2, 3))
    made = attribution(values=values)
    values[0, 0] = 5
    assert made.values[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        made.values[0, 0] = 1


def test_the_frame_has_one_row_per_patient_and_feature() -> None:
    frame = attribution().to_frame()
    assert list(frame.columns) == ["patient_id", "feature", "value", "attribution", "std_error"]
    assert len(frame) == 6
    assert frame.iloc[4].tolist() == ["b", "weight", 70.0, 0.2, 0.0]


def through_json(record: Any) -> Any:
    return json.loads(json.dumps(record, allow_nan=False))


def test_an_attribution_survives_json() -> None:
    """Prevents a missing value from turning into text that no reader accepts."""
    for original in (attribution(), attribution(std_error=None, feature_values=None)):
        again = Attribution.from_dict(through_json(original.to_dict()))
        for name in ("values", "baseline", "prediction", "feature_values", "std_error"):
            first, second = getattr(original, name), getattr(again, name)
            assert (first is None) == (second is None)
            if first is not None:
                np.testing.assert_array_equal(first, second)
        assert again.provenance == original.provenance
        assert again.feature_names == original.feature_names


def test_curves_survive_json_and_refuse_ragged_bands() -> None:
    x = np.array([0.0, 0.5, 1.0])
    curve = Curve(x, x**2, "x", "y", 10, low=x, high=np.array([1.0, np.nan, 2.0]))
    again = Curve.from_dict(through_json(curve.to_dict()))
    np.testing.assert_array_equal(again.high, curve.high)
    assert list(curve.to_frame().columns) == ["x", "y", "low", "high"]
    assert Curve.from_dict(through_json(Curve(x, x, "", "", 1).to_dict())).low is None
    assert Curve(x, x, "", "", 1).to_frame()["low"].isna().all()
    with pytest.raises(SettingsError, match="shape"):
        Curve(x, x[:2], "x", "y", 10)


def test_estimates_say_whether_and_why_not() -> None:
    known = Estimate("auroc", 0.8, 0.7, 0.9, 100, 20, "DeLong")
    one_class = Estimate.not_estimable("auroc", "one class only", n=5, n_events=0)
    hidden = Estimate.suppressed("auroc", "fewer than 11 people")
    assert known.is_estimated
    assert known.width == pytest.approx(0.2)
    for absent in (one_class, hidden):
        assert not absent.is_estimated
        assert absent.value is None
        assert np.isnan(absent.width)
    assert hidden.n is None
    assert hidden.n_events is None
    for estimate in (known, one_class, hidden):
        assert Estimate.from_dict(through_json(estimate.to_dict())) == estimate
        assert len(estimate.to_frame()) == 1


def test_tables_survive_json_with_everybody_first() -> None:
    estimate = Estimate("auroc", 0.8, 0.7, 0.9, 100, 20, "DeLong")
    black_women = Slice((("race", "Black"), ("sex", "Female")))
    table = SubgroupTable("auroc", estimate, ((black_women, estimate),), "White")
    assert SubgroupTable.from_dict(through_json(table.to_dict())) == table
    assert table.to_frame()["group"].tolist() == ["Everybody", "Black, Female"]


def test_provenance_names_versions_and_time() -> None:
    fresh = Provenance("m", "c", "toy", 7)
    assert fresh.versions["numpy"] == np.__version__
    assert fresh.created_at.endswith("+00:00")
    assert Provenance.from_dict(through_json(fresh.to_dict())) == fresh
    assert installed_versions(("no-such-package",)) == {}
