"""An attacker who reads files: every cell with all its digits, and the same table at two floors."""

from __future__ import annotations

import io
import json
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.commands.groups import describe_table
from dashboard.view_models.groups import export_table
from explainers.core import Estimate, Study
from explainers.disclosure import SMALLEST_CELL, Decision, decide_suppression
from explainers.subgroups import compare_groups, released_thresholds
from tests.properties.disclosure_attacker import (
    DECLARED,
    Attacker,
    attacker_of,
    draw_patients,
    groups_between,
    study_of,
)
from tests.properties.disclosure_screens import CHOICES, SLUGS

FLOORS = (SMALLEST_CELL, 15)
SIDES = ((0.0, 1.0), (0.0, DECLARED), (DECLARED, 1.0))
# Fractions of two counts of these people are told apart by fewer digits than a file has.
_EXACT = 1e-12

samples = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from((100, 150, 300)))


def read_json(attacker: Attacker, study: Study, floor: int) -> None:
    """What ``pellucid groups --json`` writes at a floor."""
    for by in CHOICES:
        for table in compare_groups(study, by, SLUGS, floor=floor):
            for entry in json.loads(json.dumps(describe_table(table))):
                conditions, method = entry.pop("conditions"), entry.pop("method")
                del entry["group"]
                estimate = Estimate(**entry, interval_method=method)
                attacker.learn_estimate(conditions, estimate, DECLARED)


def attack_floors(study: Study, patients: pd.DataFrame) -> list[tuple[object, float]]:
    attacker = attacker_of(patients, (DECLARED,))
    for floor in FLOORS:
        read_json(attacker, study, floor)
    return attacker.pinned(groups_between(attacker, SIDES))


@settings(max_examples=1, deadline=None)
@given(samples)
# At a higher floor other groups were hidden for the sake of a third, so both files told of it.
@example((0, 150))
def test_no_small_count_follows_from_files_at_several_floors(sample: tuple[int, int]) -> None:
    """Prevents the floor, which anybody may raise, from being used to see behind another."""
    patients = draw_patients(*sample).assign(extra=1.0)
    assert attack_floors(study_of(patients), patients) == []


def test_the_attacker_succeeds_where_each_floor_is_decided_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An attacker that never succeeds would prove nothing."""
    patients = draw_patients(0, 150).assign(extra=1.0)
    monkeypatch.setattr("explainers.disclosure.suppression._nested", lambda own, _: own)
    assert attack_floors(study_of(patients), patients) != []


def small_fractions(content: str, n: int) -> list[tuple[str, Fraction]]:
    """Shares in a file of which a numerator, its complement or the denominator must be small.

    The count behind a share is some multiple of its lowest terms; all that fit are tried.
    """
    found = []
    for row in pd.read_csv(io.StringIO(content)).to_dict("records"):
        share = row["value"]
        if row["metric"] not in SLUGS or not 0.0 <= share <= 1.0:
            continue
        lowest = Fraction(share).limit_denominator(n)
        if abs(float(lowest) - share) > _EXACT:
            continue
        among = int(row["n"]) if pd.notna(row["n"]) else n
        multiples = range(1, among // lowest.denominator + 1)
        for part in (lowest.numerator, lowest.denominator - lowest.numerator):
            if not part:
                continue
            if all(part * times < SMALLEST_CELL for times in multiples):
                found.append((str(row["group"]), lowest))
    return found


def every_file(study: Study) -> list[str]:
    return [export_table(compare_groups(study, by, SLUGS), study) for by in CHOICES]


@settings(max_examples=4, deadline=None)
@given(samples)
def test_no_cell_of_a_file_is_a_fraction_of_a_few_people(sample: tuple[int, int]) -> None:
    """Prevents the digits of a share from telling the counts that are withheld beside it."""
    patients = draw_patients(*sample).assign(extra=1.0)
    study = study_of(patients)
    assert [one for file in every_file(study) for one in small_fractions(file, len(patients))] == []


def test_digits_tell_the_counts_of_a_table_that_withholds_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An attacker that never succeeds would prove nothing."""
    patients = draw_patients(0, 150).assign(extra=1.0)

    def show_all(*asked: object, **named: object) -> Decision:
        decision = decide_suppression(*asked, **named)  # type: ignore[arg-type]
        return Decision(
            dict.fromkeys(decision.overall, False),
            {name: hidden & False for name, hidden in decision.groups.items()},
            decision.floor,
        )

    monkeypatch.setattr(released_thresholds, "decide_suppression", show_all)
    found = [one for file in every_file(study_of(patients)) for one in small_fractions(file, 150)]
    assert found
