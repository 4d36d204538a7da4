"""One patient under two models of the same outcome: both risks, and where their reasons part."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.components.beside import put_beside
from dashboard.components.chart import chart_mode, show_chart, show_table
from dashboard.components.choice_picker import pick_one
from dashboard.components.detail_picker import pick_detail
from dashboard.components.own_estimate import pick_own_estimate
from dashboard.components.part import show_part
from dashboard.components.patient_beside import show_doubts, show_risk_box
from dashboard.components.patient_finder import pick_patient
from dashboard.components.unit_picker import pick_unit
from dashboard.context import Context
from dashboard.services import record
from dashboard.services.case import Case
from dashboard.services.explanations import explanation, methods_disagree
from dashboard.services.library import open_catalogue, study_of
from dashboard.services.reliability import risk_intervals
from dashboard.view_models.behaviour_comparison import comparable_models, unique_titles
from dashboard.view_models.compare import difference_check, difference_sentence, letters_of
from dashboard.view_models.reliability import interval_sentence, is_very_unusual
from dashboard.view_models.two_models import (
    flags_sentence,
    method_notes,
    model_rows,
    other_outcomes,
    reasons_agreement,
)
from dashboard.wording import plain, say, teach, with_terms
from explainers.attribution.agreement import compare_attributions
from explainers.attribution.two_models import TwoModels, compare_models
from explainers.charts.two_patients import (
    LETTERS,
    two_patients_alt,
    two_patients_chart,
    two_patients_table,
)
from explainers.core.link import Scale
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts
from explainers.uncertainty.calibration_split import FEWEST_OF_A_KIND


def show_two_models(ctx: Context, facts: BundleFacts, study: Study) -> None:
    """Pick the second model and the patient, look at both risks, and see why they differ."""
    st.caption(say("compare.intro_models"))
    second = _pick_second(ctx, facts, study)
    if second is None:
        return
    other, its_study = second
    patient_id = pick_patient(study)
    if patient_id is None:
        return
    cases = (Case(ctx, facts, study, patient_id), Case(ctx, other, its_study, patient_id))
    with show_part():
        show_doubts(cases[0])
    if not pick_own_estimate(study, patient_id):
        return
    _reveal_both(cases)
    titles = unique_titles(facts, other)
    for case, letter, title, place in zip(
        cases, LETTERS, titles, put_beside("models"), strict=True
    ):
        with place, show_part():
            st.header(say("compare.model", letter=letter, title=plain(title)), anchor=False)
            show_risk_box(case)
            _show_interval(case)
    _show_reasons(cases)


def _pick_second(
    ctx: Context, facts: BundleFacts, study: Study
) -> tuple[BundleFacts, Study] | None:
    """A model of the same outcome on the same held-out patients; None, with a word, if none."""
    every = open_catalogue(ctx).models
    others = comparable_models(every, facts)
    left_out = other_outcomes(every, facts, study.cohort.schema)
    if not others:
        st.info(f"{say('behaviour.compare_none')} {left_out}".strip())
        return None
    names = sorted(others, key=lambda name: (name != facts.comparator, name))
    titles = {name: unique_titles(facts, other)[1] for name, other in others.items()}
    chosen = pick_one(f"second_{facts.name}", names, titles, label=say("compare.second_model"))
    second = study_of(ctx, others[chosen])
    if second.cohort.digest != study.cohort.digest:
        st.info(say("compare.other_held_out"))
        return None
    outcome = study.cohort.schema.outcome(study.outcome)
    same = say("compare.same_outcome", outcome=plain(outcome.label), horizon=plain(outcome.horizon))
    st.caption(f"{same} {left_out}".strip())
    return others[chosen], second


def _reveal_both(cases: tuple[Case, Case]) -> None:
    """The estimate was asked for once, of the patient; it stands beside both models' risks."""
    first, second = (case.study.model.name for case in cases)
    patient_id = cases[0].patient_id
    if not state.is_revealed(second, patient_id):
        state.reveal(second, patient_id, state.own_estimate(first, patient_id))
    record.revealed(cases[1].study, patient_id)


def _show_interval(case: Case) -> None:
    if case.study.is_labelled.sum() < 2 * FEWEST_OF_A_KIND:
        return
    told = interval_sentence(risk_intervals(case.study), case.patient_id)
    st.caption(with_terms(told, "venn-abers"))


@st.fragment
def _show_reasons(cases: tuple[Case, Case]) -> None:
    """Both models' reasons on one axis, and which of the largest they disagree on."""
    first, second = (case.study for case in cases)
    patient_id = cases[0].patient_id
    st.header(say("compare.models_reasons"), anchor=False)
    unusual = [case.unusual is not None and is_very_unusual(case.unusual) for case in cases]
    if any(unusual):
        st.warning(say("patient.unusual_reasons"))
    with st.container(horizontal=True, gap="large"):
        scale = pick_unit()
        by_concept = pick_detail("detail")
    with show_part():
        for case in cases:
            record.explained(case.ctx, case.study, patient_id, {"shap": scale})
        with st.skeleton(height=420):
            pair = _pair(first, second, patient_id, scale)
            disagreeing = letters_of([methods_disagree(one, patient_id) for one in (first, second)])
        columns = tuple({c.name: c for s in (first, second) for c in s.model.columns}.values())
        shown = pair.by_concept(first.cohort.schema) if by_concept else pair
        _show_sentences(shown, columns, disagreeing, (first, second))
        show_chart(
            two_patients_chart(shown, columns, mode=chart_mode()),
            key="two_models",
            alt=two_patients_alt(shown, columns),
            table=two_patients_table(shown, columns),
            help_text=teach("compare.models_help"),
            page="two-models",
        )
        st.caption(teach("compare.models_comparable", n_reference=len(first.reference)))
        for note in method_notes(pair):
            st.caption(note)
        st.subheader(say("compare.models_inputs"), anchor=False)
        has = tuple(frozenset(c.label for c in s.model.columns) for s in (first, second))
        show_table(
            model_rows(pair, columns, has), key="differing", alt=say("compare.models_inputs")
        )
        st.caption(difference_check(pair))


def _pair(first: Study, second: Study, patient_id: str, scale: Scale) -> TwoModels:
    return compare_models(*(explanation(one, patient_id, "shap", scale) for one in (first, second)))


def _show_sentences(
    pair: TwoModels,
    columns: tuple[Column, ...],
    disagreeing: str,
    studies: tuple[Study, Study],
) -> None:
    agreement = compare_attributions(pair.first, pair.second)
    risks = [
        float(study.predict(study.rows_of(pair.first.patient_ids), "risk")[0]) for study in studies
    ]
    told = difference_sentence(pair, columns, disagreeing)
    lines = (told, flags_sentence(studies, risks), reasons_agreement(agreement, pair, columns))
    (st.warning if disagreeing else st.info)("\n\n".join(lines))
