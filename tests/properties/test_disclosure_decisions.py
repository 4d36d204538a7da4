"""An attacker who writes down the decisions by patient group each month, and subtracts.

Decisions are only added here and never changed: then what is left of two months is people, and an
attacker who may take that for granted can do more than one who may not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explainers.core import Estimate, Slice
from explainers.subgroups.decisions import (
    DecisionTables,
    PatientDecision,
    compare_decisions,
    released_months,
)
from tests.properties.disclosure_attacker import LEVELS, draw_patients, every_group, study_of
from tests.properties.disclosure_cells import CellAttacker

N_MONTHS = 4
NEVER = "never"
ACTS = ("agree", "set_aside", "wrong_input", "other")
OVERRIDES = ACTS[2:]
PATHS = (NEVER, *(f"{act} {month}" for month in range(N_MONTHS) for act in ACTS))


def draw_paths(seed: int, patients: pd.DataFrame) -> pd.Series:
    """What was decided about each patient in which month; some months are busier than others."""
    rng = np.random.default_rng(seed)
    busy = rng.choice([0.0, 0.02, 0.1, 0.3], N_MONTHS)
    when = rng.choice(N_MONTHS + 1, len(patients), p=[*busy, 1 - busy.sum()] if busy.sum() < 1
                      else [*(busy / busy.sum()), 0.0])  # fmt: skip
    act = rng.choice(ACTS, len(patients), p=[0.5, 0.2, 0.2, 0.1])
    paths = [NEVER if at == N_MONTHS else f"{own} {at}" for own, at in zip(act, when, strict=True)]
    return pd.Series(paths, index=patients.index)


def standing(paths: pd.Series, month: int) -> list[PatientDecision]:
    """What stood at the end of a month."""
    made = []
    for position, path in enumerate(paths):
        act, _, when = path.partition(" ")
        if when and int(when) <= month:
            is_override = act in OVERRIDES
            made.append(PatientDecision(position, "override" if is_override else act,
                                        act if is_override else ""))  # fmt: skip
    return made


def known_by(month: int, acts: Sequence[str] = ACTS) -> list[str]:
    return [f"{act} {at}" for act in acts for at in range(month + 1)]


def read(attacker: CellAttacker, tables: DecisionTables, month: int) -> None:
    """Numbers of those overridden, agreed with, set aside and undecided, and of each reason."""
    for table, among, of in (
        (tables.overridden, ("agree", *OVERRIDES), OVERRIDES),
        (tables.set_aside, ACTS, ("set_aside",)),
        (tables.decided, None, ACTS),
    ):
        for place, one in ((Slice(), table.overall), *table.groups):
            who = attacker.cells_of(**dict(place.conditions))
            learn(attacker, who, one, month, (among, of))
    for reason, n in tables.reasons:
        if n is not None:
            attacker.learn(attacker.cells_of(path=known_by(month, (reason,))), n)


def learn(
    attacker: CellAttacker,
    who: np.ndarray,
    one: Estimate,
    month: int,
    parts: tuple[Sequence[str] | None, Sequence[str]],
) -> None:
    if one.n is None:
        return
    among, of = parts
    whole = who if among is None else who * attacker.cells_of(path=known_by(month, among))
    attacker.learn(whole, one.n)
    attacker.learn(who * attacker.cells_of(path=known_by(month, of)), (one.value or 0.0) * one.n)


def targets(attacker: CellAttacker) -> Iterator[tuple[object, np.ndarray]]:
    """Who of a group changed sides between two months, to what."""
    ends = (-1, *range(N_MONTHS))
    for conditions in every_group():
        who = attacker.cells_of(**conditions)
        for first, last in combinations(ends, 2):
            for acts in (("agree",), ("set_aside",), OVERRIDES, ("agree", *OVERRIDES), ACTS):
                paths = [f"{act} {at}" for act in acts for at in range(first + 1, last + 1)]
                yield (conditions, first, last, acts), who * attacker.cells_of(path=paths)


def attack(seed: int, n: int, *, shows_all: bool = False) -> list[tuple[object, float]]:
    patients = draw_patients(seed, n).assign(extra=1.0)
    paths = draw_paths(seed, patients)
    cohort = study_of(patients).cohort
    months = [standing(paths, month) for month in range(N_MONTHS)]
    attacker = CellAttacker(
        patients[[*LEVELS]].assign(path=paths), (), axes={**LEVELS, "path": PATHS}
    )
    for month in range(N_MONTHS) if shows_all else released_months(cohort, months):
        for by in LEVELS:
            read(attacker, compare_decisions(cohort, by, months[month]), month)
    return attacker.pinned(targets(attacker))


samples = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from((200, 500, 1200)))


@settings(max_examples=3, deadline=None)
@given(samples)
@example((4, 500))
def test_no_small_count_follows_from_the_decisions_of_all_months(sample: tuple[int, int]) -> None:
    """Prevents the table at the end of May from being subtracted from the one of June."""
    assert attack(*sample) == []


def test_the_attacker_succeeds_where_every_month_is_shown() -> None:
    """An attacker that never succeeds would prove nothing."""
    assert attack(4, 500, shows_all=True) != []
