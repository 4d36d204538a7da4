"""How the contribution of one input moves with its value, and with a second input."""

from __future__ import annotations

import streamlit as st

from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.choice_picker import pick_feature, pick_one
from dashboard.components.export import offer_csv
from dashboard.services.behaviour import dependence, importance, partners
from dashboard.view_models.behaviour import (
    dependence_export,
    dependence_notes,
    dependence_sentence,
    partner_sentence,
)
from dashboard.wording import plain, say, teach
from explainers.charts.dependence import dependence_alt, dependence_chart, dependence_table
from explainers.core.attribution import Attribution
from explainers.core.study import Study
from explainers.disclosure import SMALLEST_CELL
from explainers.errors import UnsupportedError

STRONGEST, NONE = "strongest", "none"


def show_dependence(study: Study, attribution: Attribution) -> None:
    """Mean contributions in bins of the value, apart for the partner's values."""
    columns = study.model.columns
    names = importance(study, attribution, by_concept=False).ranking()
    with st.container(horizontal=True, gap="medium"):
        feature = pick_feature(study, "dependence_of", names)
        chosen = _pick_partner(study, feature, names)
    partner = _strongest(study, feature) if chosen == STRONGEST else chosen
    found = dependence(study, attribution, feature, partner)
    if found.series:
        st.subheader(dependence_sentence(found, columns), anchor=False)
    show_chart(
        dependence_chart(found, columns, mode=chart_mode()),
        key="dependence",
        alt=dependence_alt(found, columns),
        table=dependence_table(found, columns),
        help_text=teach("hints.dependence", floor=SMALLEST_CELL),
        page="dependence",
    )
    for note in dependence_notes(found):
        st.caption(note)
    with st.container(horizontal=True, gap="small"):
        if found.series:
            content = dependence_export(found, columns, study)
            offer_csv(content, f"{study.model.name}-dependence", key="dependence")


def _pick_partner(study: Study, feature: str, names: tuple[str, ...]) -> str:
    """The second input; "" for none, or ``strongest``."""
    labels = {column.name: column.label for column in study.model.columns}
    options = (STRONGEST, NONE, *(name for name in names if name != feature))
    chosen = pick_one(
        "dependence_with",
        options,
        {
            **labels,
            STRONGEST: say("behaviour.partner_strongest"),
            NONE: say("behaviour.partner_none"),
        },
        label=say("behaviour.partner"),
        help_text=say("behaviour.partner_help"),
    )
    return "" if chosen == NONE else chosen


def _strongest(study: Study, feature: str) -> str:
    """The input it interacts with most, and how sure that is; "" where it is not known."""
    try:
        table = partners(study)
    except UnsupportedError as error:
        st.caption(say("behaviour.partner_unknown", reason=plain(error)))
        return ""
    found = next(each for each in table.partners if each.feature == feature)
    st.caption(partner_sentence(found, study.model.columns))
    return found.partner or ""
