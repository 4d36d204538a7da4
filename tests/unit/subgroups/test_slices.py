"""Groups cover every patient exactly once, in the schema's order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explainers.core import Study
from explainers.errors import SchemaError, SettingsError
from explainers.subgroups import make_slices

MakeStudy = Callable[..., Study]


@pytest.mark.parametrize("by", [["sex"], ["site"], ["site", "sex"]])
def test_every_patient_is_in_exactly_one_group(
    by: list[str], make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    """A patient in no group is excluded silently; one in two is counted twice."""
    slices = make_slices(make_study(patients), by)
    assert (np.sum([is_member for _, is_member in slices], axis=0) == 1).all()


def test_order_is_the_schemas_with_missing_values_last(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    """An empty group stays in the list: that nobody of it was tested is a finding."""
    slices = make_slices(make_study(patients), ["site"])
    assert [place.label for place, _ in slices] == ["North", "South", "East", "Not recorded"]
    assert [int(is_member.sum()) for _, is_member in slices][2:] == [0, 60]


def test_not_recorded_appears_only_where_something_is_missing(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    slices = make_slices(make_study(patients), ["sex"])
    assert [place.label for place, _ in slices] == ["Female", "Male"]


def test_crossed_groups_name_both_attributes(make_study: MakeStudy, patients: pd.DataFrame) -> None:
    slices = make_slices(make_study(patients), ["sex", "age"])
    assert [place.label for place, _ in slices] == [
        "Female, Below 60",
        "Female, 60 and over",
        "Male, Below 60",
        "Male, 60 and over",
    ]
    assert slices[0][0].conditions == (("sex", "Female"), ("age", "Below 60"))


@pytest.mark.parametrize(
    ("by", "error", "rule"),
    [
        ([], SettingsError, "one or 2"),
        (["sex", "site", "age"], SettingsError, "one or 2"),
        (["sex", "sex"], SettingsError, "different attributes"),
        ("sex", SettingsError, "a list of names"),
        (["colour"], SchemaError, "no group of that name"),
    ],
)
def test_what_cannot_be_grouped_is_refused(
    by: list[str],
    error: type[Exception],
    rule: str,
    make_study: MakeStudy,
    patients: pd.DataFrame,
) -> None:
    with pytest.raises(error, match=rule):
        make_slices(make_study(patients), by)
