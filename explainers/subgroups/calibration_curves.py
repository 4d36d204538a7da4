"""Calibration curves of everybody and of each group with enough patients of either outcome."""

from __future__ import annotations

from explainers.core.curve import Curve
from explainers.core.study import Study
from explainers.core.subgroup import Slice
from explainers.disclosure.counts import CASES, SMALLEST_CELL
from explainers.disclosure.persons import floor_in_rows
from explainers.disclosure.suppression import decide_suppression
from explainers.performance.curves import NoCurve, smooth_calibration
from explainers.performance.labelled_risk import LabelledRisk
from explainers.subgroups.disaggregation import count_outcomes, reference_slice
from explainers.subgroups.slices import make_slices


def compare_calibration(
    study: Study, by: str, floor: int = SMALLEST_CELL, level: float = 0.95
) -> tuple[tuple[Slice, Curve | NoCurve], ...]:
    """Smoothed calibration curves, everybody's first.

    A curve needs about 200 patients with and 200 without the outcome (Van Calster 2016, J Clin
    Epidemiol 74:167); a group with fewer says so, and observed over expected remains for it.

    Parameters
    ----------
    study : Study
    by : str
        One attribute.
    floor : int
        Smallest count that may be shown, 11 or more.
    level : float
        Confidence level of the bands.

    Raises
    ------
    SettingsError, SchemaError
        As :func:`~explainers.subgroups.disaggregation.compare_groups`.
    """
    floor = floor_in_rows(study.cohort, floor)
    slices = make_slices(study, [by])
    places = [place for place, _ in slices]
    everybody = LabelledRisk.of_study(study)
    groups = [everybody.select(own[study.is_labelled]) for _, own in slices]
    counts = count_outcomes(groups, study.threshold)
    decision = decide_suppression(places, counts, floor, reference_slice(study, [by]))
    curves: list[tuple[Slice, Curve | NoCurve]] = [
        (Slice(), smooth_calibration(everybody, floor, level))
    ]
    for at, (place, group) in enumerate(zip(places, groups, strict=True)):
        if decision.hides_group(at, (CASES,)):
            curves.append((place, NoCurve(decision.reason)))
        else:
            curves.append((place, smooth_calibration(group, floor, level)))
    return tuple(curves)
