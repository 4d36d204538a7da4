"""Persons who stand in several rows, and sites: intervals by cluster and floors in people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from explainers.core import Cohort, Study
from explainers.disclosure.persons import floor_in_rows
from explainers.errors import CohortError, SettingsError
from explainers.performance.similar_risk import observe_at_risk
from explainers.subgroups.calibration_curves import compare_calibration
from explainers.subgroups.disaggregation import compare_groups, estimate_everybody
from explainers.subgroups.gaps import compare_to_reference
from explainers.subgroups.sums.audit import sum_study
from explainers.subgroups.threshold_counts import count_by_threshold

METRICS = (
    "prevalence",
    "auroc",
    "oe_ratio",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "brier",
    "calibration_slope",
    "net_benefit",
)
Make = Callable[..., Study]


def with_persons(study: Study, persons: np.ndarray, **declared: str) -> Study:
    """The study with a column of persons, declared unless something else is."""
    frame = study.cohort.frame.assign(who=[f"w{name}" for name in persons])
    schema = replace(study.cohort.schema, **(declared or {"person": "who"}))
    cohort = Cohort(frame, schema)
    return replace(study, cohort=cohort, reference=cohort)


def five_visits(patients: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Every patient five times, and who each row is."""
    rows = np.repeat(np.arange(len(patients)), 5)
    return patients.iloc[rows].reset_index(drop=True), rows


def test_rows_repeated_five_times_have_the_intervals_of_the_persons(
    make_study: Make, patients: pd.DataFrame
) -> None:
    """Prevents certainty from copies: without the declaration intervals shrink by root 5."""
    repeated, persons = five_visits(patients)
    once = estimate_everybody(make_study(patients), METRICS)
    copied = estimate_everybody(make_study(repeated), METRICS)
    declared = estimate_everybody(with_persons(make_study(repeated), persons), METRICS)
    for own, narrow, wide in zip(once, copied, declared, strict=True):
        assert wide.value == narrow.value
        # The usual interval of observed over expected takes the expected number as fixed.
        tolerance = 0.3 if own.metric == "oe_ratio" else 0.08
        assert wide.width == pytest.approx(own.width, rel=tolerance), own.metric
        assert narrow.width < 0.55 * wide.width, own.metric
        assert "by person" in wide.interval_method


def test_tables_gaps_and_curves_allow_for_persons(make_study: Make, patients: pd.DataFrame) -> None:
    """Prevents a screen from falling back to rows for groups, gaps or the calibration band."""
    large = pd.concat([patients] * 2, ignore_index=True)
    repeated, persons = five_visits(large)
    plain, declared = make_study(repeated), with_persons(make_study(repeated), persons)
    (rows,), (people,) = (compare_groups(one, ["sex"], ["auroc"]) for one in (plain, declared))
    for (_, narrow), (_, wide) in zip(rows.groups, people.groups, strict=True):
        assert narrow.width < 0.55 * wide.width
    gap = compare_to_reference(people).groups[0][1]
    assert gap.interval_method.endswith("by person")
    assert compare_to_reference(rows).groups[0][1].width < 0.55 * gap.width
    bands = [compare_calibration(one, "sex")[0][1] for one in (plain, declared)]
    widths = [np.mean(band.high - band.low) for band in bands]
    assert widths[0] < 0.55 * widths[1]


def test_a_site_stands_for_all_its_patients(make_study: Make, patients: pd.DataFrame) -> None:
    """Prevents two sites from passing for hundreds of independent patients, without a word."""
    known = patients[patients["site"].notna()]
    study = with_persons(make_study(known), np.arange(len(known)), site="site")
    (found,) = estimate_everybody(study, ["auroc"])
    assert found.interval_method.endswith("by site, a rough guide below 10")
    assert floor_in_rows(study.cohort) == 11
    (table,) = compare_groups(study, ["site"], ["auroc"])
    reasons = {place.label: estimate.reason for place, estimate in table.groups}
    assert "one cluster" in reasons["North"]


def test_a_person_at_two_sites_counts_at_the_first(
    make_study: Make, patients: pd.DataFrame
) -> None:
    """Prevents clusters that share a person, who would count as two independent ones."""
    known = patients[patients["site"].notna()]
    persons = np.arange(len(known)) % (len(known) - 1)
    study = with_persons(make_study(known), persons, person="who", site="site")
    position = study.cohort.clusters.position
    assert position[0] == position[-1]
    sites = known["site"].to_numpy()
    assert (position[1:-1] == position[0]).tolist() == (sites[1:-1] == sites[0]).tolist()


def test_fifteen_rows_of_three_people_are_withheld(
    make_study: Make, patients: pd.DataFrame
) -> None:
    """Prevents rows from passing for people: three persons with five visits each are three."""
    few = patients.iloc[20:].copy()
    few["site"] = "North"
    few.iloc[:15, few.columns.get_loc("site")] = "East"
    few.iloc[:15, few.columns.get_loc("ill")] = ["no", "yes"] * 7 + ["no"]
    few.iloc[15:36, few.columns.get_loc("site")] = "South"
    persons = np.arange(len(few)) + 100
    persons[:15] = np.arange(15) % 3
    study = with_persons(make_study(few), persons)
    assert floor_in_rows(study.cohort) == 3 * 5 + 7 + 1
    (table,) = compare_groups(study, ["site"], ["prevalence"])
    found = {place.label: estimate for place, estimate in table.groups}
    assert found["East"].status == "suppressed"
    assert "fewer than 11 people" in found["East"].reason


@pytest.mark.parametrize("seed", range(5))
def test_no_count_that_is_shown_is_of_fewer_than_eleven_persons(
    make_study: Make, patients: pd.DataFrame, seed: int
) -> None:
    """Prevents a board from seeing any cell of fewer than eleven persons, however they repeat."""
    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(patients), 120, p=rng.dirichlet(np.full(len(patients), 0.1)))
    persons = rng.choice(drawn, 900)
    study = with_persons(make_study(patients.iloc[persons].reset_index(drop=True)), persons)
    labels, sites = study.labels, study.cohort.group_labels("site")
    flagged = study.risk >= study.threshold
    (cases, sensitivity) = compare_groups(study, ["site"], ["prevalence", "sensitivity"])
    for table, kinds in (
        (cases, (labels == 1, labels == 0)),
        (sensitivity, ((labels == 1) & flagged, (labels == 1) & ~flagged)),
    ):
        for place, estimate in table.groups:
            own = sites.isna() if place.label == "Not recorded" else sites == place.label
            if estimate.is_estimated:
                people = [len(np.unique(persons[np.asarray(own) & kind])) for kind in kinds]
                assert all(n == 0 or n >= 11 for n in people), place.label
    everybody = count_by_threshold(study).everybody
    if hasattr(everybody, "edges"):
        between = np.searchsorted(everybody.edges, study.risk, side="right") - 1
        for at in range(len(everybody.events)):
            for kind in (labels == 1, labels == 0):
                n = len(np.unique(persons[(between == at) & kind]))
                assert n == 0 or n >= 11


def test_one_patient_beside_others_at_that_risk_keeps_the_floor(
    make_study: Make, patients: pd.DataFrame
) -> None:
    repeated, persons = five_visits(patients)
    found = observe_at_risk(with_persons(make_study(repeated), persons), "p0").observed
    assert found.status == "suppressed" or min(found.n_events, found.n - found.n_events) > 50


def test_sums_refuse_rows_that_belong_together(make_study: Make, patients: pd.DataFrame) -> None:
    """Prevents merged sums from giving intervals as if every visit were another patient."""
    repeated, persons = five_visits(patients)
    with pytest.raises(SettingsError, match="which rows belong together"):
        sum_study(with_persons(make_study(repeated), persons), ["sex"])


def test_a_declaration_without_repeats_changes_nothing(
    make_study: Make, patients: pd.DataFrame
) -> None:
    plain = make_study(patients)
    declared = with_persons(plain, np.arange(len(patients)))
    assert declared.cohort.persons is None
    assert compare_groups(declared, ["sex"], METRICS) == compare_groups(plain, ["sex"], METRICS)


def test_rows_without_a_person_are_refused(make_study: Make, patients: pd.DataFrame) -> None:
    study = make_study(patients)
    frame = study.cohort.frame.assign(who=["w0", None] * (len(patients) // 2))
    cohort = Cohort(frame, replace(study.cohort.schema, person="who"))
    with pytest.raises(CohortError, match="every row needs a person"):
        _ = cohort.clusters
    with pytest.raises(CohortError, match="column of the declared person"):
        _ = Cohort(study.cohort.frame, replace(study.cohort.schema, person="who")).persons


def test_a_raised_floor_counts_people_too(make_study: Make, patients: pd.DataFrame) -> None:
    """Prevents a floor of rows from being turned into rows twice, or from showing more."""
    repeated, persons = five_visits(patients)
    study = with_persons(make_study(repeated), persons)
    raised = floor_in_rows(study.cohort, 20)
    assert (floor_in_rows(study.cohort), raised) == (51, 96)
    assert floor_in_rows(study.cohort, raised) == 96
    (low,), (high,) = (compare_groups(study, ["sex", "site"], ["auroc"], n) for n in (11, 20))
    for (_, one), (_, other) in zip(low.groups, high.groups, strict=True):
        assert not (one.status == "suppressed" and other.is_estimated)
