"""Checks on a model's reasons: planted faults are found, clean and trivial ones are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from explainers.checks import Inspection
from explainers.checks.direction import Direction
from explainers.checks.lime_without_fit import LimeWithoutFit
from explainers.checks.methods_disagree import MethodsDisagree
from explainers.checks.reasons import reasons_method
from explainers.checks.scaffolding import Scaffolding
from explainers.checks.unstable_reasons import UnstableReasons, chance_overlap, least_overlap
from explainers.core import Column, Link, Schema
from explainers.core.encoding import encode
from explainers.core.study import Study
from explainers.reliability.rankings import set_overlap

Make = Callable[..., Inspection]
Draw = Callable[..., pd.DataFrame]
ALL = (Direction(), UnstableReasons(), MethodsDisagree(), LimeWithoutFit(), Scaffolding())


@dataclass(frozen=True, eq=False)
class RuleOnly:
    """A model that answers and shows nothing of how it does."""

    rule: Callable[[np.ndarray], np.ndarray]
    columns: tuple[Column, ...]
    link: Link = Link("log-odds")  # noqa: RUF009 - frozen
    name: str = "rule"
    version: str = "1"
    family: str = "rule"
    digest: str = "rule"

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def score(self, matrix: np.ndarray) -> np.ndarray:
        return self.rule(matrix)

    def predict_risk(self, frame: pd.DataFrame) -> np.ndarray:
        return self.link.risk(self.score(encode(frame, self.columns)))


def expecting(schema: Schema, **directions: Any) -> Schema:
    columns = tuple(
        replace(column, expected_direction=directions.get(column.name, ""))
        for column in schema.columns
    )
    return replace(schema, columns=columns)


@pytest.fixture
def clean(make_inspection: Make, draw: Draw, schema: Schema) -> Inspection:
    """An additive model whose inputs all point the expected way."""
    expected = expecting(schema, age="higher", pressure="higher", smoker="higher")
    inspection = make_inspection(draw(1000, 1), schema=expected)
    reference = inspection.study.cohort.select(inspection.study.cohort.patient_ids[:60])
    return replace(inspection, study=replace(inspection.study, reference=reference))


def with_rule(inspection: Inspection, rule: Callable[[np.ndarray], np.ndarray]) -> Inspection:
    study = inspection.study
    return replace(inspection, study=replace(study, model=RuleOnly(rule, study.model.columns)))


def noise(matrix: np.ndarray) -> np.ndarray:
    """Jumps up and down between neighbouring values, so that nothing near by tells anything."""
    return np.asarray(2 * np.sin(997.0 * (matrix[:, 0] + matrix[:, 1] + 9 * matrix[:, 2])))


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.code)
def test_a_clean_model_is_left_alone(clean: Inspection, check: Any) -> None:
    """Prevents a list that shows a problem everywhere."""
    result = check.run(clean)
    assert result.outcome == "nothing found", result.findings
    assert result.reason


def test_a_direction_against_knowledge_is_found_and_put_in_words(
    make_inspection: Make, draw: Draw, schema: Schema
) -> None:
    """Prevents the sign of the trend or of the expectation from being mixed up."""
    against = expecting(schema, age="lower", pressure="higher", smoker="lower")
    result = Direction().run(make_inspection(draw(1000, 1), schema=against))
    titles = {finding.title for finding in result.findings}
    assert titles == {
        "Age: the model raises the risk for higher values",
        "Smoker: the model raises the risk for “yes”",
    }
    for finding in result.findings:
        assert finding.severity == "medium"
        assert (finding.evidence[0].low or 0.0) > 0.0


def test_a_rise_has_its_unit_and_span(make_inspection: Make, draw: Draw, schema: Schema) -> None:
    """Prevents a slope per year from being called the rise from a low to a high age."""
    against = expecting(schema, age="lower")
    inspection = make_inspection(draw(1000, 1), schema=against)
    ages = inspection.study.matrix[:, 0]
    low, high = np.quantile(ages, [0.05, 0.95])
    (finding,) = Direction().run(inspection).findings
    assert finding.evidence[0].value == pytest.approx(0.05 * (high - low), abs=0.15)


def test_a_trivial_direction_is_no_finding(
    make_inspection: Make, draw: Draw, schema: Schema, known_model: Any
) -> None:
    """Prevents a tenth of a log-odds from being listed since it is sure."""
    faint = replace(known_model, weights=(-0.002, 0.02, 0.8, 0.5))
    expected = expecting(schema, age="higher", pressure="higher")
    inspection = make_inspection(draw(1000, 1), schema=expected, model=faint)
    assert Direction().run(inspection).outcome == "nothing found"


def test_an_input_that_goes_with_another_is_low(
    make_inspection: Make, draw: Draw, schema: Schema, known_model: Any
) -> None:
    """Prevents a direction that two collinear inputs have together from being lost or blamed."""
    patients = draw(1000, 1)
    patients["pressure"] = 80 + patients["age"]
    split = replace(known_model, weights=(-0.15, 0.05, 0.8, 0.5))
    expected = expecting(schema, age="higher", pressure="higher")
    (finding,) = Direction().run(make_inspection(patients, schema=expected, model=split)).findings
    assert finding.severity == "low"
    assert "Blood pressure" in finding.explanation


def test_an_input_whose_partner_carries_what_is_expected_is_no_finding(
    make_inspection: Make, draw: Draw, schema: Schema, known_model: Any
) -> None:
    """Prevents collinear inputs of a sound model from being called faults of their own."""
    patients = draw(1000, 1)
    patients["pressure"] = 80 + patients["age"]
    split = replace(known_model, weights=(-0.05, 0.15, 0.8, 0.5))
    expected = expecting(schema, age="higher", pressure="higher")
    inspection = make_inspection(patients, schema=expected, model=split)
    assert Direction().run(inspection).outcome == "nothing found"


@pytest.mark.parametrize(("n_reference", "outcome"), [(1, "found"), (100, "nothing found")])
def test_reasons_that_depend_on_the_draw_are_found(
    twelve: Callable[[int], Inspection], n_reference: int, outcome: str
) -> None:
    """Prevents reasons against one odd reference patient from passing as the patient's own."""
    result = UnstableReasons().run(twelve(n_reference))
    assert result.outcome == outcome
    if outcome == "found":
        assert result.findings[0].severity == "medium"
        assert result.findings[0].evidence[0].metric == "top_overlap"


def test_the_limit_of_unstable_reasons_lies_above_chance() -> None:
    """Prevents a limit that lists drawn at random hardly ever miss: five of ten share a third."""
    rng = np.random.default_rng(0)
    drawn = rng.random((2, 20_000, 10)).argsort(axis=2) < 5
    assert chance_overlap(10, 5) == pytest.approx(set_overlap(*drawn).mean(), abs=0.005)
    assert least_overlap(10, 5) == pytest.approx(0.350 + 0.650 * 3 / 7, abs=0.002)
    assert least_overlap(1000, 5) == pytest.approx(3 / 7, abs=0.002)


@pytest.fixture
def twelve(make_inspection: Make, known_model: Any, schema: Schema) -> Callable[[int], Inspection]:
    """Twelve inputs of equal weight, and so many reference patients."""
    names = tuple(f"input_{at}" for at in range(12))
    columns = tuple(Column(name, name, "number") for name in names)
    rng = np.random.default_rng(0)
    patients = pd.DataFrame(rng.standard_t(3, (400, 12)), columns=list(names))
    patients["ill"] = rng.choice(["no", "yes"], 400)
    model = replace(known_model, columns=columns, weights=(0.3,) * 12, centres=(0.0,) * 12)
    wide = replace(schema, columns=(*columns, *schema.columns[4:]))

    def build(n_reference: int) -> Inspection:
        inspection = make_inspection(patients, schema=wide, model=model)
        cohort = inspection.study.cohort
        reference = cohort.select(cohort.patient_ids[:n_reference])
        return replace(inspection, study=replace(inspection.study, reference=reference))

    return build


def test_lime_reasons_that_are_noise_are_found(twelve: Callable[[int], Inspection]) -> None:
    """Prevents reasons that a second run would not repeat from passing as stable."""
    jumpy = with_rule(twelve(50), lambda m: np.sin(1e5 * m.sum(axis=1)))
    (finding,) = UnstableReasons().run(jumpy).findings
    assert finding.severity == "low"
    assert finding.title.startswith("LIME")
    assert LimeWithoutFit().run(jumpy).findings[0].severity == "low"


def test_methods_that_disagree_are_found(twelve: Callable[[int], Inspection]) -> None:
    """Prevents a sentence of reasons that another method would contradict."""
    jumpy = with_rule(twelve(50), lambda m: np.sin(1e5 * m.sum(axis=1)))
    (finding,) = MethodsDisagree().run(jumpy).findings
    assert finding.severity == "medium"
    assert finding.evidence[0].metric == "disagreeing_share"
    figure = finding.evidence[0]
    # All or nearly all disagree: the few others are not to be counted by subtraction.
    assert figure.status == "suppressed" or figure.value == 1.0


def test_a_hidden_rule_is_found_and_its_input_named(make_inspection: Make, draw: Draw) -> None:
    """Prevents a model that recognises invented patients from showing them an innocent rule."""
    patients = draw(600, 1)
    patients["pressure"] = 80 + patients["age"]

    def hiding(matrix: np.ndarray) -> np.ndarray:
        is_real = np.abs(matrix[:, 1] - matrix[:, 0] - 80) < 8
        return np.where(is_real, 4 * matrix[:, 3] - 2, np.where(matrix[:, 2] > 0, 2.0, -2.0))

    (finding,) = Scaffolding().run(with_rule(make_inspection(patients), hiding)).findings
    assert finding.severity == "high"
    assert "Smoker" in finding.explanation
    honest = Scaffolding().run(make_inspection(patients))
    assert honest.outcome == "nothing found"


@pytest.mark.parametrize(("share", "outcome"), [(0.5, "found"), (0.03, "nothing found")])
def test_a_rule_hidden_in_part_is_found_and_a_trace_of_one_is_not(
    make_inspection: Make, draw: Draw, known_model: Any, share: float, outcome: str
) -> None:
    """Prevents half of the answer from being hidden unseen, and alarm at what changes nothing."""
    patients = draw(600, 1)
    patients["pressure"] = 80 + patients["age"]

    def hiding(matrix: np.ndarray) -> np.ndarray:
        is_real = np.abs(matrix[:, 1] - matrix[:, 0] - 80) < 8
        shown = known_model.score(matrix)
        return np.where(is_real, share * (3 * matrix[:, 3] - 1.5) + (1 - share) * shown, shown)

    result = Scaffolding().run(with_rule(make_inspection(patients), hiding))
    assert result.outcome == outcome


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.code)
def test_what_does_not_apply_says_why(
    make_inspection: Make, draw: Draw, schema: Schema, check: Any
) -> None:
    """Prevents "nothing found" where there are too few patients to ask."""
    result = check.run(make_inspection(draw(10, 0), schema=expecting(schema, age="higher")))
    assert result.outcome == "not applicable"
    assert len(result.reason) > 10


def test_without_a_declared_direction_there_is_nothing_to_check(
    make_inspection: Make, draw: Draw
) -> None:
    result = Direction().run(make_inspection(draw(100, 0)))
    assert result.outcome == "not applicable"
    assert "declares no expected direction" in result.reason


def test_the_method_suits_the_model(heart_study: Study, forest_study: Study) -> None:
    """Prevents sampled reasons where exact ones are at hand, and endless waiting elsewhere."""
    trees, forest = reasons_method(heart_study), reasons_method(forest_study)
    assert (trees.attributor.slug, trees.scale, trees.is_quick) == ("tree-shap", "log-odds", True)
    assert (forest.attributor.slug, forest.scale) == ("exact-shap", "risk")
    unknown = replace(heart_study, model=RuleOnly(noise, heart_study.model.columns))
    assert not reasons_method(unknown).is_exact


def test_the_same_seed_gives_the_same_results(clean: Inspection) -> None:
    for check in ALL:
        assert check.run(clean) == check.run(clean)
