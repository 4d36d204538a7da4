"""Statistics by group: right patients, right reference, nothing small shown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from explainers.core import Estimate, Study, SubgroupTable
from explainers.errors import NotFoundError, SettingsError
from explainers.performance.metrics import METRICS, estimate_metric
from explainers.subgroups import (
    compare_groups,
    estimate_attribute_groups,
    estimate_everybody,
    patient_groups,
)

MakeStudy = Callable[..., Study]
ALL = tuple(metric.slug for metric in METRICS)


def estimate_of(table: SubgroupTable, label: str) -> Estimate:
    return next(estimate for place, estimate in table.groups if place.label == label)


def test_each_group_gets_what_its_patients_alone_would_get(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    """A mask applied to unlabelled and labelled patients alike would shift every group."""
    study = make_study(patients)
    tables = compare_groups(study, ["sex"], ALL)
    assert tuple(table.metric for table in tables) == ALL
    women = (patients["sex"] == "Female").to_numpy()
    for table in tables:
        alone = estimate_metric(table.metric, study.labels[women], study.risk[women], 0.3)
        assert estimate_of(table, "Female") == alone
        assert table.overall == estimate_metric(table.metric, study.labels, study.risk, 0.3)
        assert table.reference_group == "Male"


def test_every_row_of_a_group_prints_the_same_counts(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    """Rows that differ in n or events would give away what one of them hides."""
    tables = compare_groups(make_study(patients), ["site", "sex"], ALL)
    for position in range(len(tables[0].groups)):
        shown = {
            (table.groups[position][1].n, table.groups[position][1].n_events)
            for table in tables
            if table.groups[position][1].status != "suppressed"
        }
        assert len(shown) <= 1


def test_what_is_hidden_does_not_depend_on_the_metrics_asked_for(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    study = make_study(patients, threshold=0.05)
    together = compare_groups(study, ["site"], ALL)
    for table in together:
        (alone,) = compare_groups(study, ["site"], [table.metric])
        assert alone == table


def test_a_group_without_patients_is_never_tested(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    (table,) = compare_groups(make_study(patients), ["site"], ["auroc"])
    east = estimate_of(table, "East")
    assert east.status == "not_estimable"
    assert east.reason.startswith("Never tested")
    assert (east.n, east.n_events) == (0, 0)


def test_few_patients_are_withheld_with_a_partner(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    patients.loc[200:207, "site"] = "East"
    tables = compare_groups(make_study(patients), ["site"], ALL)
    for table in tables:
        hidden = [place.label for place, own in table.groups if own.status == "suppressed"]
        assert len(hidden) >= 2
        assert "East" in hidden
        assert "North" not in hidden


def test_no_labels_at_all_is_said_for_every_group(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    patients["ill"] = None
    for table in compare_groups(make_study(patients), ["sex"], ALL):
        assert table.overall.status == "not_estimable"
        assert {own.status for _, own in table.groups} == {"not_estimable"}


def test_crossed_reference_names_one_group(make_study: MakeStudy, patients: pd.DataFrame) -> None:
    (table,) = compare_groups(make_study(patients), ["site", "sex"], ["auroc"])
    assert table.reference_group == "North, Male"


def test_a_patient_sees_the_rows_of_the_tables(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    """Two screens that differ, by leaving the patient out, could be subtracted."""
    study = make_study(patients)
    metrics = ("oe_ratio", "sensitivity")
    found = patient_groups(study, "p123", metrics)
    assert [group.grouping.name for group in found] == ["sex", "site", "age"]
    assert found[1].place.label == "Not recorded"
    for group in found:
        tables = compare_groups(study, [group.grouping.name], metrics)
        expected = tuple(estimate_of(table, group.place.label) for table in tables)
        assert group.estimates == expected
    assert found[0].to_dict()["attribute"] == "sex"


def test_what_is_kept_for_everybody_serves_every_patient(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    """Prevents a patient who is shown another one's groups."""
    study = make_study(patients)
    kept = estimate_attribute_groups(study, ["oe_ratio"])
    for row in (0, 123, 300):
        own = tuple(attribute.group_of(row) for attribute in kept)
        assert own == patient_groups(study, study.cohort.patient_ids[row], ["oe_ratio"])
        site = study.cohort.frame["site"].iloc[row]
        assert own[1].place.label == ("Not recorded" if pd.isna(site) else site)


def test_a_patient_alone_in_a_group_learns_nothing_about_it(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    """The group's statistics would be that patient's own outcome."""
    patients.loc[300, "site"] = "East"
    own = patient_groups(make_study(patients), "p300")[1]
    assert own.place.label == "East"
    assert {estimate.status for estimate in own.estimates} == {"suppressed"}


def test_an_unlabelled_patient_alone_in_a_group_was_never_tested(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    patients.loc[5, "site"] = "East"
    own = patient_groups(make_study(patients), "p5")[1]
    assert {estimate.status for estimate in own.estimates} == {"not_estimable"}


def test_everybody_is_the_first_row_of_every_table(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    study = make_study(patients)
    assert estimate_everybody(study, ALL) == tuple(
        table.overall for table in compare_groups(study, ["sex"], ALL)
    )


def test_everybody_is_withheld_where_a_handful_was_flagged(
    make_study: MakeStudy, patients: pd.DataFrame
) -> None:
    study = make_study(patients, threshold=float(np.sort(patients["risk"])[-5]))
    ratio, found = estimate_everybody(study, ("oe_ratio", "sensitivity"))
    assert ratio.is_estimated
    assert found.status == "suppressed"


def test_wrong_requests_are_refused(make_study: MakeStudy, patients: pd.DataFrame) -> None:
    study = make_study(patients)
    with pytest.raises(SettingsError, match="no metric of that name"):
        compare_groups(study, ["sex"], ["f1"])
    with pytest.raises(SettingsError, match="list of names"):
        compare_groups(study, ["sex"], "auroc")
    with pytest.raises(SettingsError, match="never lowered"):
        compare_groups(study, ["sex"], floor=5)
    with pytest.raises(NotFoundError, match="in the cohort"):
        patient_groups(study, "nobody")
