"""What the parts of the groups screen say: rows, sentences and files."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

import pandas as pd

from dashboard.view_models.export import write_csv
from dashboard.view_models.groups import export_context
from dashboard.wording import plain, say
from explainers.charts.representation import share_text
from explainers.charts.wording import MINUS, format_absence, format_estimate, format_percent
from explainers.core.curve import Curve
from explainers.core.estimate import Estimate
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.performance.curves import NoCurve
from explainers.performance.decision_curves import DecisionCurve
from explainers.performance.metrics import find_metric
from explainers.performance.risk_bins import RiskBins
from explainers.subgroups.error_rates import ErrorRates, selection_ratio
from explainers.subgroups.representation import Representation
from explainers.subgroups.shrinkage import ShrunkGroup
from explainers.subgroups.thresholds import PerThousand, harm_ratio

_GAP = "_gap"

AnyCurve = TypeVar("AnyCurve", Curve, DecisionCurve)


def drawn(
    found: Sequence[tuple[Slice, AnyCurve | NoCurve]],
) -> dict[str, AnyCurve]:
    """The curves there are, by the name of their group."""
    return {place.label: curve for place, curve in found if not isinstance(curve, NoCurve)}


def undrawn_notes(
    found: Sequence[tuple[Slice, Curve | DecisionCurve | RiskBins | NoCurve]],
) -> tuple[str, ...]:
    """Why groups have no curve, those with one reason together."""
    reasons: dict[str, list[str]] = {}
    for place, curve in found:
        if isinstance(curve, NoCurve):
            reasons.setdefault(curve.reason, []).append(place.label)
    return tuple(f"{', '.join(labels)}: {reason}" for reason, labels in reasons.items())


def harm_sentence(threshold: float) -> str:
    """What a threshold says about the two kinds of harm."""
    ratio = harm_ratio(threshold)
    told = f"{ratio:.0f}" if ratio >= 9.5 else f"{ratio:.1f}"
    return say("groups.harm", threshold=format_percent(threshold), ratio=told)


def laboratory_changes(rows: Sequence[PerThousand], declared: Sequence[PerThousand]) -> str:
    """How many more or fewer are found and alarmed than at the declared threshold, as a list."""
    before = {row.place.label: row for row in declared}
    lines = []
    for row in rows:
        old = before[row.place.label]
        if row.threshold == old.threshold:
            continue
        lines.append(
            say(
                "groups.laboratory_change",
                group=plain(row.place.label),
                found=_more(row.found, old.found),
                alarms=_more(row.false_alarms, old.false_alarms),
                declared=format_percent(old.threshold),
            )
        )
    return "\n".join(f"- {line}" for line in lines)


def gap_rows(gaps: Sequence[SubgroupTable]) -> pd.DataFrame:
    """A row for each group, a column for each statistic's difference from the reference group."""
    columns: dict[str, list[str]] = {
        say("groups.group"): [place.label for place, _ in gaps[0].groups]
    }
    for gap in gaps:
        facts = find_metric(gap.metric.removesuffix(_GAP))
        columns[facts.label] = [
            _difference(estimate, is_share=facts.kind == "share") for _, estimate in gap.groups
        ]
    return pd.DataFrame(columns)


def n_gaps(gaps: Sequence[SubgroupTable]) -> int:
    """How many differences have an interval."""
    return sum(estimate.is_estimated for gap in gaps for _, estimate in gap.groups)


def shrunk_rows(groups: Sequence[ShrunkGroup]) -> pd.DataFrame:
    """The raw value, the shrunk one beside it, and how much of that is the group's own."""
    rows = [
        (
            own.place.label,
            format_estimate(own.raw),
            format_estimate(own.shrunk),
            format_percent(own.own_weight),
        )
        for own in groups
    ]
    names = ("group", "shrunk_raw", "shrunk_value", "shrunk_weight")
    return pd.DataFrame(rows, columns=[say(f"groups.{name}") for name in names])


def target_shares(text: str, n: int) -> list[float]:
    """Shares in percent from an address; zeros where it does not hold so many of them."""
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        return [0.0] * n
    is_usable = len(shares) == n and all(
        math.isfinite(share) and 0 <= share <= 100 for share in shares
    )
    return shares if is_usable else [0.0] * n


def missingness_rows(found: Sequence[tuple[Column, SubgroupTable]]) -> pd.DataFrame:
    """A row for each input, a column for everybody and each group."""
    rows = []
    for column, table in found:
        cells = {
            say("groups.missing_input"): column.label,
            Slice().label: share_text(table.overall),
        }
        rows.append(cells | {place.label: share_text(own) for place, own in table.groups})
    return pd.DataFrame(rows)


def error_rate_sentence(rates: Sequence[ErrorRates]) -> str:
    """The group whose false alarms would have to move furthest, in a sentence."""
    reference, *others = rates
    furthest = max(others, key=lambda own: abs(_implied(own) - reference.false_alarms))
    equal = furthest.false_alarms_if_equal
    return say(
        "groups.arithmetic_finding",
        group=plain(furthest.group),
        reference=plain(reference.group),
        implied=say("groups.arithmetic_over") if equal is None else format_percent(equal),
        own=format_percent(reference.false_alarms),
    )


def error_rate_rows(rates: Sequence[ErrorRates]) -> pd.DataFrame:
    """The four linked figures of each group, and the fifth that equality would force."""
    names = ("group", "prevalence", "ppv", "missed", "false_alarms", "implied")
    rows = [
        (
            own.group,
            format_percent(own.prevalence),
            format_percent(own.ppv),
            format_percent(own.missed),
            format_percent(own.false_alarms),
            say("groups.arithmetic_over")
            if own.false_alarms_if_equal is None
            else format_percent(own.false_alarms_if_equal),
        )
        for own in rates
    ]
    return pd.DataFrame(rows, columns=[say(f"groups.arithmetic_{name}") for name in names])


def flagged_rows(table: SubgroupTable) -> pd.DataFrame:
    """Share flagged of each group, and its ratio to the group with the highest share."""
    rows = [(Slice().label, share_text(table.overall), "")]
    for place, estimate in table.groups:
        ratio = selection_ratio(table, place)
        rows.append((place.label, share_text(estimate), "" if ratio is None else f"{ratio:.2f}"))
    names = ("group", "flagged", "ratio")
    return pd.DataFrame(rows, columns=[say(f"groups.parity_{name}") for name in names])


def calibration_export(curves: Mapping[str, Curve], study: Study) -> str:
    """The points of each curve as CSV."""
    return write_csv(_stacked(curves), export_context(study))


def decision_export(curves: Mapping[str, DecisionCurve], study: Study) -> str:
    """Net benefit at the thresholds at which people were counted, as CSV."""
    frames = []
    for label, curve in curves.items():
        figures = curve.model.to_frame().rename(columns={"x": "at", "y": "net_benefit"})
        figures["treat_all"] = curve.treat_all.y
        gain = curve.gain.to_frame()
        for part in ("y", "low", "high"):
            figures[f"gain_{part}".removesuffix("_y")] = gain[part]
        figures.insert(0, "standardised", curve.is_standardized)
        figures.insert(0, "group", label)
        frames.append(figures[curve.is_counted])
    return write_csv(pd.concat(frames, ignore_index=True), export_context(study))


def laboratory_export(rows: Sequence[PerThousand], study: Study) -> str:
    """People per 1,000 and net benefit as CSV, one row per figure."""
    figures = [
        {"group": row.place.label, "at": row.threshold, **estimate.to_dict()}
        for row in rows
        for estimate in (*row.people, row.net_benefit, row.standardized_net_benefit)
    ]
    return write_csv(pd.DataFrame(figures), export_context(study))


def representation_export(rows: Sequence[Representation], study: Study) -> str:
    """Shares and targets as CSV."""
    figures = [
        {"group": row.place.label, "target": row.target, **row.share.to_dict()} for row in rows
    ]
    return write_csv(pd.DataFrame(figures), export_context(study))


def missingness_export(found: Sequence[tuple[Column, SubgroupTable]], study: Study) -> str:
    """Missingness of every input by group as CSV."""
    frames = []
    for column, table in found:
        figures = table.to_frame()
        figures.insert(0, "input", column.name)
        frames.append(figures)
    return write_csv(pd.concat(frames, ignore_index=True), export_context(study))


def error_rate_export(rates: Sequence[ErrorRates], study: Study) -> str:
    """The linked figures as CSV."""
    return write_csv(pd.DataFrame([own.to_dict() for own in rates]), export_context(study))


def shrunk_export(groups: Sequence[ShrunkGroup], study: Study) -> str:
    """Raw and shrunk estimates as CSV."""
    figures = [
        {"group": own.place.label, "kind": kind, "own_weight": own.own_weight, **one.to_dict()}
        for own in groups
        for kind, one in (("raw", own.raw), ("shrunk", own.shrunk))
    ]
    return write_csv(pd.DataFrame(figures), export_context(study))


def _stacked(curves: Mapping[str, Curve]) -> pd.DataFrame:
    frames = []
    for label, curve in curves.items():
        figures = curve.to_frame()
        figures.insert(0, "group", label)
        frames.append(figures)
    return pd.concat(frames, ignore_index=True)


def _implied(own: ErrorRates) -> float:
    return 1.0 if own.false_alarms_if_equal is None else own.false_alarms_if_equal


def _more(new: Estimate, old: Estimate) -> str:
    change = round(new.value or 0.0) - round(old.value or 0.0)
    return say(
        "groups.laboratory_more" if change >= 0 else "groups.laboratory_fewer", n=abs(change)
    )


def _difference(estimate: Estimate, *, is_share: bool) -> str:
    """A difference with its interval; of shares in percentage points."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return format_absence(estimate).partition(":")[0]
    factor, decimals = (100.0, 1) if is_share else (1.0, 2)
    value, low, high = (
        f"{factor * end:+.{decimals}f}".replace("-", MINUS)
        for end in (estimate.value, estimate.low, estimate.high)
    )
    figures = f"{value} [{low}, {high}]"
    return say("groups.points", figures=figures) if is_share else figures
