"""How the predicted risk moves with one input: ALE beside partial dependence."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.choice_picker import pick_attribute, pick_feature
from dashboard.components.export import offer_csv
from dashboard.services.behaviour import GroupedEffects, effects, effects_by
from dashboard.view_models.behaviour import (
    effect_export,
    effect_note,
    effect_sentence,
    effect_warning,
)
from dashboard.wording import plain, say, teach
from explainers.charts.effect import effect_alt, effect_chart, effect_table
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.effects.pair import EffectPair


def show_effects(study: Study) -> None:
    """Both curves with their bands, over where patients are."""
    with st.container(horizontal=True, gap="medium"):
        feature = pick_feature(study, "effect_of", study.model.feature_names)
        by = pick_attribute(study)
    column = next(column for column in study.model.columns if column.name == feature)
    with st.skeleton(height=460):
        pair, choice = effects(study, feature)
        found = effects_by(study, feature, by) if by else GroupedEffects((pair,), (), ())
    is_misleading, sentence = effect_warning(pair, choice, study.model.columns)
    st.subheader(effect_sentence(found.pairs or (pair,), column), anchor=False)
    if is_misleading:
        st.warning(sentence)
    else:
        st.caption(sentence)
    _show_curves(study, found.pairs, column)
    for label, reason in found.unsupported:
        st.caption(say("behaviour.unsupported", name=plain(label), reason=plain(reason)))
    if found.hidden:
        st.caption(say("behaviour.hidden", names=plain(", ".join(found.hidden))))


def _show_curves(study: Study, pairs: tuple[EffectPair, ...], column: Column) -> None:
    if not pairs:
        st.info(say("behaviour.no_groups"))
        return
    show_chart(
        effect_chart(pairs, column, mode=chart_mode()),
        key="effects",
        alt=effect_alt(pairs, column),
        table=effect_table(pairs, column),
        help_text=teach("hints.effects"),
        page="ale",
    )
    if not column.is_numeric and not column.ordered and len(column.levels) > 2:
        st.caption(say("behaviour.effect_unordered"))
    with st.container(horizontal=True, gap="small"):
        offer_csv(effect_export(pairs, study), f"{study.model.name}-effects", key="effects")
    st.caption(effect_note(pairs))
