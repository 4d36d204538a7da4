"""What is said when two models stand side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard.view_models.behaviour import N_LEADING
from dashboard.view_models.rounding import interval, listed
from dashboard.wording import plain, say
from explainers.attribution.importance import ImportanceTable
from explainers.charts.ranking import input_label
from explainers.charts.wording import format_absence, format_percent
from explainers.core.estimate import Estimate
from explainers.core.schema import Column
from explainers.models.bundle import BundleFacts
from explainers.performance.metrics import find_metric
from explainers.performance.model_agreement import ModelAgreement


def comparable_models(
    every: Mapping[str, BundleFacts], facts: BundleFacts
) -> dict[str, BundleFacts]:
    """Other models of the same outcome, trained on the same file of patients."""
    return {
        name: other
        for name, other in every.items()
        if name != facts.name
        and (other.cohort, other.outcome) == (facts.cohort, facts.outcome)
        and other.training_cohort_digest == facts.training_cohort_digest
    }


def unique_titles(facts: BundleFacts, other: BundleFacts) -> tuple[str, str]:
    """Names of two models on screen that differ."""
    if facts.title != other.title:
        return facts.title, other.title
    return f"{facts.title} ({facts.name})", f"{other.title} ({other.name})"


def performance_columns(
    titles: tuple[str, str], first: Sequence[Estimate], second: Sequence[Estimate]
) -> pd.DataFrame:
    """A row per statistic, a column per model."""
    return pd.DataFrame(
        {
            say("model.statistic"): [find_metric(estimate.metric).label for estimate in first],
            titles[0]: [interval(estimate) for estimate in first],
            titles[1]: [interval(estimate) for estimate in second],
        }
    )


def leading_sentence(
    first: ImportanceTable, second: ImportanceTable, columns: Sequence[Column]
) -> str:
    """Whether both models put the same inputs first."""
    leading = [table.ranking()[:N_LEADING] for table in (first, second)]
    shared = [name for name in leading[0] if name in leading[1]]
    if len(shared) == len(leading[0]):
        names = listed(plain(input_label(name, columns)) for name in shared)
        return say("behaviour.compare_title_same", names=names)
    return say("behaviour.compare_title_other", n=len(shared))


def agreement_rows(agreement: ModelAgreement) -> pd.DataFrame:
    """The three measures of agreement with their intervals."""
    rows = (
        ("agreement_rank", _number(agreement.rank_correlation)),
        ("agreement_difference", _points(agreement.mean_difference)),
        ("agreement_flagged", _share(agreement.flagged_differently)),
    )
    return pd.DataFrame(
        [(say(f"behaviour.{key}"), told) for key, told in rows],
        columns=[say("behaviour.agreement_measure"), say("behaviour.agreement_value")],
    )


def agreement_sentence(agreement: ModelAgreement) -> str:
    """How far apart the two risks of a patient are on average."""
    value = agreement.mean_difference.value or 0.0
    return say(
        "behaviour.agreement_title",
        difference=say("behaviour.points", value=f"{100 * value:.1f}"),
    )


def _number(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return format_absence(estimate)
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _points(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return format_absence(estimate)
    low, high = 100 * estimate.low, 100 * estimate.high
    return f"{100 * estimate.value:.1f} points [{low:.1f}, {high:.1f}]"


def _share(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return format_absence(estimate)
    return f"{format_percent(estimate.value)} [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"
