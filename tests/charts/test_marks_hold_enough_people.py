"""No mark of a chart stands for fewer than eleven people, counted from the patients themselves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest

from explainers.attribution.contribution_bins import bin_contributions
from explainers.charts.beeswarm import beeswarm_chart
from explainers.charts.calibration_curves import calibration_curves_chart
from explainers.charts.decision_curves import decision_curves_chart
from explainers.charts.risk_agreement import risk_agreement_chart
from explainers.charts.risk_distribution import risk_distribution_chart
from explainers.core import Attribution, Column, Curve, Provenance, Study
from explainers.disclosure import SMALLEST_CELL
from explainers.performance.curves import NoCurve, risk_distribution, roc_curve
from explainers.performance.decision_curves import DecisionCurve, decision_curve, threshold_range
from explainers.performance.model_agreement import compare_risks
from explainers.performance.risk_bins import RiskBins
from explainers.subgroups.calibration_curves import compare_calibration
from explainers.subgroups.candidate_labels import NeedMeasure, RecordedNeed
from explainers.subgroups.need_by_risk import need_by_risk
from explainers.subgroups.slices import make_slices
from explainers.subgroups.threshold_counts import count_by_threshold

ATTRIBUTES = ("race", "sex", "income")


def traces(figure: go.Figure, name: str) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.name == name]


def assert_enough(study: Study, member: np.ndarray, ends: np.ndarray) -> None:
    """Between two neighbouring ends there is nobody or enough of the group, of either outcome."""
    for outcome in (0.0, 1.0):
        risk = study.risk[member & (study.labels == outcome)]
        counts = np.array([((low <= risk) & (risk < high)).sum() for low, high in pairwise(ends)])
        assert ((counts == 0) | (counts >= SMALLEST_CELL)).all(), counts


@pytest.mark.parametrize("outcome", [1.0, 0.0])
def test_bars_of_the_histogram(nhanes_study: Study, outcome: float) -> None:
    """Prevents one patient with an unusual risk from having a bar."""
    study = nhanes_study
    bars = risk_distribution(study.labels, study.risk, threshold=study.threshold)
    trace = risk_distribution_chart(bars).data[0 if outcome else 1]
    edges = np.unique(trace.x) / 100
    counts = np.histogram(study.risk[study.labels == outcome], edges)[0]
    assert ((counts == 0) | (counts >= SMALLEST_CELL)).all()
    assert counts.sum() == (study.labels == outcome).sum()


def test_steps_of_the_roc_curve(nhanes_study: Study) -> None:
    """Prevents a step of the curve from being one patient."""
    study = nhanes_study
    curve = roc_curve(study.labels, study.risk, threshold=study.threshold)
    assert isinstance(curve, Curve)
    for share, outcome in ((curve.x, 0.0), (curve.y, 1.0)):
        steps = np.diff(share) * (study.labels == outcome).sum()
        assert ((np.abs(steps) < 1e-6) | (steps > SMALLEST_CELL - 1e-6)).all()


@pytest.mark.parametrize("by", ATTRIBUTES)
def test_marks_of_decision_curves(nhanes_study: Study, by: str) -> None:
    """Prevents marks a few people apart, whose difference would be these people."""
    study = nhanes_study
    counts = count_by_threshold(study, by)
    members = {place.label: own for place, own in make_slices(study, [by])}
    curves = {
        place.label: curve
        for place, bins in counts.groups
        if isinstance(bins, RiskBins)
        for curve in (decision_curve(bins, threshold_range(study.threshold)),)
        if isinstance(curve, DecisionCurve)
    }
    if not curves:
        assert not isinstance(counts.everybody, NoCurve)
        return
    marks = traces(decision_curves_chart(curves, study.threshold), "counted")
    assert len(marks) == len(curves)
    for trace, label in zip(marks, curves, strict=True):
        ends = np.array([0.0, *sorted(np.array(trace.x) / 100), 1.0 + 1e-9])
        assert_enough(study, members[label], np.round(ends, 12))


@pytest.mark.parametrize("by", ATTRIBUTES)
def test_ends_of_calibration_curves(nhanes_study: Study, by: str) -> None:
    """Prevents a curve from reaching out to the patient with the highest risk."""
    study = nhanes_study
    curves = {
        place.label: curve
        for place, curve in compare_calibration(study, by)
        if isinstance(curve, Curve)
    }
    members = {place.label: own for place, own in make_slices(study, [by])}
    everybody = np.ones(len(study.cohort), dtype=bool)
    figure = calibration_curves_chart(curves)
    lines = [trace for trace in figure.data if trace.mode == "lines" and trace.fill is None]
    drawn = [trace for trace in lines if len(trace.x) == len(next(iter(curves.values())).x)]
    assert len(drawn) >= len(curves)
    for label, curve in curves.items():
        risk = study.risk[members.get(label, everybody) & study.is_labelled]
        for beyond in (risk <= curve.x[0] + 1e-12, risk >= curve.x[-1] - 1e-12):
            assert beyond.sum() >= SMALLEST_CELL


def test_marks_of_two_models_risks(nhanes_study: Study, logistic_study: Study) -> None:
    """Prevents a scatter of patients where a mark should be many."""
    figure = risk_agreement_chart(compare_risks(nhanes_study, logistic_study), "one", "other")
    (marks,) = traces(figure, "median")
    assert len(nhanes_study.cohort) // len(marks.x) >= SMALLEST_CELL


def test_marks_of_need_by_risk() -> None:
    """Prevents a mark at the top percentile for the two people who are there."""
    rng = np.random.default_rng(0)
    percentile, need = rng.uniform(0, 100, 95), rng.poisson(2.0, 95).astype(float)
    measure = NeedMeasure("Visits", "", is_share=False)
    curve = need_by_risk(percentile, RecordedNeed(need, measure, np.zeros((95, 0))), 11)
    assert curve is not None
    assert len(percentile) // len(curve.x) >= SMALLEST_CELL


def test_bars_of_a_beeswarm() -> None:
    """Prevents the patient furthest out from having a mark of their own."""
    values = np.random.default_rng(0).standard_t(2, size=(300, 1))
    found = Attribution(
        values,
        np.zeros(300),
        values.sum(axis=1),
        "log-odds",
        ("age",),
        tuple(map(str, range(300))),
        "made-up",
        is_exact=True,
        provenance=Provenance("m", "c", "made-up", 0),
    )
    columns = (Column("age", "Age", "number"),)
    (bars,) = traces(beeswarm_chart(bin_contributions(found, columns), columns), "age")
    centre, width = np.array(bars.x), np.array(bars.width)
    low, high = centre - width / 2, centre + width / 2
    inside = np.clip(values[:, 0], low.min(), high.max() - 1e-9)
    counts = [
        ((a - 1e-9 <= inside) & (inside < b - 1e-9)).sum() for a, b in zip(low, high, strict=True)
    ]
    assert min(counts) >= SMALLEST_CELL
