"""Moving a threshold, or one for each group, and seeing who would be found and who missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.components.address import start_from_address, write_to_address
from dashboard.components.chart import chart_mode, show_chart
from dashboard.components.export import offer_csv
from dashboard.components.segment_picker import pick_segment
from dashboard.services.groups import threshold_counts
from dashboard.view_models.group_parts import (
    harm_sentence,
    laboratory_changes,
    laboratory_export,
    undrawn_notes,
)
from dashboard.wording import plain, say, teach
from explainers.charts.per_thousand import (
    per_thousand_alt,
    per_thousand_chart,
    per_thousand_table,
)
from explainers.charts.wording import format_percent
from explainers.core.study import Study
from explainers.subgroups.threshold_counts import ThresholdCounts
from explainers.subgroups.thresholds import try_thresholds

ONE, EACH = "one", "each"
RULE_KEY = "laboratory_rule"


def show_laboratory(study: Study, by: str) -> None:
    """Per 1,000 patients of each group: found, missed, false alarms, rightly left alone."""
    counts = threshold_counts(study, by)
    if not counts.thresholds:
        st.info(say("groups.laboratory_empty"))
        return
    st.markdown(say("groups.laboratory_intro", n=len(counts.thresholds)))
    rule = _pick_rule() if len(counts.counted) > 1 else ONE
    if rule == EACH:
        st.warning(say("groups.laboratory_legal"), title=say("groups.laboratory_legal_title"))
        own = _pick_each(study, by, counts)
        threshold = _nearest(counts.thresholds, study.threshold)
    else:
        own = {}
        threshold = _pick_threshold(study, by, counts.thresholds)
        st.markdown(harm_sentence(threshold))
    rows = try_thresholds(counts, threshold, own, seed=study.seed)
    declared = try_thresholds(counts, _nearest(counts.thresholds, study.threshold), seed=study.seed)
    show_chart(
        per_thousand_chart(rows, mode=chart_mode()),
        key="laboratory",
        alt=per_thousand_alt(rows),
        table=per_thousand_table(rows),
        help_text=teach("groups.laboratory_hint"),
        page="thresholds",
    )
    changes = laboratory_changes(rows, declared)
    if changes:
        st.markdown(changes)
    for note in undrawn_notes(counts.groups):
        st.caption(plain(note))
    offer_csv(laboratory_export(rows, study), f"{study.model.name}-thresholds", key="laboratory")


def _pick_rule() -> str:
    return pick_segment(
        RULE_KEY, (ONE, EACH), label=say("groups.laboratory_rule"), name_of=_rule_name
    )


def _rule_name(rule: str) -> str:
    return say(f"groups.laboratory_{rule}")


def _pick_each(study: Study, by: str, counts: ThresholdCounts) -> Mapping[str, float]:
    """A threshold for every counted group."""
    own = {}
    columns = st.columns(min(len(counts.counted), 3))
    for at, (place, _) in enumerate(counts.counted):
        with columns[at % len(columns)]:
            own[place.label] = _slide(
                f"laboratory_{study.model.name}_{by}_{at}",
                counts.thresholds,
                study.threshold,
                label=plain(place.label),
            )
    return own


def _pick_threshold(study: Study, by: str, thresholds: Sequence[float]) -> float:
    return _slide(
        f"laboratory_{study.model.name}_{by}",
        thresholds,
        study.threshold,
        label=say("groups.laboratory_threshold"),
        help_text=say("groups.laboratory_threshold_help"),
    )


def _slide(
    key: str,
    thresholds: Sequence[float],
    declared: float,
    *,
    label: str,
    help_text: str | None = None,
) -> float:
    """One of the thresholds on offer; the one nearest to the declared until somebody moves it."""
    if len(thresholds) == 1:
        st.markdown(f"{label}: {format_percent(thresholds[0])}")
        return thresholds[0]
    options = {f"{threshold:.4f}": threshold for threshold in thresholds}
    default = f"{_nearest(thresholds, declared):.4f}"
    start_from_address(
        key,
        tuple(options),
        default,
        label=label,
        name_of=lambda name: format_percent(options[name]),
    )
    chosen = st.select_slider(
        label,
        tuple(options),
        format_func=lambda name: format_percent(options[name]),
        key=key,
        persist_state="session",
        help=help_text,
    )
    write_to_address(key, chosen, default)
    return options[chosen]


def _nearest(thresholds: Sequence[float], declared: float) -> float:
    return min(thresholds, key=lambda threshold: abs(threshold - declared))
