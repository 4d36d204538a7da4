"""What is said when one patient stands under two models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard.view_models.patient import method_note
from dashboard.view_models.rounding import listed
from dashboard.wording import plain, say
from explainers.attribution.agreement import Agreement
from explainers.attribution.two_models import TwoModels
from explainers.charts.ranking import input_label
from explainers.charts.two_patients import LETTERS, PairRow, pair_rows
from explainers.charts.wording import format_change, format_percent, format_prediction
from explainers.core.schema import Column, Schema
from explainers.core.study import Study
from explainers.models.bundle import BundleFacts

MOST_ROWS = 30


def other_outcomes(every: Mapping[str, BundleFacts], facts: BundleFacts, schema: Schema) -> str:
    """Models of the same patients that are left out, as they predict something else; "" for none.

    Parameters
    ----------
    every : mapping from name to BundleFacts
    facts : BundleFacts
        Of the model that the others would be held against.
    schema : Schema
        Of the cohort.
    """
    others = [
        say(
            "compare.other_outcome",
            title=plain(other.title),
            outcome=plain(schema.outcome(other.outcome).label),
        )
        for other in every.values()
        if other.cohort == facts.cohort and other.outcome != facts.outcome
    ]
    return say("compare.other_outcomes", models=listed(others)) if others else ""


def flags_sentence(studies: Sequence[Study], risks: Sequence[float]) -> str:
    """Whether both models, one or none would flag the patient, each at its declared threshold."""
    flagging = [
        letter
        for letter, study, risk in zip(LETTERS, studies, risks, strict=True)
        if risk >= study.threshold
    ]
    thresholds = {letter: study.threshold for letter, study in zip(LETTERS, studies, strict=True)}
    shown = {f"at_{letter.lower()}": format_percent(at) for letter, at in thresholds.items()}
    if len(flagging) == 1:
        (other,) = (letter for letter in LETTERS if letter not in flagging)
        return say("compare.one_flags", letter=flagging[0], other=other, **shown)
    return say("compare.both_flag" if flagging else "compare.none_flags", **shown)


def reasons_agreement(agreement: Agreement, pair: TwoModels, columns: Sequence[Column]) -> str:
    """How many of the top reasons both models share, and which ones they disagree on.

    Parameters
    ----------
    agreement : Agreement
        Of the two models' reasons.
    pair : TwoModels
        The same reasons.
    columns : sequence of Column
        Of both models.
    """
    lines = [
        say(
            "compare.models_agreement",
            k=agreement.n_top,
            shared=agreement.n_shared,
            same_sign=agreement.n_same_sign,
        )
    ]
    tops = [_top(one.ranking()[0][: agreement.n_top], pair) for one in (pair.first, pair.second)]
    for letter, own, theirs in zip(LETTERS, tops, reversed(tops), strict=True):
        only = [plain(input_label(name, columns)) for name in own if name not in theirs]
        if only:
            lines.append(say("compare.only_in", letter=letter, names=listed(only)))
    if agreement.opposed:
        opposed = [plain(input_label(name, columns)) for name in agreement.opposed]
        lines.append(say("compare.opposed", names=listed(opposed)))
    return " ".join(lines)


def _top(positions: Sequence[int], pair: TwoModels) -> list[str]:
    return [pair.first.feature_names[at] for at in positions]


def method_notes(pair: TwoModels) -> tuple[str, ...]:
    """Which method answered for each model; once where it is the same for both."""
    first, second = (method_note(one) for one in (pair.first, pair.second))
    if first == second:
        return (first,)
    return tuple(f"{letter}: {note}" for letter, note in zip(LETTERS, (first, second), strict=True))


def model_rows(
    pair: TwoModels, columns: Sequence[Column], names_of_inputs: tuple[frozenset[str], ...]
) -> pd.DataFrame:
    """Every input, what it contributes in each model, and both sums.

    The column of differences adds up to the difference of the predictions.

    Parameters
    ----------
    pair : TwoModels
        By single inputs.
    columns : sequence of Column
        Of both models.
    names_of_inputs : tuple of two frozenset of str
        The inputs, by their labels, that each model has.
    """
    scale = pair.first.scale
    rows = [
        _cells(row, pair, names_of_inputs) for row in pair_rows(pair, columns, n_rows=MOST_ROWS)
    ]
    for key, part, difference in (
        ("start", "baseline", pair.baseline_difference),
        ("end", "prediction", pair.prediction_difference),
    ):
        ends = (float(getattr(one, part)[0]) for one in (pair.first, pair.second))
        told = (format_prediction(end, scale) for end in ends)
        rows.append([say(f"compare.{key}"), "", *told, format_change(difference, scale)])
    first, second = LETTERS
    headings = [
        say("changes.input"),
        say("compare.recorded"),
        say("compare.contribution", letter=first),
        say("compare.contribution", letter=second),
        say("compare.difference"),
    ]
    return pd.DataFrame(rows, columns=headings)


def _cells(row: PairRow, pair: TwoModels, names_of_inputs: tuple[frozenset[str], ...]) -> list[str]:
    scale = pair.first.scale
    is_input = any(row.label in names for names in names_of_inputs)
    told = [
        say("compare.no_input")
        if is_input and row.label not in names
        else format_change(contribution, scale)
        for contribution, names in zip(row.contributions, names_of_inputs, strict=True)
    ]
    return [row.label, row.values[0], *told, format_change(row.difference, scale)]
