"""What the patient finder says of a question that it cannot answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from dashboard.view_models.address import quoted
from dashboard.view_models.rounding import listed
from dashboard.wording import plain, say
from explainers.core.patient_query import Call, Order, RecordedOutcome, read_condition
from explainers.core.study import Study

MOST_NAMED = 8


def refused_question(parts: Sequence[str], study: Study) -> str:
    """Each condition that was not understood, what there is instead, and who is shown.

    Parameters
    ----------
    parts : sequence of str
        The conditions as they stand in the address; empty where only all together are too many.
    study : Study
    """
    told = [_told(part, study) for part in parts[:MOST_NAMED]] or [say("finder.refused_whole")]
    return " ".join([say("finder.refused"), *told, say("finder.refused_shown")])


def outcome_name(slug: str) -> str:
    """A recorded outcome by its name on screen."""
    return say(f"finder.outcome_{slug}")


def call_name(slug: str) -> str:
    """How the model did, by its name on screen."""
    return say(f"finder.call_{slug}")


def order_name(slug: str) -> str:
    """An order by its name on screen."""
    return say(f"finder.order_{slug}")


def _told(part: str, study: Study) -> str:
    kind, name, value = read_condition(part)
    choices = {
        "outcome": ("finder.outcome", [outcome_name(one) for one in get_args(RecordedOutcome)]),
        "model": ("finder.call", [call_name(one) for one in get_args(Call)]),
        "order": ("finder.order", [order_name(one) for one in get_args(Order)]),
    }
    if kind in choices:
        label, names = choices[kind]
        return _not_on_offer(value, say(label), names)
    if kind == "group":
        return _told_group(name, value, study)
    if kind == "input":
        return _told_input(name, value, study)
    if kind == "risk":
        return _no_range(value, say("finder.risk"), "0.1..0.2")
    return say("finder.refused_condition", asked=quoted(part))


def _told_group(name: str, value: str, study: Study) -> str:
    group = next((one for one in study.cohort.schema.groups if one.name == name), None)
    if group is None:
        return say("finder.refused_group", asked=quoted(name))
    return _not_on_offer(value, group.label, group.labels)


def _told_input(name: str, value: str, study: Study) -> str:
    column = next((one for one in study.model.columns if one.name == name), None)
    if column is None:
        return say("finder.refused_input", asked=quoted(name))
    if column.is_numeric:
        return _no_range(value, column.label_with_unit, "20..30")
    return _not_on_offer(value, column.label, column.levels)


def _not_on_offer(value: str, label: str, names: Sequence[str]) -> str:
    return say(
        "finder.refused_choice",
        asked=quoted(value),
        label=plain(label),
        names=plain(listed(f"“{name}”" for name in names)),
    )


def _no_range(value: str, label: str, example: str) -> str:
    return say(
        "finder.refused_range", asked=quoted(value), label=plain(label), example=plain(example)
    )
