"""What is said when two patients stand side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.view_models.rounding import listed
from dashboard.wording import plain, say
from explainers.attribution.side_by_side import SideBySide
from explainers.attribution.two_patients import TwoPatients
from explainers.charts.ranking import SMALLEST_RESIDUAL
from explainers.charts.two_patients import LETTERS, PairRow, pair_rows
from explainers.charts.wording import MINUS, format_change, format_prediction
from explainers.core.link import Scale
from explainers.core.schema import Column

N_NAMED = 3
MOST_ROWS = 30


def difference_sentence(pair: SideBySide, columns: Sequence[Column], disagreeing: str) -> str:
    """How far the risks are apart and the largest parts of that, unless methods disagree.

    Parameters
    ----------
    pair : TwoPatients or TwoModels
        By single inputs, or by concept.
    columns : sequence of Column
        Of the model, or of both.
    disagreeing : str
        The letters of those on whom the methods disagree, such as ``A and B``; "" for none.
    """
    scale = pair.first.scale
    first, second = (
        format_prediction(float(one.prediction[0]), scale) for one in (pair.first, pair.second)
    )
    apart = say(
        f"compare.apart_{pair.noun}",
        first=first,
        second=second,
        difference=format_change(pair.prediction_difference, scale),
    )
    if disagreeing:
        return f"{apart} {say(f'compare.withheld_{pair.noun}', names=disagreeing)}"
    named = [row for row in pair_rows(pair, columns)[:N_NAMED] if row.difference]
    if not named:
        return apart
    names = listed(f"{plain(row.label)} ({format_change(row.difference, scale)})" for row in named)
    return f"{apart} {say('compare.largest', names=names)}"


def letters_of(holds: Sequence[bool]) -> str:
    """The letters of the patients of whom something holds; "" for none."""
    return listed(letter for letter, is_true in zip(LETTERS, holds, strict=True) if is_true)


def differing_rows(pair: TwoPatients, columns: Sequence[Column]) -> pd.DataFrame:
    """Every input in which the patients differ, those alike as one row, and the sums.

    The column of differences adds up to the difference of the predictions.

    Parameters
    ----------
    pair : TwoPatients
        By single inputs.
    columns : sequence of Column
        The model's columns.
    """
    scale = pair.first.scale
    rows = pair_rows(pair, columns, n_rows=MOST_ROWS)
    alike = [row for row in rows if row.values[0] and row.values[0] == row.values[1]]
    shown = [row for row in rows if row not in alike]
    if alike:
        shown.append(_sum(say("compare.alike", n=len(alike)), alike))
    shown.append(_sum(say("compare.all"), shown))
    table = pd.DataFrame([_cells(row, scale) for row in shown], columns=_headings())
    ends = [
        _end(pair, "compare.start", "baseline", pair.baseline_difference),
        _end(pair, "compare.end", "prediction", pair.prediction_difference),
    ]
    return pd.concat([table, pd.DataFrame(ends, columns=_headings())], ignore_index=True)


def difference_check(pair: SideBySide) -> str:
    """That the difference of the predictions is the sum of what the table shows."""
    scale = pair.first.scale
    left = pair.residual()
    unit = " points" if scale == "risk" else ""
    shown = left * 100 if scale == "risk" else left
    is_rounding = abs(left) <= SMALLEST_RESIDUAL
    return say(
        "compare.check",
        difference=format_change(pair.prediction_difference, scale),
        baseline=format_change(pair.baseline_difference, scale),
        total=format_change(float(pair.contribution_differences.sum()), scale),
        residual=f"below 0.0001{unit}"
        if is_rounding
        else f"{shown:+.2f}{unit}".replace("-", MINUS),
    )


def _headings() -> list[str]:
    first, second = LETTERS
    return [
        say("changes.input"),
        say("compare.value", letter=first),
        say("compare.value", letter=second),
        say("compare.contribution", letter=first),
        say("compare.contribution", letter=second),
        say("compare.difference"),
    ]


def _cells(row: PairRow, scale: Scale) -> list[str]:
    contributions = (format_change(one, scale) for one in row.contributions)
    return [row.label, *row.values, *contributions, format_change(row.difference, scale)]


def _end(pair: TwoPatients, key: str, name: str, difference: float) -> list[str]:
    scale = pair.first.scale
    ends = (
        format_prediction(float(getattr(one, name)[0]), scale) for one in (pair.first, pair.second)
    )
    return [say(key), "", "", *ends, format_change(difference, scale)]


def _sum(label: str, rows: Sequence[PairRow]) -> PairRow:
    first, second = (sum(row.contributions[side] for row in rows) for side in (0, 1))
    return PairRow(label, ("", ""), (first, second))
