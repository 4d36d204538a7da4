"""What the choice of a label does, on cohorts whose answer is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.view_models.labels import export_table
from explainers.core import Cohort, CohortFacts, Column, Condition, Grouping, Outcome, Schema
from explainers.core.encoding import encode
from explainers.errors import NotFoundError, SettingsError, UnsupportedError
from explainers.models.bundle import Bundle
from explainers.models.recipe import Recipe
from explainers.models.training import train
from explainers.subgroups.candidate_labels import (
    RankedPatients,
    candidate_outcomes,
    rank_by_outcomes,
)
from explainers.subgroups.label_choice import (
    LabelChoice,
    LabelSettings,
    compare_labels,
    compare_ranked,
)
from explainers.workspace import Workspace

N = 3000
COST = Outcome("cost", "High cost", "cost much", "now", (Condition("cost", at_least=1.0),))
NEED = Outcome("need", "High need", "need much", "now", (Condition("need", at_least=1.0),))
EITHER = Outcome("either", "Either", "have either", "now", (*COST.any_of, *NEED.any_of))

Ward = tuple[Bundle, Cohort]


def schema_of(*outcomes: Outcome) -> Schema:
    return Schema(
        facts=CohortFacts("ward", "A ward", "Made-up patients."),
        patient_id="patient",
        columns=(
            Column("illness", "Illness", "number"),
            Column("access", "Access to care", "number"),
            Column("side", "Side of town", "category", role="attribute", levels=("East", "West")),
            Column("cost", "Cost", "number", role="outcome", unit="dollars"),
            Column("need", "Need", "number", role="outcome", unit="points"),
        ),
        outcomes=outcomes,
        groups=(Grouping("side", "Side", "side", "West", ("East", "West")),),
        digest=",".join(outcome.name for outcome in outcomes),
    )


def ward(bias: float, *, share_east: float = 0.5, outcomes: tuple[Outcome, ...]) -> Cohort:
    """Need follows illness alone; cost is need, less ``bias`` in the East."""
    rng = np.random.default_rng(5)
    east = rng.random(N) < share_east
    illness = rng.normal(size=N)
    need = illness + rng.normal(scale=0.05, size=N)
    cost = need - bias * east + rng.normal(scale=0.05, size=N)
    frame = pd.DataFrame(
        {
            "illness": illness,
            "access": np.where(east, -1.0, 1.0) + rng.normal(scale=0.05, size=N),
            "side": pd.Categorical(np.where(east, "East", "West"), categories=["East", "West"]),
            "cost": cost,
            "need": need,
        },
        index=pd.Index([f"p{row}" for row in range(N)]),
    )
    return Cohort(frame, schema_of(*outcomes))


def recipe() -> Recipe:
    texts = dict.fromkeys(("title", "purpose", "intended_users", "intended_patients"), "Tests.")
    return Recipe(
        name="ward-logistic",
        version="0.1.0",
        **texts,
        cohort="ward",
        outcome="cost",
        features=("illness", "access"),
        seed=1,
        family="logistic",
        parameters={},
        test_fraction=0.5,
        n_folds=3,
        threshold=0.3,
        threshold_reason="A made-up weighing.",
    )


@pytest.fixture(scope="module")
def make_ward(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Ward]:
    made: dict[tuple[object, ...], Ward] = {}

    def make(
        bias: float, *, share_east: float = 0.5, outcomes: tuple[Outcome, ...] = (COST, NEED)
    ) -> Ward:
        key = (bias, share_east, outcomes)
        if key not in made:
            cohort = ward(bias, share_east=share_east, outcomes=outcomes)
            directory = tmp_path_factory.mktemp("models") / "ward"
            made[key] = (train(recipe(), cohort, directory), cohort)
        return made[key]

    return make


Compare = Callable[..., LabelChoice]


@pytest.fixture(scope="module")
def compare(make_ward: Callable[..., Ward]) -> Compare:
    """Label choice on a ward, whose models are trained once for all questions."""
    ranked: dict[tuple[float, float], RankedPatients] = {}

    def answer(bias: float, share_east: float = 0.5, **asked: Any) -> LabelChoice:
        bundle, cohort = make_ward(bias, share_east=share_east)
        if (bias, share_east) not in ranked:
            ranked[bias, share_east] = rank_by_outcomes(bundle, cohort, (COST, NEED))
        settings = LabelSettings(**{"n_resamples": 100, **asked})
        return compare_ranked(bundle, ranked[bias, share_east], settings)

    return answer


@pytest.fixture(scope="module")
def biased(make_ward: Callable[..., Ward]) -> LabelChoice:
    return compare_labels(*make_ward(2.0), LabelSettings(n_resamples=200))


def group(choice: LabelChoice, label: str) -> tuple[float, ...]:
    """Share by cost, by need model, by recorded need, after the swap."""
    found = next(one for one in choice.groups if one.group == label)
    estimates = (*found.share, found.recorded_need, found.swap)
    return tuple(-1.0 if one.value is None else one.value for one in estimates)


def test_a_planted_label_bias_comes_out_as_large_as_it_was_planted(biased: LabelChoice) -> None:
    """With cost two units lower at equal need, 1% of the top tenth by cost are from the East.

    For normal illness the threshold t solves half of P(z > t) + P(z > t + 2) = 0.1, so the East
    holds 1.1% of those selected by cost and its half of those selected by need.
    """
    by_cost, by_need, by_recorded, _ = group(biased, "East")
    assert by_cost == pytest.approx(0.011, abs=0.02)
    assert by_need == pytest.approx(0.5, abs=0.1)
    assert by_recorded == pytest.approx(by_need, abs=0.06)
    east = next(one for one in biased.groups if one.group == "East")
    assert east.change.low is not None
    assert east.change.low > 0.3
    assert biased.largest_change is east


def test_the_one_way_swap_goes_beyond_ranking_by_need() -> None:
    """On NMES the swap raises the share far above that of ranking everybody by recorded need.

    One figure without the other would mislead; that the two are told apart is the point.
    """
    workspace = Workspace()
    bundle = workspace.load_bundle("nmes-visits-xgboost")
    cohort = workspace.load_cohort("nmes_1988")
    settings = LabelSettings(top=0.2, by="race", n_resamples=200)
    choice = compare_labels(bundle, cohort, settings)
    assert [label.outcome for label in choice.labels] == ["visits", "chronic", "need"]
    by_visits, by_chronic, by_index, by_recorded, by_swap = group(choice, "Black")
    assert 0.05 < by_visits < 0.14
    assert by_chronic > by_visits + 0.05
    assert by_index > by_visits + 0.05
    assert by_recorded < by_chronic
    assert by_swap > by_recorded + 0.1
    assert choice.measure.label == "Chronic conditions"


def test_without_bias_both_labels_select_alike(compare: Compare) -> None:
    """A comparison that found a difference here would find one in every cohort."""
    choice = compare(0.0, n_resamples=200)
    east = next(one for one in choice.groups if one.group == "East")
    assert east.change.low is not None
    assert east.change.high is not None
    assert east.change.low <= 0.0 <= east.change.high
    overlap = choice.overlaps[0].share
    assert overlap.status == "suppressed" or (overlap.value or 0.0) > 0.9


def test_mean_need_at_equal_risk_is_higher_where_cost_is_lower(biased: LabelChoice) -> None:
    """The curve that shows the bias: at equal predicted cost the East is sicker."""
    ends = {
        one.group: np.interp(60.0, one.curve.x, one.curve.y)
        for one in biased.curves
        if one.outcome == "cost"
    }
    assert ends["East"] > ends["West"] + 1.0
    by_need = {
        one.group: np.interp(60.0, one.curve.x, one.curve.y)
        for one in biased.curves
        if one.outcome == "need"
    }
    assert by_need["East"] == pytest.approx(by_need["West"], abs=0.25)


def test_only_the_label_differs_between_the_models(make_ward: Callable[..., Ward]) -> None:
    """Trained for its own outcome the recipe gives the bundle's own scores again."""
    bundle, cohort = make_ward(2.0)
    patients = rank_by_outcomes(bundle, cohort, (COST, NEED))
    assert patients.cohort.patient_ids == bundle.test_patient_ids
    own = bundle.model.score(encode(patients.cohort.frame, bundle.model.columns))
    np.testing.assert_array_equal(patients.scores[:, 0], own)
    assert patients.n_train == N - len(bundle.test_patient_ids)


def test_a_group_with_a_small_count_is_nowhere(compare: Compare) -> None:
    """Few of the East are selected by cost; the West would give them away."""
    choice = compare(2.0, 0.05)
    assert all(one.is_hidden for one in choice.groups)
    assert choice.curves == ()
    assert choice.largest_change is None
    text = json.dumps([one.to_dict() for one in choice.groups])
    assert "Withheld" in text
    for one in choice.groups:
        assert one.swap.value is one.recorded_need.value is one.change.value is None
        assert {part.value for part in (*one.share, *one.rate, *one.in_need)} == {None}


@pytest.mark.parametrize(("bias", "top"), [(2.0, 0.1), (0.4, 0.02), (0.0, 0.02)])
def test_no_shown_share_gives_a_small_count_away(compare: Compare, bias: float, top: float) -> None:
    """Shares times what they are shares of: each must be of nobody or of 11 people or more."""
    choice = compare(bias, top=top)
    counts: list[float] = []
    for one in choice.groups:
        size = (one.everybody.value or 0.0) * choice.n
        shown = [part for part in (*one.share, one.recorded_need, one.swap) if part.is_estimated]
        selected = [(part.value or 0.0) * choice.n_selected for part in shown]
        counts += [*selected, *(size - own for own in selected if size)]
        counts += [part.n_events or 0 for part in one.in_need]
    for overlap in choice.overlaps:
        both = (overlap.share.value or 0.0) * choice.n_selected
        counts += [both, choice.n_selected - both] if overlap.share.is_estimated else []
    for label in choice.labels:
        counts += [(part.value or 0.0) * choice.n_selected for part in label.among]
    assert [count for count in counts if 0.5 < count < 10.5] == []


def estimates_in(record: object) -> list[dict[str, Any]]:
    """Every estimate anywhere in a JSON record."""
    if isinstance(record, dict):
        if "interval_method" in record:
            return [record]
        return [one for part in record.values() for one in estimates_in(part)]
    return (
        [one for part in record for one in estimates_in(part)] if isinstance(record, list) else []
    )


@pytest.mark.parametrize(("bias", "share_east"), [(2.0, 0.5), (0.4, 0.2), (2.0, 0.05)])
def test_no_cell_of_the_json_or_csv_gives_a_small_count_away(
    compare: Compare, bias: float, share_east: float
) -> None:
    """Prevents a column that the screen does not show from being the way to a small count."""
    choice = compare(bias, share_east)
    record = json.loads(json.dumps(choice.to_dict()))
    n, chosen = choice.n, choice.n_selected
    whole = {"selected_share": chosen, "events_among_selected": chosen, "overlap": chosen}
    counts = [n, chosen, n - chosen]
    for one in estimates_in(record):
        if one["status"] == "suppressed":
            assert {one[name] for name in ("value", "low", "high", "n", "n_events")} == {None}
            continue
        if one["n_events"] is not None:
            counts += [one["n_events"], one["n"] - one["n_events"]]
        if one["metric"] in whole and one["value"] is not None:
            selected = one["value"] * whole[one["metric"]]
            counts += [selected, chosen - selected]
    assert [count for count in counts if 0.5 < count < 10.5] == []
    rows = pd.read_csv(StringIO(export_table(choice)), comment="#")
    told = {one["value"] for one in estimates_in(record)}
    assert set(rows["value"].dropna()) <= told
    hidden = rows[rows["status"] == "suppressed"]
    assert hidden[["value", "low", "high", "n", "n_events"]].isna().all(axis=None)


def counts_told(choice: LabelChoice) -> dict[tuple[str, ...], float]:
    """Every number of selected people that follows from the figures of one result."""
    told: dict[tuple[str, ...], float] = {}
    for one in choice.groups:
        for label, part in zip(choice.labels, one.share, strict=True):
            told[one.group, label.outcome] = part.value or 0.0
        told[one.group, "recorded"] = one.recorded_need.value or 0.0
    for overlap in choice.overlaps:
        told["both", overlap.first, overlap.second] = overlap.share.value or 0.0
    for label in choice.labels:
        for other, part in zip(choice.labels, label.among, strict=True):
            told["with", label.outcome, other.outcome] = part.value or 0.0
            told["without", label.outcome, other.outcome] = 1.0 - (part.value or 1.0)
    return {name: value * choice.n_selected for name, value in told.items() if value}


@pytest.mark.parametrize("bias", [0.0, 0.4, 2.0])
def test_two_shares_do_not_tell_of_the_few_people_between_them(
    compare: Compare, bias: float
) -> None:
    """Prevents the results for the top 10% and the top 11% from being subtracted."""
    asked = [0.05, 0.09, 0.1, 0.11, 0.12, 0.14, 0.2, 0.21]
    choices = [compare(bias, top=top) for top in asked]
    assert {choice.top for choice in choices} <= set(choices[0].shares)
    assert [choice.asked for choice in choices] == asked
    told = [counts_told(choice) for choice in sorted(choices, key=lambda one: one.top)]
    between = [
        larger[name] - smaller[name]
        for smaller, larger in combinations(told, 2)
        for name in smaller.keys() & larger.keys()
    ]
    assert len(between) > 50
    assert [count for count in between if 0.5 < count < 10.5] == []


def test_a_result_reads_back_from_its_json(biased: LabelChoice) -> None:
    record = biased.to_dict()
    assert LabelChoice.from_dict(json.loads(json.dumps(record))).to_dict() == record


def test_the_same_seed_gives_the_same_figures(
    make_ward: Callable[..., Ward], biased: LabelChoice
) -> None:
    again = compare_labels(*make_ward(2.0), LabelSettings(n_resamples=200))
    assert [one.to_dict() for one in again.groups] == [one.to_dict() for one in biased.groups]


def test_one_outcome_is_said_to_be_untested(make_ward: Callable[..., Ward]) -> None:
    bundle, cohort = make_ward(0.0, outcomes=(COST,))
    with pytest.raises(UnsupportedError, match="label bias untested"):
        compare_labels(bundle, cohort, LabelSettings())


def test_an_outcome_that_holds_another_is_left_out_unless_asked_for() -> None:
    """Diabetes found by a test or told by a doctor answers neither question."""
    schema = schema_of(EITHER, COST, NEED)
    assert candidate_outcomes(schema) == (COST, NEED)
    assert candidate_outcomes(schema, ("either", "need")) == (EITHER, NEED)
    assert candidate_outcomes(schema_of(EITHER, COST)) == (EITHER, COST)


@pytest.mark.parametrize("asked", [("cost",), ("cost", "cost"), "cost"])
def test_fewer_than_two_outcomes_are_refused(asked: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError):
        candidate_outcomes(schema_of(COST, NEED), asked)


def test_patients_of_another_cohort_are_refused(make_ward: Callable[..., Ward]) -> None:
    """Its training patients could pass for held-out ones."""
    bundle, _ = make_ward(2.0)
    with pytest.raises(NotFoundError):
        compare_labels(bundle, make_ward(0.0)[1], LabelSettings())


@pytest.mark.parametrize("top", [0.0, 1.0, 0.001, 0.999])
def test_a_share_that_selects_nobody_or_too_few_is_refused(
    make_ward: Callable[..., Ward], top: float
) -> None:
    with pytest.raises(SettingsError):
        compare_labels(*make_ward(2.0), LabelSettings(top=top))


def test_settings_refuse_a_lower_floor() -> None:
    with pytest.raises(SettingsError):
        LabelSettings(floor=5)


def test_a_bundle_without_recipe_is_untested(
    make_ward: Callable[..., Ward], tmp_path: Path
) -> None:
    bundle, cohort = make_ward(2.0)
    bare = replace(bundle, facts=replace(bundle.facts, recipe={}), directory=tmp_path)
    with pytest.raises(UnsupportedError, match="label bias untested"):
        compare_labels(bare, cohort, LabelSettings())
