"""Importance by group: the right patients, the right differences, nobody recognisable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.attribution.linear_shap import LinearShap
from explainers.core import Attribution, Study
from explainers.subgroups.reasons import (
    ReleasedGroups,
    compare_importance,
    group_importance,
    release_groups,
    select_rows,
)


@pytest.fixture(scope="module")
def attribution(logistic_study: Study) -> Attribution:
    study = logistic_study
    return LinearShap().explain(study, study.matrix, study.cohort.patient_ids, "log-odds")


def test_each_group_has_the_mean_over_its_own_patients(
    logistic_study: Study, attribution: Attribution
) -> None:
    """Prevents a group from being shown another group's reasons."""
    groups = release_groups(logistic_study, "sex")
    rows = np.arange(len(logistic_study.cohort))
    found = group_importance(attribution, rows, groups)
    recorded = logistic_study.cohort.frame["sex"].astype(str).to_numpy()
    assert [group.label for group in found] == ["Female", "Male"]
    for group in found:
        own = np.abs(attribution.values[recorded == group.label])
        means = [estimate.value for estimate in group.table.estimates]
        np.testing.assert_allclose(means, own.mean(axis=0))
        assert group.table.n_patients == len(own)


def test_a_sample_keeps_patients_and_groups_together(
    logistic_study: Study, attribution: Attribution
) -> None:
    """Prevents the rows of a sample from being read as rows of the study."""
    rows = np.arange(5, len(logistic_study.cohort), 3)
    groups = release_groups(logistic_study, "sex")
    found = group_importance(select_rows(attribution, rows), rows, groups)
    recorded = logistic_study.cohort.frame["sex"].astype(str).to_numpy()[rows]
    for group in found:
        expected = np.abs(attribution.values[rows][recorded == group.label]).mean(axis=0)
        np.testing.assert_allclose([estimate.value for estimate in group.table.estimates], expected)


def test_the_difference_is_group_minus_reference_and_the_largest_comes_first(
    logistic_study: Study, attribution: Attribution
) -> None:
    groups = release_groups(logistic_study, "age")
    found = group_importance(attribution, np.arange(len(logistic_study.cohort)), groups)
    gaps = compare_importance(found, groups.reference)
    tables = {group.label: group.table for group in found}
    names = logistic_study.model.feature_names
    assert len(gaps) == (len(found) - 1) * len(names)
    first = gaps[0]
    at = names.index(first.feature)
    own = tables[first.group].estimates[at].value
    base = tables[groups.reference].estimates[at].value
    assert own is not None
    assert base is not None
    assert first.gap.value == pytest.approx(own - base)
    sizes = [abs(gap.gap.value or 0) for gap in gaps]
    assert sizes == sorted(sizes, reverse=True)


def test_without_its_reference_group_nothing_is_compared(
    logistic_study: Study, attribution: Attribution
) -> None:
    groups = release_groups(logistic_study, "sex")
    found = group_importance(attribution, np.arange(len(logistic_study.cohort)), groups)
    assert compare_importance(found, "nobody") == ()


def test_a_group_of_a_few_is_hidden_and_a_second_one_with_it(logistic_study: Study) -> None:
    """Prevents the few from being worked out as all patients less those shown."""
    recorded = logistic_study.cohort.frame["sex"].astype(str)
    women = recorded.index[recorded == "Female"][:200]
    men = recorded.index[recorded == "Male"][:10]
    cohort = logistic_study.cohort.select([*women, *men])
    groups = release_groups(replace(logistic_study, cohort=cohort), "sex")
    assert groups.labels == ()
    assert set(groups.hidden) == {"Female", "Male"}


@pytest.mark.parametrize("by", ["race", "sex", "age", "insurance", "income", "education"])
def test_no_single_group_is_hidden_alone(logistic_study: Study, by: str) -> None:
    groups: ReleasedGroups = release_groups(logistic_study, by)
    assert len(groups.hidden) != 1
    assert all(member.sum() >= 11 for member in groups.members)
