"""Overrides by group of patients: shares, and what is withheld of them."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.core import Study
from explainers.subgroups.decisions import PatientDecision, compare_decisions
from explainers.subgroups.slices import divide_cohort
from explainers.uncertainty.wilson import proportion_interval

BY = "sex"


@pytest.fixture(scope="module")
def members(heart_study: Study) -> list[list[int]]:
    """Rows of each group of the heart cohort, by sex."""
    return [
        np.flatnonzero(member).tolist() for _, member in divide_cohort(heart_study.cohort, [BY])
    ]


def decide(rows: list[int], **counts: int) -> list[PatientDecision]:
    made, at = [], 0
    for kind, n in counts.items():
        reason = "wrong_input" if kind == "override" else ""
        made += [PatientDecision(row, kind, reason) for row in rows[at : at + n]]
        at += n
    return made


def test_a_share_is_of_those_agreed_with_or_overridden(
    heart_study: Study, members: list[list[int]]
) -> None:
    """Prevents those set aside, or never decided on, from entering the share overridden."""
    largest = max(members, key=len)
    others = min(members, key=len)
    made = decide(largest, override=15, agree=30, set_aside=12) + decide(
        others, override=11, agree=11
    )
    tables = compare_decisions(heart_study.cohort, BY, made)
    at = members.index(largest)
    estimate = tables.overridden.groups[at][1]
    wanted = proportion_interval(15, 45)
    assert (estimate.value, estimate.n) == (15 / 45, 45)
    assert (estimate.low, estimate.high) == (wanted.low, wanted.high)
    assert tables.overridden.overall.value == 26 / 67
    assert tables.decided.overall.n == len(heart_study.cohort)
    assert tables.reasons == (("wrong_input", 26),)


def test_few_overrides_are_withheld_and_with_them_what_gives_them_away(
    heart_study: Study, members: list[list[int]]
) -> None:
    """Prevents a count of 1 to 10 from following by subtraction from everybody's."""
    first, second = members[0], members[1]
    made = decide(first, override=20, agree=20) + decide(second, override=3, agree=20)
    tables = compare_decisions(heart_study.cohort, BY, made)
    told = [estimate for _, estimate in tables.overridden.groups]
    assert tables.overridden.overall.is_estimated
    assert [estimate.status for estimate in told[:2]] == ["suppressed", "suppressed"]
    assert all(estimate.n is None for estimate in told[:2])


def test_what_is_withheld_for_everybody_is_withheld_for_every_group(
    heart_study: Study, members: list[list[int]]
) -> None:
    """Prevents the one group with overrides from being told by who can count all of them."""
    made = decide(members[0], override=4, agree=40) + decide(members[1], agree=20)
    tables = compare_decisions(heart_study.cohort, BY, made)
    assert not tables.overridden.overall.is_estimated
    assert {estimate.status for _, estimate in tables.overridden.groups} == {"suppressed"}
    assert tables.reasons == ()


def test_undecided_patients_are_protected_too(heart_study: Study, members: list[list[int]]) -> None:
    """Prevents the few left undecided from following from a group's size, which is published."""
    rows = members[0]
    made = decide(rows, override=20, agree=len(rows) - 20 - 12 - 5, set_aside=12)
    tables = compare_decisions(heart_study.cohort, BY, made)
    for table in (tables.decided, tables.set_aside):
        assert table.groups[0][1].status == "suppressed"


def test_nobody_decided_is_not_a_share_of_zero(heart_study: Study) -> None:
    tables = compare_decisions(heart_study.cohort, BY, [])
    assert tables.overridden.overall.status == "not_estimable"
    assert tables.decided.overall.value == 0.0


def test_rare_reasons_are_withheld_with_the_next_smallest(
    heart_study: Study, members: list[list[int]]
) -> None:
    largest = max(members, key=len)
    made = decide(largest, override=45, agree=20)
    named = ["not_in_model"] * 25 + ["wrong_input"] * 15 + ["other"] * 5
    made = [
        PatientDecision(one.position, one.kind, named[at] if at < 45 else "")
        for at, one in enumerate(made)
    ]
    tables = compare_decisions(heart_study.cohort, BY, made)
    assert dict(tables.reasons) == {"not_in_model": 25, "wrong_input": None, "other": None}
