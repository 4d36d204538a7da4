"""An attacker who asks for label choice with other outcomes, seeds and floors, and subtracts.

What is told of the selected of one ranking at two shares, whoever asked for it, are sets that hold
each other. So are an outcome and one that is it or something more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest

from explainers.core import Cohort, CohortFacts, Column, Condition, Grouping, Outcome, Schema
from explainers.errors import UnsupportedError
from explainers.models.bundle import Bundle
from explainers.models.recipe import Recipe
from explainers.models.training import train
from explainers.subgroups import label_choice
from explainers.subgroups.candidate_labels import RankedPatients, every_outcome, rank_by_outcomes
from explainers.subgroups.label_choice import LabelChoice, LabelSettings, compare_ranked
from explainers.subgroups.related_outcomes import cells_told_apart, related_pairs

N = 2400
SIDES = ("East", "West", "North")
SINGLE = ("told", "found", "visits")
CONDITIONS = {name: (Condition(name, equals="yes"),) for name in SINGLE}
EITHER = (*CONDITIONS["told"], *CONDITIONS["found"])
OUTCOMES = (
    Outcome("either", "Either", "have either", "now", EITHER),
    *(Outcome(name, name.title(), f"have {name}", "now", CONDITIONS[name]) for name in SINGLE),
)
SETS = (("told", "found"), ("told", "visits"), ("told", "either"), ("found", "either", "visits"))
Settings = dict[str, object]
# By what is counted and of how many people: how many they are.
Told = dict[tuple[object, ...], dict[int, float]]


def make_cohort() -> Cohort:
    """Illness drives all outcomes; scores are coarse, so that many are equal."""
    rng = np.random.default_rng(11)
    side = rng.choice(3, N, p=[0.45, 0.4, 0.15])
    illness = rng.normal(size=N).round(1)
    columns = {
        name: illness + rng.normal(size=N) - 0.8 * (side == 2) > cut
        for name, cut in zip(SINGLE, (1.4, 1.2, 1.0), strict=True)
    }
    recorded = {
        name: pd.Categorical(np.where(own, "yes", "no"), categories=["no", "yes"])
        for name, own in columns.items()
    }
    frame = pd.DataFrame(
        {
            "illness": illness,
            "side": pd.Categorical.from_codes(side, list(SIDES)),
            **recorded,
        },
        index=pd.Index([f"p{row}" for row in range(N)]),
    )
    # Few patients lack one outcome: they are told where n depends on who asks.
    frame.loc[frame.index[rng.random(N) < 0.006], "visits"] = np.nan
    schema = Schema(
        facts=CohortFacts("ward", "A ward", "Made-up patients."),
        patient_id="patient",
        columns=(
            Column("illness", "Illness", "number"),
            Column("side", "Side", "category", role="attribute", levels=SIDES),
            *(Column(name, name, "yes_no", role="outcome") for name in SINGLE),
        ),
        outcomes=OUTCOMES,
        groups=(Grouping("side", "Side", "side", "West", SIDES),),
    )
    return Cohort(frame, schema)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, RankedPatients]:
    texts = dict.fromkeys(("title", "purpose", "intended_users", "intended_patients"), "Tests.")
    recipe = Recipe(
        name="ward-logistic",
        version="0.1.0",
        **texts,
        cohort="ward",
        outcome="told",
        features=("illness",),
        seed=1,
        family="logistic",
        parameters={},
        test_fraction=0.5,
        n_folds=3,
        threshold=0.3,
        threshold_reason="A made-up weighing.",
    )
    cohort = make_cohort()
    bundle = train(recipe, cohort, tmp_path_factory.mktemp("models") / "ward")
    patients = rank_by_outcomes(bundle, cohort, ())
    # The models of one input would rank alike.
    rng = np.random.default_rng(3)
    scores = patients.scores + rng.normal(scale=0.8, size=patients.scores.shape)
    return bundle, replace(patients, scores=scores.round(1))


Answer = Callable[[Settings], LabelChoice]


def answers_now(trained: tuple[Bundle, RankedPatients]) -> Answer:
    bundle, patients = trained
    return lambda asked: compare_ranked(bundle, patients, LabelSettings(n_resamples=100, **asked))


def answers_by_set(trained: tuple[Bundle, RankedPatients]) -> Answer:
    """The ladder laid out from what is asked for alone."""
    bundle, patients = trained

    def answer(asked: Settings) -> LabelChoice:
        own = patients.only([patients.cohort.schema.outcome(name) for name in asked["outcomes"]])
        return compare_ranked(
            bundle, replace(own, beside=None), LabelSettings(n_resamples=100, **asked)
        )

    return answer


def counts_of(choice: LabelChoice) -> Iterator[tuple[tuple[object, ...], int, float | None]]:
    """What is counted, among how many selected, and the number of people that follows."""
    chosen, names = choice.n_selected, [label.outcome for label in choice.labels]
    for label in choice.labels:
        for name, part in zip(names, label.among, strict=True):
            yield ("among", label.outcome, name), chosen, part.value and part.value * chosen
    for one in choice.groups:
        parts = one.group.replace(" or ", ", ").split(", ")
        for name, share, need in zip(names, one.share, one.in_need, strict=True):
            yield ("group", name, *parts), chosen, share.value and share.value * chosen
            yield ("in need", *parts, name), choice.n, need.n_events
        yield ("size", *parts), choice.n, one.everybody.n_events
    for both in choice.overlaps:
        pair = sorted([both.first, both.second])
        yield ("both", *pair), chosen, both.share.value and both.share.value * chosen


def told_by(answer: Answer, asked: list[Settings]) -> Told:
    told: Told = {}
    for one in asked:
        for name, people, count in counts_of(answer(one)):
            if count is None:
                continue
            held = told.setdefault(name, {}).setdefault(people, count)
            assert held == pytest.approx(count), "one question has one answer"
    return told


def few_by_subtraction(told: Told) -> list[tuple[object, ...]]:
    """Counts of 1 to 10 people, told or left of two sets of which one holds the other."""
    found = []
    for name, by_people in told.items():
        counts = sorted(by_people.values())
        left = [*counts, *(larger - smaller for smaller, larger in combinations(counts, 2))]
        found += [(*name, round(few)) for few in left if 0.5 < few < 10.5]
    for at, other in permutations(told, 2):
        is_more = at[:-1] == other[:-1] and at[-1] == "either" and other[-1] in ("told", "found")
        if is_more and at[0] in ("among", "in need"):
            for people in told[at].keys() & told[other].keys():
                left_over = told[at][people] - told[other][people]
                found += [(*at, "not", other[-1])] if 0.5 < left_over < 10.5 else []
    return found


TOPS = (0.05, 0.1, 0.15, 0.2, 0.25)


def every_question(**further: object) -> list[Settings]:
    return [{"outcomes": own, "top": top, **further} for own in SETS for top in TOPS]


def test_answers_for_other_outcomes_cannot_be_subtracted(
    trained: tuple[Bundle, RankedPatients],
) -> None:
    """Prevents shares, groups or n that depend on which outcomes somebody looks at."""
    answer = answers_now(trained)
    assert few_by_subtraction(told_by(answer, every_question())) == []
    found = [answer({"outcomes": own}) for own in SETS]
    assert len({one.shares for one in found}) == 1
    assert len({one.n for one in found}) == 1
    assert len({tuple((own.group, own.is_hidden) for own in one.groups) for one in found}) == 1


def test_the_attacker_succeeds_where_each_set_has_a_ladder_of_its_own(
    trained: tuple[Bundle, RankedPatients],
) -> None:
    """An attacker that never succeeds would prove nothing."""
    told = told_by(answers_by_set(trained), every_question())
    found = few_by_subtraction(told)
    assert {name[0] for name in found} >= {"among", "group"}


@pytest.mark.parametrize("further", [{"seed": 5}, {"floor": 12}, {"floor": 25}])
def test_answers_for_another_seed_or_floor_cannot_be_subtracted(
    trained: tuple[Bundle, RankedPatients], further: Settings
) -> None:
    """Prevents equal scores in another order, and shares between those for 11 people."""
    answer = answers_now(trained)
    plain = [{"outcomes": SETS[0], "top": top} for top in TOPS]
    told = told_by(answer, [*plain, *({**one, **further} for one in plain)])
    assert few_by_subtraction(told) == []
    usual, other = answer(plain[0]), answer({**plain[0], **further})
    assert set(other.shares) <= set(usual.shares)
    parts = {one.group for one in usual.groups if one.is_hidden}
    assert parts <= {one.group for one in other.groups if one.is_hidden}


def test_equal_scores_in_another_order_would_be_another_answer(
    trained: tuple[Bundle, RankedPatients], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the seed would matter here, so that the test above proves something."""
    answer = answers_now(trained)
    usual = list(counts_of(answer({"outcomes": SETS[0]})))
    monkeypatch.setattr(label_choice, "TIES", 5)
    assert list(counts_of(answer({"outcomes": SETS[0]}))) != usual


def test_who_is_in_a_further_outcome_only_is_told_of_enough_people() -> None:
    """Prevents "either" less "told" from telling how few were found only."""
    told = np.array([1.0] * 40 + [0.0] * 60)
    found = np.array([0.0] * 30 + [1.0] * 15 + [0.0] * 55)
    labels = np.column_stack([told, found, np.maximum(told, found)])
    assert related_pairs(labels[:, :2]) == {}
    pairs = related_pairs(labels)
    assert pairs == {2: ((0, 1), (0, 2), (1, 2))}
    assert sorted(set(cells_told_apart(labels, pairs[2]).sum(axis=0))) == [0, 5, 10, 15, 30, 40, 55]
    assert related_pairs(labels[:, [0, 2]]) == {1: ((0, 1),)}


def test_an_outcome_that_differs_from_another_in_few_people_is_left_out(
    trained: tuple[Bundle, RankedPatients],
) -> None:
    bundle, _ = trained
    cohort = make_cohort()
    frame = cohort.frame.copy()
    others = np.flatnonzero((frame["told"] == "no").to_numpy())
    frame["found"] = frame["told"]
    frame.loc[frame.index[others[:12]], "found"] = "yes"
    alike = Cohort(frame, cohort.schema)
    assert every_outcome(alike.schema)[-1].name == "either"
    with pytest.raises(UnsupportedError, match="label bias untested"):
        rank_by_outcomes(
            replace(bundle, facts=replace(bundle.facts, training_cohort_digest=alike.digest)),
            alike,
            (alike.schema.outcome("either"),),
        )
