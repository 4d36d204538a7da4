"""The findings of a model, as a clinician keeps a patient's problem list."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.components.chart import show_table
from dashboard.components.export import offer_csv
from dashboard.components.hint import show_method_button
from dashboard.context import Context
from dashboard.services.checking import CHECK_CODES, check_model
from dashboard.view_models.export import write_csv
from dashboard.view_models.problems import (
    all_findings,
    evidence_lines,
    finding_table,
    result_rows,
    summary,
)
from dashboard.wording import plain, say
from explainers.core.finding import CheckResult, Finding
from explainers.models.bundle import BundleFacts

ICONS = {
    "high": ":material/priority_high:",
    "medium": ":material/report:",
    "low": ":material/info:",
}


def show_problems(ctx: Context, facts: BundleFacts) -> None:
    """Run what was not run yet, with its progress, then show everything."""
    results = _run(ctx, facts)
    st.markdown(f"**{summary(results)}**")
    st.caption(say("problems.caption"))
    if all_findings(results):
        st.header(say("problems.found"), anchor=False)
    for at, finding in enumerate(all_findings(results)):
        _show_finding(finding, key=f"{finding.code}-{at}")
    _show_others(results)
    if all_findings(results):
        table = finding_table(results)
        offer_csv(write_csv(table, {}), f"problems-{facts.name}", key="problems")


def _run(ctx: Context, facts: BundleFacts) -> list[CheckResult]:
    """Each check's answer is kept, so that leaving the page loses only the one at work.

    What is found stands below the progress as soon as it is.
    """
    place, so_far = st.empty(), st.empty()
    results: list[CheckResult] = []
    for done, code in enumerate(CHECK_CODES):
        text = say("problems.progress", done=done, total=len(CHECK_CODES))
        place.progress(done / len(CHECK_CODES), text=text)
        results.append(check_model(ctx, facts, code))
        if results[-1].findings:
            titles = [plain(finding.title) for finding in all_findings(results)]
            so_far.markdown("\n".join(f"- {title}" for title in titles))
    place.empty()
    so_far.empty()
    return results


def _show_finding(finding: Finding, *, key: str) -> None:
    with st.container(border=True, key=f"finding-{key}"):
        st.subheader(plain(finding.title), anchor=False)
        st.badge(say(f"problems.{finding.severity}"), icon=ICONS[finding.severity], color="gray")
        st.markdown(plain(finding.explanation))
        # Groups whose figures are withheld for one reason say it once.
        for line in dict.fromkeys(evidence_lines(finding)):
            st.markdown(f"- {line}")
        st.markdown(say("problems.affected", who=plain(finding.affected)))
        st.markdown(say("problems.remedy", remedy=plain(finding.remedy)))
        show_method_button(finding.doc, key=key)


def _show_others(results: Sequence[CheckResult]) -> None:
    for outcome, key in (("nothing found", "silent"), ("not applicable", "absent")):
        rows = result_rows(results, outcome)
        if len(rows):
            label = say(f"problems.{key}", n=len(rows))
            with st.expander(label, type="compact"):
                show_table(rows, key=f"checks-{key}", alt=label)
