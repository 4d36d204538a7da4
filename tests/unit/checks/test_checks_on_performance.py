"""Checks on how good a model is: planted faults are found, clean and trivial ones are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from explainers.checks import Inspection
from explainers.checks.outdated_evaluation import OutdatedEvaluation
from explainers.checks.overall_miscalibrated import OverallMiscalibrated
from explainers.checks.overfitting import Overfitting
from explainers.checks.poor_ranking import PoorRanking
from explainers.checks.simple_comparator import SimpleComparator
from explainers.checks.threshold_without_evidence import ThresholdWithoutEvidence
from explainers.checks.too_few_events import TooFewEvents, count_parameters
from explainers.core import Study
from explainers.core.encoding import encode
from explainers.core.finding import CheckResult
from explainers.core.link import Link
from explainers.models.bundle import Bundle
from explainers.models.facts import BundleFacts, FeatureSpec

Make = Callable[..., Inspection]
Draw = Callable[..., pd.DataFrame]
ALL = (
    PoorRanking(),
    OverallMiscalibrated(),
    Overfitting(),
    SimpleComparator(),
    ThresholdWithoutEvidence(),
    TooFewEvents(),
    OutdatedEvaluation(),
)


@dataclass(frozen=True, eq=False)
class Otherwise:
    """A model whose log-odds are changed by a rule."""

    model: Any
    change: Callable[[np.ndarray, np.ndarray], np.ndarray]
    name: str = "otherwise"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def score(self, matrix: np.ndarray) -> np.ndarray:
        return self.change(self.model.score(matrix), matrix)

    def predict_risk(self, frame: pd.DataFrame) -> np.ndarray:
        return self.model.link.risk(self.score(encode(frame, self.model.columns)))


def changed(study: Study, change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Study:
    return replace(study, model=Otherwise(study.model, change))


def bundle_of(inspection: Inspection, n_train: int = 4000, n_train_events: int = 1200) -> Bundle:
    study = inspection.study
    facts = BundleFacts(
        name="known",
        version="1",
        title="Known",
        purpose="Tests.",
        intended_users="Nobody.",
        intended_patients="Made-up ones.",
        limits=("Made up.",),
        cohort="made_up",
        outcome="ill",
        horizon="now",
        family="logistic",
        features=tuple(FeatureSpec.of(column) for column in study.model.columns),
        link=Link("log-odds"),
        threshold=study.threshold,
        threshold_reason="Made up.",
        comparator="",
        training_cohort_digest="",
        n_train=n_train,
        n_train_events=n_train_events,
        n_test=len(study.cohort),
        seed=0,
        recipe={},
        versions={},
        digest=study.model.digest,
    )
    return Bundle(facts, study.model, study.cohort.patient_ids, Path("nowhere"))


@pytest.fixture
def clean(make_inspection: Make, draw: Draw) -> Inspection:
    """A good model with everything at hand, and a comparator that lacks an input."""
    inspection = make_inspection(draw(3000, 1), draw(3000, 2))
    weaker = changed(inspection.study, lambda score, matrix: score - 0.8 * matrix[:, 2])
    return replace(inspection, bundle=bundle_of(inspection), comparator=weaker)


def severities(result: CheckResult) -> list[str]:
    return [finding.severity for finding in result.findings]


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.code)
def test_a_clean_model_is_left_alone(clean: Inspection, check: Any) -> None:
    """Prevents a list that shows a problem everywhere."""
    result = check.run(clean)
    assert result.outcome == "nothing found", result.findings
    assert result.reason


def test_no_check_accuses_one_of_ten_small_clean_models(make_inspection: Make, draw: Draw) -> None:
    """Prevents chance in 400 patients from being called a high or medium fault."""
    accused = []
    for seed in range(10):
        inspection = make_inspection(draw(400, 2 * seed), draw(400, 2 * seed + 1))
        checks = (PoorRanking(), OverallMiscalibrated(), Overfitting(), ThresholdWithoutEvidence())
        accused += [
            (seed, finding.title)
            for check in checks
            for finding in check.run(inspection).findings
            if finding.severity != "low"
        ]
    assert len(accused) <= 1, accused


def test_a_model_at_chance_is_a_high_finding(clean: Inspection) -> None:
    """Prevents a ranking by noise from passing as a weak model."""
    blind = replace(clean, study=changed(clean.study, lambda score, _: np.sin(1e4 * score)))
    result = PoorRanking().run(blind)
    assert severities(result) == ["high"]
    assert result.findings[0].evidence[0].metric == "auroc"


def test_a_weak_ranking_above_chance_is_medium_and_few_patients_are_low(
    clean: Inspection, make_inspection: Make, draw: Draw
) -> None:
    """Prevents too few patients from being taken for a bad model."""
    weak = changed(clean.study, lambda score, _: score + 6 * np.sin(1e4 * score))
    assert severities(PoorRanking().run(replace(clean, study=weak))) == ["medium"]
    few = make_inspection(draw(60, 1).assign(ill=["yes", "no"] * 30))
    assert severities(PoorRanking().run(few)) == ["low"]


def test_risks_too_low_are_high_and_too_high_are_medium(clean: Inspection) -> None:
    """Prevents O/E from being read the wrong way round."""
    for shift, severity in ((-1.0, "high"), (1.0, "medium")):
        off = changed(clean.study, lambda score, _, by=shift: score + by)
        result = OverallMiscalibrated().run(replace(clean, study=off))
        assert severities(result) == [severity]
        assert result.findings[0].evidence[0].metric == "oe_ratio"


def test_risks_too_extreme_are_found_though_right_on_average(clean: Inspection) -> None:
    """Prevents a mean that is right from hiding a spread that is wrong."""
    centre = float(np.log(0.3 / 0.7))
    off = changed(clean.study, lambda score, _: centre + 2.5 * (score - centre))
    result = OverallMiscalibrated().run(replace(clean, study=off))
    assert "Risks are too extreme" in [finding.title for finding in result.findings]


def test_a_trivial_miscalibration_is_no_finding(clean: Inspection) -> None:
    """Prevents a surely detectable but irrelevant difference from being listed."""
    off = changed(clean.study, lambda score, _: score + 0.15)
    assert OverallMiscalibrated().run(replace(clean, study=off)).outcome == "nothing found"


def remembering(inspection: Inspection, strength: float) -> Inspection:
    """The model knows the outcome of whoever it was trained on, by a marker of many digits."""
    training = inspection.training
    assert training is not None
    labels = training.outcome_labels("ill")
    known = dict(zip(training.frame["pressure"] + training.frame["marker"], labels, strict=True))

    def recall(score: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        told = np.array([known.get(key, 0.5) for key in matrix[:, 1] + matrix[:, 2]])
        return np.asarray(score + strength * (told - 0.5))

    return replace(inspection, study=changed(inspection.study, recall))


def test_a_model_that_remembers_is_found_and_low_while_new_patients_are_served(
    clean: Inspection,
) -> None:
    """Prevents every ensemble of trees from being accused of harm."""
    (finding,) = Overfitting().run(remembering(clean, 3.0)).findings
    assert finding.severity == "low"
    assert "for this check only" in finding.explanation
    assert finding.evidence[0].metric == "auroc_gap"
    assert (finding.evidence[0].low or 0.0) > 0.0


def test_a_model_that_remembers_and_is_too_extreme_is_medium(clean: Inspection) -> None:
    """Prevents harm to new patients from being waved through as usual for trees."""
    extreme = replace(clean, study=changed(clean.study, lambda score, _: 2.0 * score))
    (finding,) = Overfitting().run(remembering(extreme, 6.0)).findings
    assert finding.severity == "medium"


def test_a_little_optimism_is_no_finding(clean: Inspection) -> None:
    assert Overfitting().run(remembering(clean, 0.5)).outcome == "nothing found"


def test_a_comparator_that_does_as_well_is_found(clean: Inspection) -> None:
    """Prevents a complicated model from standing where a simple one would do."""
    same = changed(clean.study, lambda score, m: score + 0.02 * m[:, 2])
    assert severities(SimpleComparator().run(replace(clean, comparator=same))) == ["low"]
    worse = changed(clean.study, lambda score, m: score - 0.8 * m[:, 2])
    swapped = replace(clean, study=worse, comparator=clean.study)
    assert severities(SimpleComparator().run(swapped)) == ["medium"]


def test_a_comparator_in_another_order_is_the_same_one(clean: Inspection) -> None:
    """Prevents risks of one patient from being set against those of another."""
    turned = clean.study.cohort.select(clean.study.cohort.patient_ids[::-1])
    same = replace(clean.study, cohort=turned)
    (finding,) = SimpleComparator().run(replace(clean, comparator=same)).findings
    assert [figure.value for figure in finding.evidence] == [0.0, 0.0]


def test_an_undecided_comparison_is_no_finding(make_inspection: Make, draw: Draw) -> None:
    """Prevents too few patients from passing as a proof that a simple model does as well."""
    inspection = make_inspection(draw(150, 3))
    other = changed(inspection.study, lambda score, m: score - 0.8 * m[:, 2])
    result = SimpleComparator().run(replace(inspection, comparator=other))
    assert result.outcome == "nothing found"


def test_a_threshold_without_patients_or_without_benefit_is_found(clean: Inspection) -> None:
    """Prevents a decision where nobody was ever flagged, or where a coin would do as well."""
    far = replace(clean, study=clean.study.with_threshold(0.995))
    (finding,) = ThresholdWithoutEvidence().run(far).findings
    assert finding.evidence == ()
    assert "Fewer than 11" in finding.explanation
    blind = replace(clean, study=changed(clean.study, lambda score, _: np.sin(1e4 * score) - 1))
    (finding,) = ThresholdWithoutEvidence().run(blind).findings
    assert (finding.evidence[0].low or 0.0) <= 0.0


def test_too_few_events_are_found_and_their_number_kept_back(clean: Inspection) -> None:
    """Prevents ten inputs learnt from thirty events, and a count below 11 from being told."""
    assert count_parameters(clean.study.model.columns) == 4
    few = replace(clean, bundle=bundle_of(clean, 4000, 30))
    (finding,) = TooFewEvents().run(few).findings
    assert finding.severity == "medium"
    assert finding.evidence[0].value == pytest.approx(7.5)
    hidden = replace(clean, bundle=bundle_of(clean, 4000, 8))
    (finding,) = TooFewEvents().run(hidden).findings
    assert finding.evidence[0].status == "suppressed"
    assert "2.0" not in finding.explanation
    rare_others = replace(clean, bundle=bundle_of(clean, 4000, 3980))
    assert TooFewEvents().run(rare_others).outcome == "found"


def test_what_is_outdated_is_said(clean: Inspection) -> None:
    """Prevents figures of another model, other patients or other packages from passing."""
    bundle = clean.bundle
    assert bundle is not None
    other_model = replace(clean, bundle=replace(bundle, facts=replace(bundle.facts, digest="x")))
    other_patients = replace(clean, bundle=replace(bundle, test_patient_ids=("someone",)))
    packages = replace(bundle.facts, versions={"numpy": "0.1"})
    for faulty, word in (
        (other_model, "not the one in its bundle"),
        (other_patients, "not those that the bundle held out"),
        (replace(clean, training=None), "not at hand"),
        (replace(clean, bundle=replace(bundle, facts=packages)), "Packages differ"),
    ):
        (finding,) = OutdatedEvaluation().run(faulty).findings
        assert word in finding.title
        assert finding.severity == "low"


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.code)
def test_what_does_not_apply_says_why(make_inspection: Make, draw: Draw, check: Any) -> None:
    """Prevents "nothing found" where nothing could be looked at."""
    result = check.run(make_inspection(draw(200, 0).assign(ill=None)))
    assert result.outcome == "not applicable"
    assert len(result.reason) > 10


def test_no_small_count_reaches_a_text_or_a_figure(make_inspection: Make, draw: Draw) -> None:
    """Prevents a handful of people from being told by a finding about a small cohort."""
    patients = draw(60, 0)
    patients["ill"] = np.where(np.arange(60) < 5, "yes", "no")
    inspection = make_inspection(patients, draw(60, 1))
    worst = changed(inspection.study, lambda score, _: score + 3.0)
    inspection = replace(inspection, study=worst, comparator=inspection.study)
    for check in ALL:
        for finding in check.run(inspection).findings:
            for figure in finding.evidence:
                assert figure.n_events is None or not 1 <= figure.n_events <= 10
                assert figure.value is None
