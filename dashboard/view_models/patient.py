"""What the patient screen says about one patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dashboard.view_models.rounding import count, frequency, interval, listed
from dashboard.wording import plain, say
from explainers.attribution.agreement import DISAGREEMENT_LEVEL, Agreement
from explainers.attribution.registry import find_attributor
from explainers.charts.wording import format_change, format_percent, format_prediction
from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.core.encoding import format_value
from explainers.core.estimate import Estimate
from explainers.core.phrases import lower_first
from explainers.core.schema import Column, Outcome
from explainers.core.subgroup import Slice
from explainers.performance.metrics import find_metric
from explainers.performance.similar_risk import WIDEST_BAND
from explainers.subgroups.disaggregation import PatientGroup

N_REASONS = 3

HARDLY_RANKS = 0.7
"""An AUROC shown to lie below this is commonly called poor, and worth a word at the bedside."""


def model_warnings(auroc: Estimate) -> tuple[str, ...]:
    """Whether the model is shown to rank poorly, whoever the patient is."""
    if auroc.high is None or auroc.high >= HARDLY_RANKS:
        return ()
    return (say("patient.hardly_ranks", estimate=interval(auroc)),)


def input_warnings(row: FloatArray, columns: Sequence[Column]) -> tuple[str, ...]:
    """Missing and implausible inputs of one patient, encoded (p,)."""
    lines = []
    missing = [column.label for column, value in zip(columns, row, strict=True) if np.isnan(value)]
    if missing:
        lines.append(say("patient.missing", names=plain(listed(missing))))
    outside = [
        f"{column.label} {format_value(value, column)}"
        for column, value in zip(columns, row, strict=True)
        if _is_outside(value, column)
    ]
    if outside:
        lines.append(say("patient.out_of_range", names=plain(listed(outside))))
    return tuple(lines)


def _is_outside(value: float, column: Column) -> bool:
    if column.valid_range is None or np.isnan(value):
        return False
    low, high = column.valid_range
    return not low <= value <= high


def untested_groups(groups: Sequence[PatientGroup]) -> str:
    """Which groups of this patient nothing is known about, and why; "" where there are none."""
    lines = []
    for key, status in (("untested", "not_estimable"), ("withheld", "suppressed")):
        names = [
            f"{group.grouping.label} ({group.place.label})"
            for group in groups
            if group.estimates[0].status == status
        ]
        if names:
            lines.append(say(f"patient.{key}", names=plain(listed(names))))
    return " ".join(lines)


def suppression_note(groups: Sequence[PatientGroup], floor: int) -> str:
    """What "suppressed" means, where the table says it; "" where it does not."""
    said = any(estimate.status == "suppressed" for group in groups for estimate in group.estimates)
    return say("patient.suppressed", floor=floor) if said else ""


def _group_name(group: PatientGroup) -> str:
    return f"{group.grouping.label}: {group.place.label}"


def group_rows(groups: Sequence[PatientGroup], everybody: Sequence[Estimate]) -> pd.DataFrame:
    """The validity table: a row for everybody and for each group of this patient."""
    rows = [_group_row(Slice().label, everybody)]
    rows += [_group_row(_group_name(group), group.estimates) for group in groups]
    return pd.DataFrame(rows)


def _group_row(label: str, estimates: Sequence[Estimate]) -> dict[str, str]:
    ratio, found = estimates
    return {
        say("groups.group"): label,
        say("patient.sizes"): _sizes(ratio),
        find_metric(ratio.metric).label: interval(ratio),
        find_metric(found.metric).label: interval(found),
    }


def _sizes(estimate: Estimate) -> str:
    if estimate.n is None:
        return count(None)
    return f"{count(estimate.n)} ({count(estimate.n_events)})"


def risk_sentence(risk: float, observed: Estimate | None, outcome: Outcome) -> str:
    """The headline: a natural frequency with its interval, never a yes or no.

    Parameters
    ----------
    risk : float
    observed : Estimate or None
        Share with the outcome among patients at about this risk; None where outcomes are unknown.
    outcome : Outcome
    """
    words = {"frequency": frequency(risk), "noun": plain(outcome.noun)}
    if observed is None or observed.low is None or observed.high is None:
        return say("patient.risk_sentence", **words)
    low, high = (f"{100 * limit:.0f}" for limit in (observed.low, observed.high))
    return say("patient.risk_sentence_checked", low=low, high=high, n=count(observed.n), **words)


def similar_risk_sentence(observed: Estimate, closest: FloatArray, outcome: Outcome) -> str:
    """How often patients at about this risk turned out to have the outcome.

    Parameters
    ----------
    observed : Estimate
    closest : ndarray of shape (k,)
        Risks of the patients the estimate rests on.
    """
    if observed.value is None or observed.low is None or observed.high is None:
        return say("patient.risk_unchecked", noun=plain(outcome.noun), reason=observed.reason)
    expected = float(closest.mean())
    sentence = say(
        "patient.risk_checked",
        n=count(observed.n),
        lowest=format_percent(float(closest.min())),
        highest=format_percent(float(closest.max())),
        observed=interval(observed),
        noun=plain(outcome.noun),
        expected=format_percent(expected),
    )
    if float(np.ptp(closest)) > WIDEST_BAND:
        return f"{sentence} {say('patient.risk_checked_wide')}"
    if observed.low <= expected <= observed.high:
        return sentence
    side = "low" if expected < observed.low else "high"
    return f"{sentence} {say(f'patient.risk_checked_{side}')}"


def reason_sentence(attribution: Attribution, columns: dict[str, Column]) -> str:
    """The templated clinical sentence: where the model starts, and what moves it most.

    ``attribution`` covers one patient, by single inputs or by concept.
    """
    values = attribution.values[0]
    largest = attribution.ranking()[0][:N_REASONS]
    raising = [position for position in largest if values[position] > 0]
    lowering = [position for position in largest if values[position] < 0]
    parts = []
    if raising:
        parts.append(say("patient.raises", names=_reasons(attribution, raising, columns)))
    if lowering:
        key = "patient.lowers" if raising else "patient.lowers_first"
        parts.append(say(key, names=_reasons(attribution, lowering, columns)))
    return say(
        "patient.sentence" if attribution.scale == "risk" else "patient.sentence_log_odds",
        risk=format_prediction(float(attribution.prediction[0]), attribution.scale),
        baseline=format_prediction(float(attribution.baseline[0]), attribution.scale),
        moves=" and ".join(parts),
    )


def _reasons(attribution: Attribution, positions: Sequence[int], columns: dict[str, Column]) -> str:
    return listed(
        f"{_named(attribution, position, columns)}"
        f" ({format_change(float(attribution.values[0, position]), attribution.scale)})"
        for position in positions
    )


def _named(attribution: Attribution, position: int, columns: dict[str, Column]) -> str:
    name = attribution.feature_names[position]
    if name not in columns or attribution.feature_values is None:
        return plain(lower_first(name))
    column = columns[name]
    value = format_value(float(attribution.feature_values[0, position]), column)
    return plain(f"{lower_first(column.label)} {value}")


def sum_check(attribution: Attribution) -> str:
    """Baseline + bars = prediction, with the residual printed."""
    scale = attribution.scale
    return say(
        "patient.sum_check",
        baseline=format_prediction(float(attribution.baseline[0]), scale),
        total=format_change(float(attribution.values[0].sum()), scale),
        prediction=format_prediction(float(attribution.prediction[0]), scale),
        residual=_residual(float(attribution.residual()[0]), scale),
    )


def lime_check(attribution: Attribution) -> str:
    """Where LIME's bars end, where the model is, and that the difference is left unexplained."""
    scale = attribution.scale
    baseline = float(attribution.baseline[0])
    return say(
        "patient.lime_check",
        baseline=format_prediction(baseline, scale),
        line=format_prediction(baseline + float(attribution.values[0].sum()), scale),
        prediction=format_prediction(float(attribution.prediction[0]), scale),
        residual=_residual(float(attribution.residual()[0]), scale),
    )


def _residual(value: float, scale: str) -> str:
    shown = value * 100 if scale == "risk" else value
    unit = " points" if scale == "risk" else ""
    if abs(shown) < 1e-4:
        return f"below 0.0001{unit}"
    return f"{shown:+.2f}{unit}".replace("-", "\N{MINUS SIGN}")


def method_note(attribution: Attribution) -> str:
    """Which method answered, compared with whom, from which seed, and how far it is sampled."""
    provenance = attribution.provenance
    note = say(
        "common.method_note",
        method=find_attributor(attribution.method).label,
        reference=provenance.reference_digest[:8],
        seed=provenance.seed,
    )
    if attribution.std_error is None:
        return note
    if attribution.is_exact:
        return f"{note} {say('common.method_complete')}"
    error = format_change(float(attribution.std_error.max()), attribution.scale)
    return f"{note} {say('common.method_sampled', error=error.lstrip('+'))}"


def lime_fit_sentence(fit: float) -> str:
    """What the local fit of LIME means for reading its bars."""
    key = "poor" if fit < 0.3 else "fair" if fit < 0.7 else "good"
    return say(f"patient.lime_fit_{key}", fit=f"{fit:.2f}")


def disagreement_sentence(
    agreement: Agreement, columns: Mapping[str, Column], *, by_concept: bool = False
) -> str:
    """That two methods disagree, and which rule was broken first, with its value and limit."""
    kind = _kind(by_concept=by_concept)
    if agreement.n_same_sign < fewest_alike(agreement):
        rule = say(
            "patient.disagree_signs",
            k=agreement.n_top,
            kind=kind,
            limit=fewest_alike(agreement),
            same_sign=agreement.n_same_sign,
        )
    else:
        opposed = agreement.leading_opposed
        labels = [columns[name].label if name in columns else name for name in opposed]
        key = "disagree_opposed" if len(labels) == 1 else "disagree_opposed_many"
        rule = say(f"patient.{key}", kind=kind, names=plain(listed(labels)))
    return say("patient.disagree", rule=rule)


def agreement_sentence(agreement: Agreement, *, by_concept: bool = False) -> str:
    """How far two methods agree, as counts of the inputs or concepts each puts first."""
    rank = agreement.rank_correlation
    return say(
        "patient.methods_agree",
        k=agreement.n_top,
        kind=_kind(by_concept=by_concept),
        shared=agreement.n_shared,
        same_sign=agreement.n_same_sign,
        limit=fewest_alike(agreement),
        rank="not defined" if np.isnan(rank) else f"{rank:.2f}",
    )


def fewest_alike(agreement: Agreement) -> int:
    """How many of the largest have to be the same with the same sign for methods to agree."""
    n_top = agreement.n_top
    return next(n for n in range(n_top + 1) if n >= DISAGREEMENT_LEVEL * n_top)


def _kind(*, by_concept: bool) -> str:
    return say("patient.kind_concepts" if by_concept else "patient.kind_features")


def record_rows(row: FloatArray, columns: Sequence[Column]) -> pd.DataFrame:
    """What the model was given: input, value with unit, clinical concept."""
    return pd.DataFrame(
        {
            "Concept": [column.concept for column in columns],
            "Input": [column.label for column in columns],
            "Value": [
                format_value(float(value), column)
                for column, value in zip(columns, row, strict=True)
            ],
        }
    )
