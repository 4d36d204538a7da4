"""Attributes that can be read off, sites that carry the prediction or shift its meaning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from explainers.checks import Inspection
from explainers.checks.protected_proxy import ProtectedProxy
from explainers.checks.read_off import STANDS_IN
from explainers.checks.shortcut import Shortcut
from explainers.checks.site_calibration import SiteCalibrationShift
from explainers.core import Schema
from explainers.workspace import Workspace

Make = Callable[..., Inspection]
Draw = Callable[..., pd.DataFrame]


def mark(patients: pd.DataFrame, label: str, distance: float) -> pd.DataFrame:
    """Blood pressure that lies apart in one group."""
    shift = np.where(patients["origin"] == label, distance * 15.0, 0.0)
    return patients.assign(pressure=patients["pressure"] + shift)


@pytest.mark.parametrize("n_cohorts", [1, 2])
@pytest.mark.parametrize(("distance", "severity"), [(1.8, "low"), (4.0, "medium")])
def test_an_attribute_that_can_be_read_off_is_named_with_the_feature(
    make_inspection: Make, draw: Draw, distance: float, severity: str, n_cohorts: int
) -> None:
    parts = [mark(draw(1500, seed), "East", distance) for seed in (0, 1)]
    result = ProtectedProxy().run(make_inspection(*parts[:n_cohorts]))
    (finding,) = result.findings
    assert (finding.affected, finding.severity) == ("Origin: East", severity)
    assert "Blood pressure" in finding.explanation
    assert "Marker" not in finding.explanation


@pytest.mark.parametrize("distance", [0.0, 0.5])
def test_an_attribute_that_hardly_shows_is_silent(
    make_inspection: Make, draw: Draw, distance: float
) -> None:
    result = ProtectedProxy().run(make_inspection(mark(draw(1500), "East", distance)))
    assert result.outcome == "nothing found"


def test_an_attribute_that_is_an_input_needs_no_stand_in(
    make_inspection: Make, draw: Draw, schema: Schema
) -> None:
    columns = tuple(replace(column, sensitive=False) for column in schema.columns)
    result = ProtectedProxy().run(
        make_inspection(draw(100), schema=replace(schema, columns=columns))
    )
    assert result.outcome == "not applicable"


def test_the_limit_of_a_proxy_is_that_of_groups_far_apart() -> None:
    """Prevents a limit picked for what it finds: 0.8 standard deviations between two means."""
    assert pytest.approx(norm.cdf(0.8 / np.sqrt(2)), abs=5e-4) == STANDS_IN


def test_a_group_of_a_few_is_not_read_off(make_inspection: Make, draw: Draw) -> None:
    patients = draw(600)
    patients["origin"] = np.where(np.arange(600) < 8, "East", "North")
    result = ProtectedProxy().run(make_inspection(mark(patients, "East", 5.0)))
    assert result.outcome == "nothing found"
    assert "0 of 3" in result.reason


def by_site(patients: pd.DataFrame, prevalence: dict[str, float], trace: float) -> pd.DataFrame:
    """An outcome that depends on the site alone, and a marker that gives the site away."""
    rng = np.random.default_rng(9)
    ill = rng.random(len(patients)) < patients["site"].map(prevalence)
    marker = patients["marker"] + trace * (patients["site"] == "C")
    return patients.assign(ill=np.where(ill, "yes", "no"), marker=marker)


def test_a_site_that_carries_the_prediction_is_found(make_inspection: Make, draw: Draw) -> None:
    patients = by_site(draw(3000), {"A": 0.1, "B": 0.1, "C": 0.6}, 4.0)
    (finding,) = Shortcut().run(make_inspection(patients)).findings
    within, gap, *_ = finding.evidence
    assert finding.severity == "high"
    assert within.value == pytest.approx(0.5, abs=0.06)
    assert gap.high is not None
    assert gap.high < -0.05


@pytest.mark.parametrize(
    ("prevalence", "trace"),
    [({"A": 0.3, "B": 0.3, "C": 0.3}, 4.0), ({"A": 0.1, "B": 0.1, "C": 0.6}, 0.0)],
    ids=["sites alike", "site not to be seen"],
)
def test_a_site_that_carries_nothing_is_silent(
    make_inspection: Make, draw: Draw, prevalence: dict[str, float], trace: float
) -> None:
    result = Shortcut().run(make_inspection(by_site(draw(2000), prevalence, trace)))
    assert result.outcome == "nothing found"


def by_device(patients: pd.DataFrame, *, is_true: bool) -> pd.DataFrame:
    """Pressure lies far higher at one site, and so does the risk: there for all, or for each."""
    is_there = (patients["site"] == "C").to_numpy()
    pressure = patients["pressure"] + 40.0 * is_there
    raised = pressure - 130.0 if is_true else 40.0 * is_there
    rng = np.random.default_rng(9)
    log_odds = -1.2 + 1.5 * patients["marker"] + 0.03 * raised
    ill = rng.random(len(patients)) < 1.0 / (1.0 + np.exp(-log_odds))
    return patients.assign(pressure=pressure, ill=np.where(ill, "yes", "no"))


@pytest.mark.parametrize("outcome", ["found", "nothing found"])
def test_a_site_read_off_one_input_is_found_though_patients_are_known_well(
    make_inspection: Make, draw: Draw, known_model: object, outcome: str
) -> None:
    """Prevents a good ranking within sites from hiding a device that moves everybody's odds, and
    an input that holds within sites from being blamed for differing between them."""
    model = replace(known_model, weights=(0.0, 0.03, 1.5, 0.0))  # type: ignore[type-var]
    patients = by_device(draw(4000), is_true=outcome == "nothing found")
    result = Shortcut().run(make_inspection(patients, model=model))
    assert result.outcome == outcome
    if result.findings:
        _, gap, unborne, *_ = result.findings[0].evidence
        assert (gap.value or 0.0) > -0.05
        assert unborne.value == pytest.approx(0.03 * 40.0, rel=0.15)
        assert "Blood pressure" in result.findings[0].explanation


def test_a_good_model_at_sites_alike_has_no_shortcut(make_inspection: Make, draw: Draw) -> None:
    assert Shortcut().run(make_inspection(draw(2000))).outcome == "nothing found"


def more_cases(patients: pd.DataFrame, site: str, share: float) -> pd.DataFrame:
    """Some patients of one site who would have been well are ill."""
    rng = np.random.default_rng(10)
    turned = (patients["site"] == site) & (rng.random(len(patients)) < share)
    return patients.assign(ill=patients["ill"].mask(turned, "yes"))


def test_a_site_where_risks_mean_more_is_found(make_inspection: Make, draw: Draw) -> None:
    result = SiteCalibrationShift().run(make_inspection(more_cases(draw(), "B", 0.4)))
    (finding,) = result.findings
    first, second, ratio = finding.evidence
    assert finding.affected.startswith("Hospital: B, ")
    assert ratio.value == pytest.approx((first.value or 0.0) / (second.value or 1.0))
    assert ratio.low is not None
    assert ratio.low > 1.0


@pytest.mark.parametrize("share", [0.0, 0.03])
def test_sites_that_hardly_differ_are_silent(
    make_inspection: Make, draw: Draw, share: float
) -> None:
    result = SiteCalibrationShift().run(make_inspection(more_cases(draw(), "B", share)))
    assert result.outcome == "nothing found"
    assert "3 pairs" in result.reason


def test_a_model_off_everywhere_alike_has_no_shift_between_sites(
    make_inspection: Make, draw: Draw, known_model: object
) -> None:
    """Prevents one fault, risks too low for everybody, from being told as many."""
    low = replace(known_model, intercept=-2.5)  # type: ignore[type-var]
    result = SiteCalibrationShift().run(make_inspection(draw(), model=low))
    assert result.outcome == "nothing found"


@pytest.mark.parametrize("check", [Shortcut(), SiteCalibrationShift()])
def test_without_sites_they_do_not_apply(
    make_inspection: Make, draw: Draw, schema: Schema, check: Shortcut
) -> None:
    only_origin = replace(schema, groups=schema.groups[:1])
    assert check.run(make_inspection(draw(100), schema=only_origin)).outcome == "not applicable"


def test_without_outcomes_sites_cannot_be_judged(make_inspection: Make, draw: Draw) -> None:
    unknown = make_inspection(draw(100).assign(ill=None))
    for check in (Shortcut(), SiteCalibrationShift()):
        assert check.run(unknown).outcome == "not applicable"


def test_the_features_give_the_hospital_away_in_the_heart_cohort(workspace: Workspace) -> None:
    """Which tests were done tells the hospital; within hospitals the ranking is little worse."""
    inspection = Inspection(workspace.open_study("heart-xgboost"))
    assert Shortcut().run(inspection).outcome == "nothing found"
