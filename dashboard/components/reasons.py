"""The reasons: SHAP beside LIME, whether they agree, and the sentence or its absence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from dashboard.components.beside import put_beside
from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.detail_picker import pick_detail
from dashboard.components.part import show_part
from dashboard.components.refitted_reasons import show_refitted_reasons
from dashboard.components.unit_picker import pick_unit
from dashboard.services import record
from dashboard.services.case import Case
from dashboard.services.explanations import explanation
from dashboard.services.method_pages import page_of
from dashboard.services.reliability import lime_stability
from dashboard.view_models.patient import (
    lime_check,
    lime_fit_sentence,
    method_note,
    sum_check,
)
from dashboard.view_models.reasons import told_reasons
from dashboard.view_models.reliability import is_very_unusual, stability_sentence
from dashboard.wording import say, teach, with_terms
from explainers.charts.ranking import Opened, rank_reasons
from explainers.charts.reasons import reasons_alt, reasons_chart, reasons_table
from explainers.charts.waterfall import waterfall_alt, waterfall_chart, waterfall_table
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.schema import Column
from explainers.core.study import Study


@st.fragment
def show_reasons(case: Case) -> None:
    """Both methods on the unit and in the detail asked for."""
    study, patient_id = case.study, case.patient_id
    st.header(say("patient.reasons"), anchor=False)
    if case.unusual is not None and is_very_unusual(case.unusual):
        st.warning(say("patient.unusual_reasons"))
    with st.container(horizontal=True, gap="large"):
        scale = pick_unit()
        by_concept = pick_detail("detail")
    with show_part():
        record.explained(case.ctx, study, patient_id, methods_in(scale))
        with st.skeleton(height=420):
            exact = explanation(study, patient_id, "shap", scale)
            local = explanation(study, patient_id, "lime", scale)
        _show_sentence(study, exact, local, by_concept=by_concept)
        exact_side, local_side = put_beside("reasons")
        with exact_side:
            _show_exact(study, exact, by_concept=by_concept)
        with local_side:
            _show_local(study, local, by_concept=by_concept)
    with show_part():
        show_refitted_reasons(case, by_concept=by_concept)


def methods_in(scale: Scale) -> dict[str, str]:
    """The methods that stand beside each other and their unit, as they go on record."""
    return {"shap": scale, "lime": scale}


def _show_sentence(
    study: Study, exact: Attribution, local: Attribution, *, by_concept: bool
) -> None:
    told = told_reasons(study, exact, local, by_concept=by_concept)
    (st.warning if told.is_withheld else st.info)(told.sentence)
    st.caption(with_terms(told.agreement, "rank-correlation"))
    st.caption(teach("patient.sentence_caption", n_reference=len(study.reference)))


def _show_exact(study: Study, exact: Attribution, *, by_concept: bool) -> None:
    shown = exact.by_concept(study.cohort.schema) if by_concept else exact
    columns = study.model.columns
    st.markdown(f"**{say('patient.shap_title')}**")
    opened = _pick_opened(exact, shown, columns) if by_concept else None
    values = _values(exact)
    show_chart(
        waterfall_chart(shown, columns, patient_values=values, opened=opened, mode=chart_mode()),
        key="waterfall",
        alt=waterfall_alt(shown, columns),
        table=waterfall_table(shown, columns, patient_values=values, opened=opened),
        help_text=teach("patient.shap_help"),
        page=page_of(exact.method),
    )
    st.caption(with_terms(sum_check(shown), "sum-check"))
    st.caption(method_note(exact))


def _show_local(study: Study, local: Attribution, *, by_concept: bool) -> None:
    shown = local.by_concept(study.cohort.schema) if by_concept else local
    columns = study.model.columns
    st.markdown(f"**{say('patient.lime_title')}**")
    show_chart(
        reasons_chart(shown, columns, patient_values=_values(local), mode=chart_mode()),
        key="lime",
        alt=reasons_alt(shown, columns),
        table=reasons_table(shown, columns, patient_values=_values(local)),
        help_text=teach("patient.lime_help"),
        page="lime",
    )
    if local.local_fit is not None:
        fit = lime_fit_sentence(float(local.local_fit[0]))
        st.caption(with_terms(fit, "local-fit"))
    st.caption(stability_sentence(lime_stability(study, local.patient_ids[0], local.scale)))
    st.caption(lime_check(shown))
    st.caption(method_note(local))


def _pick_opened(
    exact: Attribution, shown: Attribution, columns: Sequence[Column]
) -> Opened | None:
    """Which concept, if any, is to be shown by its single inputs."""
    sizes = Counter(column.concept for column in columns)
    offered = [reason.name for reason in rank_reasons(shown, columns).top if sizes[reason.name] > 1]
    if not offered:
        return None
    chosen: str | None = st.pills(
        say("patient.open_concept"),
        offered,
        key="opened_concept",
        help=say("patient.open_concept_help"),
    )
    return None if chosen is None else Opened(chosen, exact)


def _values(attribution: Attribution) -> list[float] | None:
    """The patient's own values, which concepts on a chart are named with."""
    values = attribution.feature_values
    return None if values is None else values[0].tolist()
