"""What the model screen says: facts, performance beside the simple comparator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard.view_models.rounding import interval
from dashboard.wording import say
from explainers.charts.wording import format_percent
from explainers.core.estimate import Estimate
from explainers.core.schema import Schema
from explainers.models.bundle import BundleFacts
from explainers.performance.metrics import find_metric


def option_titles(every: Mapping[str, BundleFacts]) -> dict[str, str]:
    """What each model is called in the list; its name is added where two have one title."""
    counts = Counter(facts.title for facts in every.values())
    return {
        name: facts.title if counts[facts.title] == 1 else f"{facts.title} ({name})"
        for name, facts in every.items()
    }


def version_and_purpose(facts: BundleFacts) -> str:
    """What stands under the list: name, version and the first sentence of the purpose."""
    purpose = facts.purpose.partition(". ")[0].rstrip(".")
    told = f"{purpose}." if purpose else say("common.no_purpose")
    return f"{facts.name} {facts.version}. {told}"


def fact_rows(facts: BundleFacts, schema: Schema) -> tuple[tuple[str, str], ...]:
    """Label and value of each fact; what was not given says so rather than vanish."""
    values = {
        "name": f"{facts.name} {facts.version}",
        "purpose": facts.purpose,
        "intended_users": facts.intended_users,
        "intended_patients": facts.intended_patients,
        "limits": " ".join(facts.limits),
        "outcome": schema.outcome(facts.outcome).label,
        "horizon": facts.horizon,
        "threshold": f"{format_percent(facts.threshold)}. {facts.threshold_reason}",
        "family": facts.family_label,
        "training": _training(facts),
        "notes": " ".join(facts.notes) or say("model.no_notes"),
        "digest": facts.digest[:16],
    }
    return tuple(
        (say(f"model.{name}"), value or say("common.not_provided"))
        for name, value in values.items()
    )


def _training(facts: BundleFacts) -> str:
    """Patients and events trained on; nothing where a registered model's maker did not say."""
    if not facts.n_train:
        return ""
    return say("model.training_value", n=f"{facts.n_train:,}", events=f"{facts.n_train_events:,}")


def inputs_sentence(facts: BundleFacts, schema: Schema) -> str:
    """Labels of the inputs, in order."""
    return ", ".join(schema.column(name).label for name in facts.feature_names)


def never_inputs_sentence(schema: Schema) -> str:
    """Labels of the recorded attributes that no model of this cohort may use."""
    return ", ".join(column.label for column in schema.columns if column.role == "attribute")


def performance_rows(
    own: Sequence[Estimate], comparator: Sequence[Estimate] | None, comparator_title: str
) -> pd.DataFrame:
    """One row per statistic, the simple comparator beside this model."""
    rows = {
        say("model.statistic"): [find_metric(estimate.metric).label for estimate in own],
        say("model.this_model"): [interval(estimate) for estimate in own],
    }
    if comparator is not None:
        column = say("model.comparator_column", title=comparator_title)
        rows[column] = [interval(estimate) for estimate in comparator]
    return pd.DataFrame(rows)
