"""Whether two methods agree."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explainers.attribution.agreement import Agreement, compare_attributions
from explainers.core import Attribution, Provenance
from explainers.core.link import Scale
from explainers.errors import SettingsError

NAMES = ("a", "b", "c", "d", "e", "f")


def reasons(
    *values: float, scale: Scale = "risk", patients: tuple[str, ...] = ("p",)
) -> Attribution:
    return Attribution(
        values=np.tile(values, (len(patients), 1)),
        baseline=np.zeros(len(patients)),
        prediction=np.zeros(len(patients)),
        scale=scale,
        feature_names=NAMES[: len(values)],
        patient_ids=patients,
        method="made-up",
        is_exact=True,
        provenance=Provenance("m", "c", "made-up", 0),
    )


def test_each_measure_on_a_case_worked_by_hand() -> None:
    """Tops are a, -b, c and a, c, b: all shared, a in place, b with another sign."""
    found = compare_attributions(
        reasons(6, -5, 4, 0.3, 0.2, 0.1), reasons(6, 4, 5, 0.1, 0.2, 0.3), k=3
    )
    assert found.n_top == 3
    assert found.feature_agreement == 1
    assert found.rank_agreement == pytest.approx(1 / 3)
    assert found.sign_agreement == pytest.approx(2 / 3)
    assert found.signed_rank_agreement == pytest.approx(1 / 3)
    assert found.opposed == found.leading_opposed == ("b",)
    # Ranks 6 5 4 3 2 1 and 6 4 5 1 2 3: 1 - 6 * (0+1+1+4+0+4) / (6 * 35).
    assert found.rank_correlation == pytest.approx(1 - 60 / 210)
    assert (found.n_shared, found.n_same_sign) == (3, 2)


def test_the_same_reasons_agree_fully() -> None:
    found = compare_attributions(reasons(3, -2, 1, 0), reasons(3, -2, 1, 0))
    assert found.sign_agreement == found.signed_rank_agreement == 1
    assert found.rank_correlation == pytest.approx(1)
    assert not found.methods_disagree


def test_fewer_than_three_of_five_shared_reasons_are_a_disagreement() -> None:
    first = reasons(6, 5, 4, 3, 2, 0)
    assert not compare_attributions(first, reasons(6, 5, 4, 0, 0, 1)).methods_disagree
    assert compare_attributions(first, reasons(6, 5, 0, 0, 0, 1)).methods_disagree


def test_a_leading_reason_that_points_both_ways_is_a_disagreement() -> None:
    """The sentence would say "raises" where the other method shows "lowers"."""
    first, second = reasons(6, 5, 4, 3, 2), reasons(6, 5, -4, 3, 2)
    assert compare_attributions(first, second).methods_disagree
    trailing = reasons(6, 5, 4, 3, -2)
    found = compare_attributions(first, trailing)
    assert found.opposed == ("e",)
    assert not found.methods_disagree


def test_a_contribution_of_nothing_is_not_a_shared_reason() -> None:
    """Padding both lists with zeros in the same order would look like agreement."""
    found = compare_attributions(reasons(5, 0, 0, 0, 0, 0), reasons(0, 5, 0, 0, 0, 0))
    assert found.n_top == 1
    assert found.feature_agreement == 0
    assert found.methods_disagree
    found = compare_attributions(reasons(5, 0, 0, 0), reasons(5, 4, 3, 2))
    assert found.n_top == 4
    assert found.feature_agreement == found.sign_agreement == 0.25


def test_two_methods_that_see_no_reason_agree() -> None:
    found = compare_attributions(reasons(0, 0), reasons(0, 0))
    assert found.feature_agreement == 1
    assert math.isnan(found.rank_correlation)
    record = found.to_dict()
    assert record["rank_correlation"] is None
    assert math.isnan(Agreement.from_dict(record).rank_correlation)


def test_a_round_trip_through_plain_values_keeps_everything() -> None:
    found = compare_attributions(reasons(6, -5, 4), reasons(6, 4, 5))
    assert Agreement.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    ("second", "k"),
    [
        (reasons(1, 2, scale="log-odds"), 5),
        (reasons(1, 2, 3), 5),
        (reasons(1, 2, patients=("q",)), 5),
        (reasons(1, 2), 0),
    ],
)
def test_what_cannot_be_compared_is_refused(second: Attribution, k: int) -> None:
    """Risk beside log-odds, or two patients: a number would come out and mean nothing."""
    with pytest.raises(SettingsError):
        compare_attributions(reasons(1, 2), second, k)


def test_several_patients_at_once_are_refused() -> None:
    both = reasons(1, 2, patients=("p", "q"))
    with pytest.raises(SettingsError, match="one patient at a time"):
        compare_attributions(both, both)
