"""Two patients side by side: the differences of the contributions add up, or it is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution.registry import explain_patient
from explainers.attribution.two_patients import TwoPatients
from explainers.core import Attribution, Study
from explainers.errors import SettingsError


@pytest.fixture(scope="module")
def two(heart_study: Study) -> TwoPatients:
    first, second = heart_study.cohort.frame.index[:2]
    return TwoPatients(*(explain_patient(heart_study, str(one)) for one in (first, second)))


def test_differences_add_up_to_the_difference_of_the_risks(
    two: TwoPatients, heart_study: Study
) -> None:
    """Different reference patients for each would leave a part that no input answers for."""
    assert two.baseline_difference == 0.0
    assert abs(two.residual()) < 1e-12
    expected = heart_study.risk[0] - heart_study.risk[1]
    assert two.contribution_differences.sum() == pytest.approx(expected, abs=1e-12)
    assert two.by_concept(heart_study.cohort.schema).contribution_differences.sum() == (
        pytest.approx(expected, abs=1e-12)
    )


def test_the_largest_difference_comes_first_whatever_its_sign(two: TwoPatients) -> None:
    ordered = np.abs(two.contribution_differences)[two.ranking()]
    assert (np.diff(ordered) <= 0).all()


def test_the_order_of_the_two_turns_the_sign(two: TwoPatients) -> None:
    turned = TwoPatients(two.second, two.first)
    assert turned.contribution_differences == pytest.approx(-two.contribution_differences)
    assert turned.prediction_difference == -two.prediction_difference


def test_what_is_not_comparable_is_refused(two: TwoPatients) -> None:
    """Contributions of two models, or from two baselines, have no difference with a meaning."""
    other_model = replace(two.second.provenance, model_digest="other")
    other_reference = replace(two.second.provenance, reference_digest="other")
    for changed in (
        replace(two.second, scale="log-odds"),
        replace(two.second, method="lime"),
        replace(two.second, provenance=other_model),
        replace(two.second, provenance=other_reference),
        replace(two.second, feature_names=tuple(reversed(two.second.feature_names))),
    ):
        with pytest.raises(SettingsError, match="only by the same"):
            TwoPatients(two.first, changed)


def test_an_attribution_of_many_patients_is_refused(two: TwoPatients) -> None:
    record = two.first.to_dict()
    for name in ("values", "baseline", "prediction", "feature_values"):
        record[name] = record[name] * 2
    both = Attribution.from_dict({**record, "patient_ids": ["a", "b"]})
    with pytest.raises(SettingsError, match="one attribution each"):
        TwoPatients(both, two.second)


def test_it_reads_back_and_its_table_has_one_row_per_input(two: TwoPatients) -> None:
    again = TwoPatients.from_dict(two.to_dict())
    assert again.to_frame().equals(two.to_frame())
    frame = two.to_frame()
    assert list(frame["feature"]) == list(two.first.feature_names)
    assert frame["difference"].to_numpy() == pytest.approx(
        frame["first_attribution"] - frame["second_attribution"]
    )
