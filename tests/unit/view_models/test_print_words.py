"""The printed page says what the screen said, in the same figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.view_models.decision import decision_sentence
from dashboard.view_models.patient import group_rows, risk_sentence, sum_check
from dashboard.view_models.print_page import (
    Seen,
    SeenReasons,
    SeenTests,
    patient_page,
    printed,
)
from dashboard.view_models.reasons import told_reasons
from dashboard.view_models.risk import risk_lines
from dashboard.wording import plain
from explainers.alternatives import find_similar_patients
from explainers.attribution.lime_tabular import LimeTabular
from explainers.attribution.registry import explain_patient
from explainers.charts.waterfall import waterfall_table
from explainers.core import Study
from explainers.core.link import Scale
from explainers.performance.similar_risk import observe_at_risk
from explainers.reliability.stability import Repeats, estimate_seed_stability
from explainers.reports import PatientPage
from explainers.subgroups.disaggregation import estimate_everybody, patient_groups
from explainers.uncertainty.risk_intervals import estimate_risk_intervals
from explainers.workspace import Workspace

MADE_AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
METRICS = ("oe_ratio", "sensitivity")


def reasons_of(study: Study, patient_id: str, scale: Scale = "risk") -> SeenReasons:
    return SeenReasons(
        exact=explain_patient(study, patient_id, scale=scale),
        local=explain_patient(study, patient_id, method="lime", scale=scale),
        stability=estimate_seed_stability(
            study, LimeTabular(), patient_id, scale=scale, repeats=Repeats(n=5)
        ),
        by_concept=True,
    )


@pytest.fixture(scope="module")
def seen(workspace: Workspace, heart_study: Study) -> Seen:
    patient_id = str(heart_study.cohort.frame.index[3])
    auroc, prevalence = estimate_everybody(heart_study, ("auroc", "prevalence"))
    return Seen(
        facts=workspace.model_facts("heart-xgboost"),
        study=heart_study,
        patient_id=patient_id,
        unusual=None,
        tests=SeenTests(
            auroc=auroc,
            prevalence=prevalence,
            everybody=estimate_everybody(heart_study, METRICS),
            groups=patient_groups(heart_study, patient_id, METRICS),
            findings=(),
            near=observe_at_risk(heart_study, patient_id),
        ),
        intervals=estimate_risk_intervals(heart_study),
        reasons=reasons_of(heart_study, patient_id),
        similar=find_similar_patients(heart_study, patient_id, k=50),
        own=35,
        decision=decision_sentence("override", "wrong_input", MADE_AT),
    )


def page_of(seen: Seen, *, with_id: bool = False) -> PatientPage:
    return patient_page(seen, with_id=with_id, made_at=MADE_AT)


def test_the_id_stands_on_the_page_only_where_it_is_wanted(seen: Seen) -> None:
    """A sheet left on a printer would tell whose risk it is."""
    assert seen.patient_id not in repr(page_of(seen))
    assert seen.patient_id in page_of(seen, with_id=True).patient


def test_risk_and_reasons_are_the_strings_of_the_screen(seen: Seen) -> None:
    """A page rounded anew could differ from the screen it is kept as a record of."""
    study, page, tests = seen.study, page_of(seen), seen.tests
    assert tests is not None
    risk = float(study.risk[study.position_of(seen.patient_id)])
    outcome = study.cohort.schema.outcome(study.outcome)
    lines = risk_lines(study, risk, seen.own, tests.prevalence, tests.near)
    assert page.risk.lines[0] == printed(risk_sentence(risk, tests.near.at_this_risk, outcome))
    assert page.risk.lines[1:-1] == tuple(map(printed, lines))
    assert page.risk.lines[1].startswith("Your own estimate: 35%.")
    rows = group_rows(tests.groups, tests.everybody)
    assert page.validity.table.rows == tuple(rows.itertuples(index=False, name=None))
    told = told_reasons(study, seen.reasons.exact, seen.reasons.local, by_concept=True)
    assert page.reasons.sentence == printed(told.sentence)
    assert page.reasons.notes[0] == printed(sum_check(seen.reasons.exact))


@pytest.mark.parametrize("scale", ["risk", "log-odds"])
def test_bars_are_those_of_the_waterfall(seen: Seen, scale: Scale) -> None:
    study = seen.study
    reasons = reasons_of(study, seen.patient_id, scale)
    printed_reasons = page_of(replace(seen, reasons=reasons)).reasons
    exact = reasons.exact
    assert exact.feature_values is not None
    table = waterfall_table(
        exact.by_concept(study.cohort.schema),
        study.model.columns,
        patient_values=exact.feature_values[0].tolist(),
    )
    rows = [(row.label, row.value, row.change) for row in printed_reasons.rows]
    shown = table.iloc[1:-1][["Reason", "Value", "Contribution"]]
    assert rows == list(shown.itertuples(index=False, name=None))
    assert (printed_reasons.start.value, printed_reasons.end.value) == (
        table.iloc[0, 3],
        table.iloc[-1, 3],
    )


def test_an_opened_concept_is_printed_open(seen: Seen) -> None:
    columns = seen.study.model.columns
    concept = page_of(seen).reasons.rows[0].label
    inputs = {column.label for column in columns if column.concept == concept}
    opened = page_of(replace(seen, reasons=replace(seen.reasons, opened=concept))).reasons
    labels = {row.label.lstrip("\u21b3 ") for row in opened.rows}
    assert len(inputs) > 1
    assert inputs <= labels


def test_what_was_not_tested_says_so(seen: Seen) -> None:
    page = page_of(replace(seen, tests=None, intervals=None, similar=None, own=None, decision=""))
    assert "not tested" in page.warnings.lines[-1]
    assert "not tested" in page.validity.lines[0]
    assert "not known" in page.similar.lines[0]
    assert not page.validity.table.rows
    assert "Nothing was decided" in page.decision.lines[0]
    assert not any("own estimate" in line for line in page.risk.lines)


def test_limits_and_provenance_are_printed_whole(seen: Seen) -> None:
    page = page_of(seen)
    assert page.limits.lines[1:] == tuple(map(printed, seen.facts.limits))
    assert "not advice on treatment" in page.limits.lines[0]
    for digest in (seen.facts.digest, seen.study.cohort.digest, seen.study.reference.digest):
        assert digest in page.provenance.lines[0]
    assert page.made_at == "Made 2026-01-02 03:04 UTC"
    assert page.decision.lines[0].endswith("Reason: A recorded value is wrong.")
    assert page.decision.lines[0].startswith("You overrode the model on 2026-01-02, 03:04 UTC.")
    assert not any("Method" in line for line in page.provenance.lines)
    assert any("LIME" in note for note in page.reasons.notes)


def test_a_finding_stands_on_the_page_with_all_its_figures() -> None:
    """An interval cut in the middle could be read as another one."""
    finding = f"**Cases are found less often.** {'At the threshold most are flagged. ' * 12}(n 497)"
    assert len(finding) > 420
    assert printed(finding).endswith("(n 497)")


@pytest.mark.parametrize(
    "name", ["a_b*c**d", "[x](https://x.example)", "www.x.example", "a\\b", ":smile: @you", "<b>"]
)
def test_the_escapes_of_the_screen_are_undone(name: str) -> None:
    """Backslashes and invisible characters on paper would be read as part of a name."""
    assert printed(f"**{plain(name)}** at 12%") == f"{name} at 12%"
    assert printed("the [threshold](glossary?term=threshold) of 12%") == "the threshold of 12%"
