"""An attacker who reads the groups that a search found beside every table by group.

Slices overlap and nest, with one another and with the groups of the tables, and are counted in
either half of the patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explainers.core import Cohort, Column, Study
from explainers.performance.labelled_risk import LabelledRisk
from explainers.subgroups import compare_groups
from explainers.subgroups.discovery import (
    Discovery,
    FoundSlice,
    SearchSettings,
    SliceFigures,
    discover,
    discover_slices,
    figures,
    members_of,
)
from explainers.subgroups.discovery.halves import split_halves, strata_of
from explainers.subgroups.discovery.shown import CHOICES as SHOWN
from explainers.subgroups.discovery.shown import Patients, Shown
from tests.properties.disclosure_attacker import (
    DECLARED,
    EVENT,
    LEVELS,
    OTHER,
    ColumnModel,
    draw_patients,
    every_group,
    study_of,
)
from tests.properties.disclosure_cells import CellAttacker, unlike
from tests.properties.disclosure_screens import CHOICES

# Of slices made up to be shown as many as can be: the more there are, the more can be subtracted.
EAGER = SearchSettings(depth=2, margin=0.0, smallest_share=0.0, fewest_expected=11.0)
MARKS = (1.0, 2.0, 3.0)
MARK = Column("mark", "Mark", "number")
SLUGS = ("prevalence", "sensitivity", "specificity")
HALVES = {"searched": 0, "confirmed": 1}


@dataclass(frozen=True)
class MarkModel(ColumnModel):
    """Its risk is on record; the search looks at a mark that has something to do with it."""

    columns: tuple[Column, ...] = (MARK,)
    feature_names: tuple[str, ...] = ("mark",)


def draw_study(seed: int, n: int) -> tuple[Study, pd.DataFrame]:
    """Patients whose groups are ill more or less often than their risks say."""
    rng = np.random.default_rng(seed)
    patients = draw_patients(seed, n).drop(columns="extra")
    patients["mark"] = rng.choice(MARKS, n, p=rng.dirichlet([2.0] * len(MARKS)))
    codes = [pd.Categorical(patients[name], categories=LEVELS[name]).codes for name in LEVELS]
    shift = rng.normal(0, 0.25, (len(LEVELS["first"]), len(LEVELS["second"]), len(MARKS)))
    own = shift[codes[0], codes[1], patients["mark"].astype(int) - 1]
    patients["ill"] = np.where(rng.random(n) < np.clip(patients["risk"] + own, 0, 1), "yes", "no")
    base = study_of(patients.assign(extra=1.0))
    columns = (*(one for one in base.cohort.schema.columns if one.name != "extra"), MARK)
    schema = replace(base.cohort.schema, columns=columns)
    cohort = Cohort(base.cohort.frame.drop(columns="extra"), schema)
    study = Study(MarkModel(), cohort, cohort.select(["p0"]), "ill", DECLARED)
    return study, patients


def attacker_of(study: Study, patients: pd.DataFrame) -> CellAttacker:
    known = LabelledRisk.of(study.labels, study.risk)
    rows = split_halves(strata_of(known.is_event, known.risk >= DECLARED), study.seed)
    cells = patients[[*LEVELS, "mark"]].copy()
    cells["half"] = np.isin(np.arange(len(cells)), rows[1]).astype(int)
    cells["kind"] = np.where(patients["ill"] == "yes", EVENT, OTHER)
    cells["flagged"] = (patients["risk"] >= DECLARED).astype(int)
    axes = {**LEVELS, "mark": MARKS, "half": (0, 1), "kind": (EVENT, OTHER), "flagged": (0, 1)}
    return CellAttacker(cells, (DECLARED,), axes=axes)


def members(attacker: CellAttacker, study: Study, found: FoundSlice) -> np.ndarray:
    """Which cells a slice is made of, by its own description."""
    frame = attacker.cells[[*LEVELS, "mark"]].copy()
    for name, levels in LEVELS.items():
        frame[name] = pd.Categorical(frame[name], categories=list(levels))
    frame["risk"] = 0.5
    frame["ill"] = pd.Categorical(["no"] * len(frame), categories=["no", "yes"])
    frame.index = pd.Index([f"c{at}" for at in range(len(frame))])
    return members_of(found.traits, Cohort(frame, study.cohort.schema)).astype(float)


def read_tables(attacker: CellAttacker, study: Study) -> None:
    for by in CHOICES:
        tables = {table.metric: table for table in compare_groups(study, by, SLUGS)}
        first = tables["prevalence"]
        rows = [({}, {slug: own.overall for slug, own in tables.items()})]
        rows += [
            (dict(place.conditions), {slug: own.groups[at][1] for slug, own in tables.items()})
            for at, (place, _) in enumerate(first.groups)
        ]
        for conditions, own in rows:
            who = attacker.cells_of(**conditions)
            attacker.learn_cases(who, own["prevalence"])
            attacker.learn_sides(who, own)


def read_half(attacker: CellAttacker, who: np.ndarray, half: str, figures: SliceFigures) -> None:
    """Every count that the figures of one half give away."""
    here = attacker.cells_of(half=HALVES[half])
    own, rest = who * here, (1 - who) * here
    attacker.learn_cases(own, figures.oe_ratio)
    attacker.learn_cases(rest, figures.rest_oe_ratio)
    attacker.learn_sides(own, {"sensitivity": figures.sensitivity})
    attacker.learn_sides(rest, {"sensitivity": figures.rest_sensitivity})
    attacker.learn_cases(own * attacker.cells_of(flagged=0), figures.oe_below)
    missed = figures.missed_share
    if missed.n is not None and missed.n_events is not None:
        unfound = attacker.cells_of(kind=EVENT, flagged=0)
        attacker.learn(here * unfound, missed.n)
        attacker.learn(own * unfound, missed.n_events)


def targets_of(attacker: CellAttacker, slices: list[np.ndarray]) -> list[tuple[object, np.ndarray]]:
    """Groups, slices, what two of them share and what one has beyond the other, by all else."""
    groups = [attacker.cells_of(**conditions) for conditions in every_group()]
    known = [*groups, *slices]
    sides = [part for one in known for part in (one, 1 - one)]
    sets = unlike(
        [*sides, *(a * b for a, b in combinations(sides, 2)),
         *(a * b * c for a, b, c in combinations([p for s in slices for p in (s, 1 - s)], 3))]
    )  # fmt: skip
    parts = [
        attacker.cells_of(**kind, **side, **half)
        for kind in ({}, {"kind": EVENT}, {"kind": OTHER})
        for side in ({}, {"flagged": 0}, {"flagged": 1})
        for half in ({}, {"half": 0}, {"half": 1})
    ]
    return [(at, one * part) for at, one in enumerate(sets) for part in parts]


def attack(
    study: Study, patients: pd.DataFrame, discovery: Discovery
) -> list[tuple[object, float]]:
    attacker = attacker_of(study, patients)
    read_tables(attacker, study)
    slices = [members(attacker, study, found) for found in discovery.slices]
    for who, found in zip(slices, discovery.slices, strict=True):
        for half in HALVES:
            read_half(attacker, who, half, getattr(found, half))
    if discovery.slices:
        attacker.learn(attacker.cells_of(half=0), discovery.n_searched)
        attacker.learn(attacker.cells_of(half=1), discovery.n_confirming)
    return attacker.pinned(targets_of(attacker, slices))


samples = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from((400, 800)))


@settings(max_examples=2, deadline=None)
@given(samples)
# A slice that was the group hidden for the sake of another one gave that one away.
@example((2, 800))
# Two slices that overlap, with flags of either, gave those in both away.
@example((1, 800))
def test_no_small_count_follows_from_the_slices_beside_the_tables(sample: tuple[int, int]) -> None:
    """Prevents slices from being subtracted from groups, from each other, or half from whole."""
    study, patients = draw_study(*sample)
    assert attack(study, patients, discover_slices(study, EAGER)) == []


def show_everything(_: Patients, members: Sequence[object], __: object) -> tuple[Shown, ...]:
    return (SHOWN[0],) * len(members)


def test_the_attacker_succeeds_where_slices_are_not_held_against_the_tables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An attacker that never succeeds would prove nothing."""
    study, patients = draw_study(2, 800)
    monkeypatch.setattr(discover, "decide_slices", show_everything)
    assert attack(study, patients, discover_slices(study, EAGER)) != []


def test_the_attacker_succeeds_where_both_halves_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counts of the half searched complete those of the other one."""
    study, patients = draw_study(2, 400)
    assert attack(study, patients, discover_slices(study, EAGER)) == []
    monkeypatch.setattr(discover, "searched_figures", figures.slice_figures)
    assert attack(study, patients, discover_slices(study, EAGER)) != []
