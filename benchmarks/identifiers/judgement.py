"""What the scan makes of labelled columns: found, found under another letter, missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.identifiers.made_up import Labelled
from explainers.intake.identifiers import IdentifierClass, scan_table

# A name that says nothing, so that the values alone have to tell.
MUTE = "x17"


@dataclass(frozen=True)
class Score:
    """How one class of identifiers fared.

    Attributes
    ----------
    kind : IdentifierClass or None
        None for columns that identify nobody.
    n : int
        Columns scanned, by name and values; as many again by values alone.
    stopped, stopped_mute : int
        Columns with any hit, so that they are not let in; the second without a telling name.
    right_letter : int
        Columns with a hit of their own class.
    """

    kind: IdentifierClass | None
    n: int
    stopped: int
    stopped_mute: int
    right_letter: int


def score_columns(columns: Sequence[Labelled]) -> tuple[Score, ...]:
    """Scan every column by itself, twice: with its name and with one that says nothing."""
    kinds = dict.fromkeys(column.kind for column in columns)
    return tuple(_score(kind, [one for one in columns if one.kind == kind]) for kind in kinds)


def _score(kind: IdentifierClass | None, columns: Sequence[Labelled]) -> Score:
    reports = [scan_table(column.values.to_frame()) for column in columns]
    mute = [scan_table(column.values.rename(MUTE).to_frame()) for column in columns]
    return Score(
        kind,
        len(columns),
        stopped=sum(bool(report.hits) for report in reports),
        stopped_mute=sum(bool(report.hits) for report in mute),
        right_letter=sum(any(hit.kind == kind for hit in report.hits) for report in reports),
    )
