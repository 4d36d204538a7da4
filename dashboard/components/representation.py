"""Who is in the data: groups against a target population, and what was not recorded of whom."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.components.address import SEPARATOR, write_to_address
from dashboard.components.chart import chart_mode, show_chart, show_statistics
from dashboard.components.export import offer_csv
from dashboard.components.segment_picker import pick_segment
from dashboard.context import Context
from dashboard.services.evaluation import group_tables
from dashboard.services.groups import missingness, other_patients, representation
from dashboard.view_models.group_parts import (
    missingness_export,
    missingness_rows,
    representation_export,
    target_shares,
)
from dashboard.wording import plain, say, teach
from explainers.charts import forest_panels_table
from explainers.charts.representation import (
    representation_alt,
    representation_chart,
    representation_table,
)
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts
from explainers.subgroups.representation import Representation

TRAINING, TARGET = "training", "target"
TARGET_KEY = "representation_target"
MOST_INPUTS = 12


def show_representation(ctx: Context, study: Study, facts: BundleFacts, by: str) -> None:
    """Shares, label frequency and missingness, each by group."""
    chosen = _pick_target()
    rows: Sequence[Representation] = ()
    if chosen == TARGET:
        labels = study.cohort.schema.group(by).labels
        shares = _enter_shares(f"{study.cohort.schema.facts.name}_{by}", labels)
        if shares is not None:
            rows = representation(study, by, dict(zip(labels, shares, strict=True)))
    else:
        rows = representation(study, by, other_patients(ctx, facts, study))
    if rows:
        name = say(f"groups.representation_{chosen}_name")
        show_chart(
            representation_chart(rows, name, mode=chart_mode()),
            key="representation",
            alt=representation_alt(rows, name),
            table=representation_table(rows, name),
            help_text=teach(f"groups.representation_{chosen}_hint"),
            page="representation",
        )
        offer_csv(
            representation_export(rows, study),
            f"{study.model.name}-representation",
            key="representation",
        )
    _show_frequency(study, by)
    _show_missingness(study, by)


def _pick_target() -> str:
    return pick_segment(
        TARGET_KEY,
        (TRAINING, TARGET),
        label=say("groups.representation_against"),
        name_of=_target_name,
    )


def _enter_shares(key: str, labels: Sequence[str]) -> tuple[float, ...] | None:
    """Shares in [0, 1] typed in percent; None, with what they add up to, until that is 100."""
    address = f"shares_{key}"
    before = target_shares(st.query_params.get(address, ""), len(labels))
    st.caption(say("groups.representation_enter"))
    columns = st.columns(min(len(labels), 3))
    typed = []
    for at, label in enumerate(labels):
        with columns[at % len(columns)]:
            typed.append(
                st.number_input(
                    plain(label),
                    min_value=0.0,
                    max_value=100.0,
                    value=before[at],
                    step=1.0,
                    format="%.1f",
                    key=f"{address}_{at}",
                )
            )
    write_to_address(address, SEPARATOR.join(f"{share:g}" for share in typed), "")
    if abs(sum(typed) - 100) > 0.5:
        st.info(say("groups.representation_sum", total=f"{sum(typed):.1f}%"))
        return None
    return tuple(share / sum(typed) for share in typed)


def _show_frequency(study: Study, by: str) -> None:
    if not study.is_labelled.any():
        return
    st.header(say("groups.frequency"), anchor=False)
    show_statistics(
        forest_panels_table(group_tables(study, (by,), ("prevalence",))),
        key="frequency",
        alt=say("groups.frequency"),
        help_text=teach("groups.frequency_hint"),
        page="representation",
    )


def _show_missingness(study: Study, by: str) -> None:
    found = missingness(study, by)
    st.header(say("groups.missing"), anchor=False)
    if not found:
        st.caption(say("groups.missing_none"))
        return
    show_statistics(
        missingness_rows(found[:MOST_INPUTS]),
        key="missingness",
        alt=say("groups.missing"),
        help_text=teach("groups.missing_hint", shown=min(MOST_INPUTS, len(found)), n=len(found)),
        page="representation",
    )
    offer_csv(missingness_export(found, study), f"{study.model.name}-missing", key="missing")


def _target_name(target: str) -> str:
    return say(f"groups.representation_{target}")
