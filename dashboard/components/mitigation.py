"""What could be done about unequal service, and who would gain and who pay; on demand."""

from __future__ import annotations

from typing import cast

import streamlit as st

from dashboard import state
from dashboard.components.chart import chart_mode, show_chart, show_statistics
from dashboard.components.export import offer_csv
from dashboard.components.segment_picker import pick_segment
from dashboard.context import Context
from dashboard.services.mitigation import mitigation_effect, mitigation_task
from dashboard.view_models.mitigation import (
    STATISTICS,
    finding,
    is_withheld,
    mitigation_export,
    mitigation_intro,
    mitigation_name,
    pays_lines,
    step_rows,
)
from dashboard.wording import plain, say, teach
from explainers.charts.before_after import (
    before_after_alt,
    before_after_chart,
    before_after_table,
    people_table,
    statistic_name,
)
from explainers.charts.wording import format_percent
from explainers.core.study import Study
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.errors import UnsupportedError
from explainers.models.bundle import BundleFacts
from explainers.subgroups.mitigation import MitigationTask
from explainers.subgroups.mitigation_effects import MitigationEffect
from explainers.subgroups.mitigation_rules import MITIGATIONS, find_mitigation

RULE_KEY, STATISTIC_KEY = "mitigation", "mitigation_statistic"
FIRST_STATISTIC = "sensitivity"


def show_mitigations(ctx: Context, study: Study, facts: BundleFacts, by: str) -> None:
    """A mitigation to try, then every group before and after.

    Parameters
    ----------
    ctx : Context
    study : Study
        At the declared threshold.
    facts : BundleFacts
    by : str
        One attribute.
    """
    st.markdown(teach("mitigation.intro"))
    slug = _pick_rule()
    st.markdown(mitigation_intro(slug))
    if find_mitigation(slug).uses_group:
        st.warning(say("groups.laboratory_legal"), title=say("groups.laboratory_legal_title"))
    try:
        task = mitigation_task(ctx, facts, study, by)
    except UnsupportedError as error:
        st.info(say("mitigation.not_applicable", reason=plain(error)))
        return
    if reason := find_mitigation(slug).reason_against(task):
        st.info(say("mitigation.not_applicable", reason=plain(reason)))
        return
    key = ("mitigation", facts.digest, study.cohort.digest, by, slug)
    effect = cast("MitigationEffect | None", state.kept_result(key))
    if effect is None:
        effect = _ask(ctx, facts, task, slug)
        if effect is None:
            return
        state.keep_result(key, effect)
        st.rerun()
    _show_effect(effect, study)


def _show_effect(effect: MitigationEffect, study: Study) -> None:
    st.header(finding(effect), anchor=False)
    if lines := pays_lines(effect):
        st.markdown(f"{say('mitigation.people_intro')}\n\n{lines}")
    statistic = _pick_statistic()
    show_chart(
        before_after_chart(effect, statistic, mode=chart_mode()),
        key="before_after",
        alt=before_after_alt(effect, statistic),
        table=before_after_table(effect),
        help_text=teach("mitigation.chart_hint", n=effect.n_contrasts, level=f"{effect.level:.0%}"),
        page="mitigation",
    )
    st.header(say("mitigation.people"), anchor=False)
    show_statistics(
        people_table(effect),
        key="mitigation_people",
        alt=say("mitigation.people"),
        help_text=teach("mitigation.people_hint"),
        page="mitigation",
    )
    if effect.steps:
        st.header(say("mitigation.steps"), anchor=False)
        show_statistics(
            step_rows(effect),
            key="mitigation_steps",
            alt=say("mitigation.steps"),
            help_text=teach("mitigation.steps_hint", floor=SMALLEST_CELL),
            page="mitigation",
        )
    if is_withheld(effect):
        st.caption(say("mitigation.withheld", floor=SMALLEST_CELL))
    offer_csv(
        mitigation_export(effect, study), f"{study.model.name}-{effect.slug}", key="mitigation"
    )


def _ask(
    ctx: Context, facts: BundleFacts, task: MitigationTask, slug: str
) -> MitigationEffect | None:
    """A button that starts the computation, then a bar and a button that stops it."""
    threshold = format_percent(task.study.threshold)
    st.caption(say("mitigation.offer", threshold=threshold))
    place = st.empty()
    # In a container, as what replaces it is: else the button stays on the page beside it.
    with place.container():
        start = say("mitigation.start")
        is_asked = st.button(start, icon=":material/balance:", key="mitigation_start")
    if not is_asked:
        return None
    n_folds = task.part.recipe.n_folds
    with place.container():
        bar = st.progress(0.0, text=say("mitigation.progress", done=0, total=n_folds))
        # Any click ends the run at the next step of the bar; this one says so.
        st.button(say("mitigation.stop"), icon=":material/stop:", key="mitigation_stop")

    def tell(done: int, total: int) -> None:
        bar.progress(done / total, text=say("mitigation.progress", done=done, total=total))

    return mitigation_effect(ctx, facts, task, slug, tell)


def _pick_rule() -> str:
    slugs = [rule.slug for rule in MITIGATIONS]
    return pick_segment(RULE_KEY, slugs, label=say("mitigation.rule"), name_of=mitigation_name)


def _pick_statistic() -> str:
    return pick_segment(
        STATISTIC_KEY,
        tuple(STATISTICS),
        label=say("mitigation.statistic"),
        name_of=statistic_name,
        default=FIRST_STATISTIC,
    )
