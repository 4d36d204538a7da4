"""An attacker who reads what the Model behaviour page and the checks tell beside the tables.

Marks stand for many people, yet marks of one input, of two and of groups can be subtracted, and
figures of everybody from those of patients with an outcome.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from dashboard.view_models import behaviour
from explainers.attribution.dependence import bin_dependence
from explainers.checks import Inspection, crossed_halves, read_off, shifts
from explainers.checks.label_proxy import LabelProxy
from explainers.checks.read_off import tell_apart
from explainers.checks.single_feature import estimate_feature_auroc
from explainers.core import Attribution, Column, Condition, Outcome, Provenance, Study
from explainers.core.arrays import IntArray
from explainers.disclosure import SMALLEST_CELL, round_people
from explainers.effects import pair
from explainers.effects.pair import estimate_effect_pair
from explainers.errors import UnsupportedError
from explainers.subgroups import compare_groups
from explainers.subgroups.reasons import ReleasedGroups, release_groups
from tests.properties.disclosure_attacker import (
    EXTRA,
    LEVELS,
    LINK,
    ColumnModel,
    draw_patients,
    study_of,
)

Rounding = Callable[[IntArray | int], IntArray]
FEATURES = (*(Column(n, n, "category", levels=LEVELS[n]) for n in LEVELS), EXTRA)
samples = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from((120, 300, 600)))


@dataclass(frozen=True)
class LevelModel(ColumnModel):
    """Its inputs are the attributes that groups are made by."""

    columns: tuple[Column, ...] = FEATURES
    feature_names: tuple[str, ...] = tuple(column.name for column in FEATURES)

    def score(self, matrix: np.ndarray) -> np.ndarray:
        return 0.1 + 0.2 * matrix[:, 0] + 0.3 * matrix[:, 1]

    def predict_risk(self, frame: pd.DataFrame) -> np.ndarray:
        return LINK.risk(np.full(len(frame), 0.5))


@dataclass
class Reader:
    """Bounds on how many people are in which level of both attributes, labelled, measured."""

    study: Study
    known: list[tuple[np.ndarray, float, float]] = field(default_factory=list)

    @cached_property
    def kinds(self) -> pd.DataFrame:
        frame = self.study.cohort.frame
        return pd.DataFrame(
            {
                **{name: frame[name].astype(str) for name in LEVELS},
                "is_labelled": self.study.is_labelled,
                "is_measured": frame["extra"].notna(),
            }
        )

    @cached_property
    def cells(self) -> pd.DataFrame:
        levels = [*LEVELS.values(), (True, False), (True, False)]
        return pd.MultiIndex.from_product(levels, names=list(self.kinds)).to_frame(index=False)

    @cached_property
    def truth(self) -> np.ndarray:
        counted = self.kinds.value_counts()
        return np.array([counted.get(tuple(cell), 0) for cell in self.cells.to_numpy()])

    def people(self, **conditions: object) -> np.ndarray:
        mask = np.ones(len(self.cells), dtype=bool)
        for name, wanted in conditions.items():
            mask &= (self.cells[name] == wanted).to_numpy()
        return mask.astype(float)

    def learn(self, who: np.ndarray, low: float, high: float) -> None:
        assert low <= who @ self.truth <= high, "a wrong equation"
        self.known.append((who, low, high))

    def learn_rounded(self, who: np.ndarray, told: int, rounding: Rounding) -> None:
        near = np.arange(max(told - 40, 0), told + 41)
        fits = near[rounding(near) == told]
        self.learn(who, fits.min(), fits.max())

    def pinned(self) -> list[tuple[object, float]]:
        rows, lows, highs = (np.array(part) for part in zip(*self.known, strict=True))
        found = []
        for name, who in self.wanted():
            if not 0 < who @ self.truth < SMALLEST_CELL:
                continue
            ends = []
            for sign in (1.0, -1.0):
                solved = milp(
                    sign * who,
                    constraints=LinearConstraint(rows, lows, highs),
                    bounds=Bounds(0.0, 5000.0),
                    integrality=np.ones(len(who)),
                )
                assert solved.success, solved.message
                ends.append(round(sign * solved.fun))
            if ends[0] > 0 and ends[1] < SMALLEST_CELL:
                found.append((name, who @ self.truth))
        return found

    def wanted(self) -> Iterator[tuple[object, np.ndarray]]:
        for first in ({}, *({"first": label} for label in LEVELS["first"])):
            for second in ({}, *({"second": label} for label in LEVELS["second"])):
                for kind in ({}, {"is_labelled": False}, {"is_measured": False}):
                    conditions = {**first, **second, **kind}
                    yield conditions, self.people(**conditions)


def contributions_of(study: Study) -> Attribution:
    n = len(study.cohort)
    return Attribution(
        study.matrix * np.array([0.2, 0.3, 0.0]) if n else study.matrix,
        np.zeros(n), np.zeros(n), "log-odds", study.model.feature_names,
        study.cohort.patient_ids, "made-up", is_exact=True,
        provenance=Provenance("m", "c", "made-up", 0), feature_values=study.matrix,
    )  # fmt: skip


def read_behaviour(reader: Reader, rounding: Rounding) -> None:
    """Files of dependence with each partner, and of effects, beside groups with an outcome."""
    study = reader.study
    found = np.nan_to_num(contributions_of(study).values)
    attribution = replace(contributions_of(study), values=found)
    reader.learn(reader.people(), len(study.cohort), len(study.cohort))
    for name in LEVELS:
        (table,) = compare_groups(study, (name,), ("prevalence",))
        for place, estimate in table.groups:
            if estimate.n is not None:
                who = reader.people(**dict(place.conditions), is_labelled=True)
                reader.learn(who, estimate.n, estimate.n)
        (other,) = set(LEVELS) - {name}
        for partner in ("", other):
            read_marks(reader, attribution, (name, partner), rounding)
        read_shares(reader, name, rounding)


def read_marks(
    reader: Reader, attribution: Attribution, of: tuple[str, str], rounding: Rounding
) -> None:
    found = bin_dependence(attribution, FEATURES, of[0], partner=of[1])
    if not found.series:
        return
    content = behaviour.dependence_export(found, FEATURES, reader.study)
    for row in pd.read_csv(io.StringIO(content)).to_dict("records"):
        own = {of[0]: LEVELS[of[0]][round(row["x"])]}
        partner = {} if not of[1] else {of[1]: str(row["series"]).rpartition(": ")[2]}
        reader.learn_rounded(reader.people(**own, **partner), int(row["n"]), rounding)


def read_shares(reader: Reader, name: str, rounding: Rounding) -> None:
    """The strip of an effect: shares of those who were measured, all of them here."""
    try:
        effect = estimate_effect_pair(reader.study, name).partial
    except UnsupportedError:
        return
    n = int(rounding(len(reader.study.cohort)))
    for level, share in zip(effect.levels, effect.density, strict=True):
        if share < 1.0:
            reader.learn_rounded(reader.people(**{name: level}), round(share * n), rounding)


def attack_behaviour(patients: pd.DataFrame, rounding: Rounding) -> list[tuple[object, float]]:
    reader = Reader(replace(study_of(patients), model=LevelModel()))
    read_behaviour(reader, rounding)
    return reader.pinned()


@settings(max_examples=3, deadline=None)
@given(samples)
def test_no_small_count_follows_from_how_the_model_behaves(sample: tuple[int, int]) -> None:
    """Prevents a level that has no mark from being everybody less those that have one."""
    assert attack_behaviour(draw_patients(*sample, share_unlabelled=0.1), round_people) == []


@pytest.mark.parametrize("step", [1, 10])
def test_the_attacker_succeeds_where_marks_tell_more(
    monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Exact numbers, and numbers rounded to tens: about 30 people of whom 24 have an outcome."""

    def rounding(counts: IntArray | int) -> IntArray:
        return np.asarray(np.round(np.asarray(counts) / step) * step, dtype=np.int64)

    for module in (behaviour, pair):
        monkeypatch.setattr(module, "round_people", rounding)
    assert attack_behaviour(draw_patients(0, 120, share_unlabelled=0.1), rounding) != []


def test_who_was_not_drawn_is_told_in_numbers_that_leave_nobody_over() -> None:
    """Prevents those who lack two inputs from being those who lack one less those not drawn."""
    study = replace(study_of(draw_patients(0, 300)), model=LevelModel())
    told = []
    for n_missing in (7, 37):
        values = np.where(np.arange(300)[:, None] < n_missing, np.nan, study.matrix)
        attribution = replace(
            contributions_of(study), values=np.zeros_like(values), feature_values=values
        )
        told.append(behaviour.dependence_notes(bin_dependence(attribution, FEATURES, "first")))
    assert told[0] == ()
    assert "about 40" in told[1][0]


def test_a_group_has_only_its_patients_with_an_outcome() -> None:
    """Prevents patients of a group who lack the outcome from being what two screens differ by."""
    study = study_of(draw_patients(0, 600, share_unlabelled=0.02))
    groups = release_groups(study, "first")
    (table,) = compare_groups(study, ("first",), ("prevalence",))
    sizes = {place.label: estimate.n for place, estimate in table.groups}
    assert groups.labels
    for label, members in zip(groups.labels, groups.members, strict=True):
        assert members.sum() == sizes[label]


def with_few_in_one_group(seed: int) -> pd.DataFrame:
    """Seven in one group, so that another is withheld for their sake; risks tell both apart."""
    patients = draw_patients(seed, 400).assign(first="c")
    patients.loc[:6, "first"] = "a"
    patients.loc[7:46, "first"] = "b"
    return patients.assign(risk=np.where(patients["first"] == "b", 0.91, 0.11))


def test_a_group_withheld_for_another_is_not_counted_by_a_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Prevents 7 people from being everybody less two groups, one of which a check counts."""
    study = study_of(with_few_in_one_group(0))
    (grouping, *_) = study.cohort.schema.groups
    (table,) = compare_groups(study, ("first",), ("prevalence",))
    shown = {place.label: estimate.n for place, estimate in table.groups}
    told = {one.label: one.auroc.n_events for one in tell_apart(Inspection(study), grouping, 0.95)}
    assert (shown["a"], shown["b"], told["a"], told["b"]) == (None,) * 4
    nothing_hidden = ReleasedGroups(LEVELS["first"], (), (), "a")
    monkeypatch.setattr(read_off, "release_groups", lambda *_: nothing_hidden)
    told = {one.label: one.auroc.n_events for one in tell_apart(Inspection(study), grouping, 0.95)}
    assert len(study.cohort) - (shown["c"] or told["c"]) - told["b"] == 7


def test_a_shifted_group_is_named_without_its_share() -> None:
    """Prevents the same 7 people from following from the share of the group that shifted."""
    now = replace(study_of(with_few_in_one_group(0)), model=LevelModel())
    then = with_few_in_one_group(1)
    then.loc[47:200, "first"] = "b"
    (shift,) = (
        one
        for one in shifts.find_shifts(now, replace(study_of(then), model=LevelModel()))
        if one.label == "first"
    )
    assert shift.difference.status == "suppressed"
    assert not any(sign.isdigit() for sign in shift.sentence)


@pytest.mark.parametrize("n_missing", [0, 5, 40])
def test_a_feature_alone_does_not_tell_how_few_were_not_measured(n_missing: int) -> None:
    """Prevents 5 people without a value from being all patients less those of a figure."""
    rng = np.random.default_rng(0)
    labels = np.repeat([1.0, 0.0], [100, 200])
    values = labels + 0.3 * rng.normal(size=300)
    values[labels == 1.0][:n_missing] = np.nan
    values[:n_missing] = np.nan
    found = estimate_feature_auroc(values, labels, Column("marker", "Marker", "number"))
    assert found.n == (None if n_missing == 5 else 300 - n_missing)
    assert (found.value == round(found.value or 0.0, 3)) == (n_missing == 5)


def test_the_digits_of_a_feature_of_two_values_do_not_tell_its_numerators() -> None:
    """Prevents 3 cases without, and 4 others with, a feature from being solved for."""
    labels = np.repeat([1.0, 0.0], [97, 203])
    values = labels.copy()
    values[:3], values[97:101] = 0.0, 1.0
    column = Column("sign", "Sign", "yes_no")
    exact = 0.5 + 0.5 * (94 / 97 - 4 / 203)
    found = estimate_feature_auroc(values, labels, column)
    assert found.n is None
    assert found.value == round(exact, 3) != exact


def test_pooled_patients_do_not_tell_of_few_in_training() -> None:
    """Prevents 4 training patients from being those of both parts less those held out."""

    def part(n_lacking: int) -> Study:
        patients = draw_patients(0, 400).assign(first="a", second="u", ill="yes")
        patients.loc[:199, "first"] = "b"
        patients.loc[:n_lacking, "ill"] = "no"
        patients.loc[200:219, "ill"] = "no"
        study = study_of(patients)
        other = Outcome("any", "Any", "are any", "now", (Condition("risk", at_least=0.0),))
        schema = study.cohort.schema
        cohort = replace(study.cohort, schema=replace(schema, outcomes=(*schema.outcomes, other)))
        return replace(study, cohort=cohort)

    for n_lacking, is_told in ((3, False), (119, True)):
        inspection = Inspection(part(119), training=part(n_lacking).cohort)
        assert bool(LabelProxy().run(inspection).findings) is is_told


def test_a_crossing_is_not_told_that_a_table_withholds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prevents a crossed group, withheld for another's sake, from being found by a check."""
    decided: list[bool] = []
    release = crossed_halves._is_released

    def watch(*asked: object) -> bool:
        decided.append(release(*asked))  # type: ignore[arg-type]
        return decided[-1]

    monkeypatch.setattr(crossed_halves, "_is_released", watch)
    n = 2000
    patients = draw_patients(1, n).assign(extra=1.0, second="v", first="c", risk=0.21)
    patients["ill"] = np.where(np.arange(n) % 5 == 0, "yes", "no")
    patients.loc[:1024, "second"] = "u"
    for first, last, label in ((0, 14, "a"), (15, 124, "b"), (1025, 1124, "a"), (1125, 1234, "b")):
        patients.loc[first:last, "first"] = label
    patients.loc[15:124, "ill"] = np.where(np.arange(110) % 4 == 0, "no", "yes")
    study = study_of(patients)
    assert crossed_halves.worst_crossing(study) is None
    assert decided
    assert not any(decided)
