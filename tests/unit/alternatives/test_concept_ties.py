from __future__ import annotations

import numpy as np
import pytest

from explainers.alternatives import describe_seen_patients
from explainers.alternatives.concept_ties import ConceptTie, find_concept_ties
from explainers.alternatives.followers import plan_followers
from explainers.alternatives.relations import find_relations
from explainers.core import Study
from explainers.core.arrays import FloatArray
from explainers.core.schema import Column

COLUMNS = tuple(
    Column(name, name, "number", concept=concept, actionable=True)
    for name, concept in (("weight", "size"), ("waist", "size"), ("sugar", "blood"))
)


def made_up_patients() -> FloatArray:
    """Waist is 20 + 0.9 x weight, give or take 5; sugar follows the weight too."""
    rng = np.random.default_rng(0)
    weight = rng.normal(80, 15, 800)
    waist = 20 + 0.9 * weight + rng.normal(0, 5, 800)
    return np.column_stack([weight, waist, weight + rng.normal(0, 1, 800)])


def ties_of(patients: FloatArray) -> dict[int, ConceptTie]:
    return {tie.position: tie for tie in find_concept_ties(patients, COLUMNS, ())}


def test_slope_and_spread_of_a_known_tie() -> None:
    """Prevents a tie in another unit, or one across clinical concepts."""
    ties = ties_of(made_up_patients())
    assert set(ties) == {0, 1}
    waist = ties[1]
    assert waist.others == (0,)
    assert waist.coefficients == pytest.approx([0.9], abs=0.03)
    assert waist.spread == pytest.approx(5, rel=0.1)
    assert waist.is_close
    assert waist.expected(np.array([[100.0, 0.0, 0.0]])) == pytest.approx([110], abs=1)


def test_torn_only_where_real_patients_are_not() -> None:
    """Prevents a waist that falls far below the weight, or the refusal of a nearer one."""
    waist = ties_of(made_up_patients())[1]
    usual, large = np.array([80.0, 92.0, 80.0]), np.array([80.0, 112.0, 80.0])
    changed = np.array([[80.0, 90.0, 80.0], [80.0, 78.0, 80.0], [80.0, 106.0, 80.0]])
    assert waist.is_torn(usual, changed, 0.95).tolist() == [False, True, True]
    assert waist.is_torn(large, changed, 0.95).tolist() == [False, False, False]
    assert not waist.is_torn(np.array([np.nan, 92, 80]), changed, 0.95).any()


def test_unrelated_inputs_of_a_concept_are_no_tie() -> None:
    """Prevents the limits of one blood value being taken from another that says nothing of it."""
    patients = np.random.default_rng(1).normal(size=(500, 3))
    assert find_concept_ties(patients, COLUMNS, ()) == ()
    assert find_concept_ties(made_up_patients()[:20], COLUMNS, ()) == ()


def test_one_leads_and_the_other_keeps_its_own_departure() -> None:
    """Prevents a patient whose waist becomes average when the weight changes."""
    patients = made_up_patients()
    row = np.array([90.0, 108.0, 90.0])
    plan = plan_followers(row, COLUMNS, (), find_concept_ties(patients, COLUMNS, ()))
    assert set(plan.of) == {0}
    (waist,) = plan.of[0]
    lighter = np.array([[80.0, 108.0, 90.0]])
    assert waist.solve(lighter) == pytest.approx([108 - 0.9 * 10], abs=0.3)
    assert waist.solve(row[None]) == pytest.approx([108])
    unknown = np.array([np.nan, 108.0, 90.0])
    assert not plan_followers(unknown, COLUMNS, (), find_concept_ties(patients, COLUMNS, ())).of


def test_weight_leads_body_size_in_the_survey(nhanes_study: Study) -> None:
    """Prevents a waist that leads, which would leave the weight where it is."""
    seen = describe_seen_patients(nhanes_study)
    names = nhanes_study.model.feature_names
    row = nhanes_study.matrix[~np.isnan(nhanes_study.matrix).any(axis=1)][0]
    columns = nhanes_study.model.columns
    plan = plan_followers(row, columns, seen.relations, seen.ties)
    assert {
        names[lead]: [names[each.position] for each in followers]
        for lead, followers in plan.of.items()
    } == {"weight_kg": ["bmi_kg_m2", "waist_cm"]}
    exact = find_relations(nhanes_study.matrix, columns)
    assert all(set(tie.others).isdisjoint({tie.position}) for tie in seen.ties)
    for tie in seen.ties:
        for relation in exact:
            assert tie.position not in relation.members or set(relation.members).isdisjoint(
                tie.others
            )
