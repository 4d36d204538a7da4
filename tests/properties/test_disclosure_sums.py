"""An attacker who reads several files of released sums of the same patients.

Files differ by attribute, by the thresholds that somebody asked for, by the bins that somebody made
wider before the release, and by the floor.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from explainers.core import Study
from explainers.disclosure import SMALLEST_CELL
from explainers.subgroups.sums import release, sum_study
from tests.properties.disclosure_attacker import (
    DECLARED,
    EVENT,
    OTHER,
    Attacker,
    attacker_of,
    draw_patients,
    groups_between,
    study_of,
)
from tests.properties.disclosure_screens import CHOICES, learn_bins, read_tables, sides_of


@dataclass(frozen=True)
class Asked:
    """A file that somebody asks for."""

    by: tuple[str, ...] = ("first",)
    thresholds: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    floor: int = SMALLEST_CELL


ATTRIBUTES = tuple(Asked(by) for by in CHOICES)
OTHERWISE = (
    Asked(thresholds=(0.41,)),
    Asked(("second",), thresholds=(0.36, 0.63)),
    Asked(floor=15),
    Asked(edges=(0.0, DECLARED, 1.0)),
    Asked(("second",), thresholds=(0.36,), edges=(0.0, 0.36, DECLARED, 1.0)),
)


def written(study: Study, asked: Asked) -> dict[str, Any]:
    sums = sum_study(study, asked.by, asked.thresholds)
    if asked.edges:
        sums = sums.coarsened(asked.edges)
    found: dict[str, Any] = json.loads(json.dumps(sums.suppressed(asked.floor).to_dict()))
    return found


def read(attacker: Attacker, file: Mapping[str, Any]) -> None:
    rows = [({}, file["everybody"], file["edges"])]
    rows += [(one["slice"], one, file["group_edges"]) for one in file["groups"]]
    for conditions, one, edges in rows:
        if one["withheld"]:
            continue
        for kind, name in ((EVENT, "events"), (OTHER, "others")):
            attacker.learn(attacker.people(conditions, [kind]), one[name]["n"])
        if "bins" in one:
            events, others = map(np.asarray, one["bins"])
            learn_bins(attacker, conditions, np.array(edges), events, others)


def attack(seed: int, n: int, files: Sequence[Asked]) -> list[tuple[object, float]]:
    patients = draw_patients(seed, n).assign(extra=1.0)
    study = study_of(patients)
    found = [written(study, asked) for asked in files]
    edges = {edge for one in found for edge in (*one["edges"], *one["group_edges"])}
    attacker = attacker_of(patients, (edges | {DECLARED}) - {0.0, 1.0})
    for one in found:
        read(attacker, one)
    for by in CHOICES:
        read_tables(attacker, study, by)
    ends = sides_of(attacker.edges)
    known = {*pairwise((0.0, *attacker.edges, 1.0)), *(end for end in ends if {0.0, 1.0} & {*end})}
    return attacker.pinned(groups_between(attacker, sorted(known), ((EVENT,), (OTHER,))))


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from((150, 300, 600)))
@example(4, 1500)
def test_no_small_count_follows_from_files_by_several_attributes(seed: int, n: int) -> None:
    """Prevents 8 people of a group by both attributes from following by subtraction of bins."""
    assert attack(seed, n, ATTRIBUTES) == []


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from((150, 300, 600)))
@example(0, 150)
@example(4, 600)
def test_no_small_count_follows_from_files_asked_for_otherwise(seed: int, n: int) -> None:
    """Prevents 3 people between 0.26 and 0.36 from following from another threshold's bins."""
    assert attack(seed, n, OTHERWISE) == []


def test_the_attacker_succeeds_where_edges_depend_on_what_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An attacker that never succeeds would prove nothing."""
    monkeypatch.setattr(release, "_universal", lambda edges, _: edges)
    files = [Asked(), OTHERWISE[-1]]
    assert 3.0 in [people for _, people in attack(0, 150, files)]


def test_bins_end_where_they_end_whatever_is_asked_for() -> None:
    """Prevents a file with a further threshold from having edges of its own."""
    study = study_of(draw_patients(0, 600).assign(extra=1.0))
    plain, *others = (written(study, one) for one in (Asked(), *OTHERWISE))
    assert DECLARED in plain["edges"]
    for one in others:
        assert set(one["edges"]) <= set(plain["edges"])
    assert others[1]["edges"] == plain["edges"]
    crossed = written(study, Asked(("first", "second")))
    assert set(crossed["group_edges"]) <= {0.0, DECLARED, 1.0}
