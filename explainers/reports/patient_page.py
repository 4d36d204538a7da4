"""One patient on one page, as plain text in order; HTML and PDF print the same value.

What does not fit is left out one entry at a time, in the order of :data:`SHORTENED_FIRST`, and the
page says how much is missing. Warnings, limits and where the figures come from stay to the last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import Any

from explainers.charts.wording import format_change, one_line
from explainers.core.link import Scale

SHORTENED_FIRST = ("caveats", "similar", "validity", "reasons", "warnings", "risk")
"""Parts in the order in which they give up entries."""

FEWEST_KEPT = {"caveats": 1, "similar": 1, "validity": 3, "reasons": 4, "warnings": 4, "risk": 4}
LONGEST_TEXT = 420
MANY_GROUPS = 6
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class PrintedFact:
    """A label and what it says."""

    label: str
    value: str


@dataclass(frozen=True)
class PrintedTable:
    """A table of text.

    Attributes
    ----------
    header : tuple of str, length c
    rows : tuple of tuple of str, each of length c
    n_left_out : int
        Rows that did not fit.
    """

    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    n_left_out: int = 0


@dataclass(frozen=True)
class PrintedPart:
    """A heading, sentences, and sometimes a table between the heading and the sentences.

    Attributes
    ----------
    heading : str
    lines : tuple of str
    table : PrintedTable
        Empty where there is none.
    n_left_out : int
        Sentences that did not fit.
    is_run_on : bool
        Whether the sentences follow each other in one paragraph.
    """

    heading: str
    lines: tuple[str, ...] = ()
    table: PrintedTable = field(default_factory=PrintedTable)
    n_left_out: int = 0
    is_run_on: bool = False

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """What to print under the heading and the table, with a word on what is missing."""
        more = left_out_text(self.n_left_out, "sentence")
        told = (*self.lines, more) if more else self.lines
        return (" ".join(told),) if self.is_run_on and told else told


@dataclass(frozen=True)
class PrintedReason:
    """One bar of the waterfall.

    Attributes
    ----------
    label, value, change : str
        Name, the patient's value, the contribution as text.
    contribution : float
        Length of the bar.
    is_sum : bool
        Whether it stands for several inputs or for what is left, and so has no sign of its own.
    """

    label: str
    value: str
    change: str
    contribution: float
    is_sum: bool = False


@dataclass(frozen=True)
class PrintedReasons:
    """The waterfall and what is said about it.

    Attributes
    ----------
    heading : str
    sentence : str
        The sentence of reasons, or that it is withheld.
    is_withheld : bool
        Whether the methods disagree, so that no sentence of reasons is given.
    start, end : PrintedFact
        Baseline and prediction.
    start_value : float
        Where the first bar begins; the bars add up from there.
    rows : tuple of PrintedReason
        In display order.
    scale : {"risk", "log-odds"}
    notes : tuple of str
        Sum check, methods, agreement.
    n_left_out : int
        Inputs that were summed into the last row for want of room.
    """

    heading: str
    sentence: str
    is_withheld: bool
    start: PrintedFact
    end: PrintedFact
    start_value: float
    rows: tuple[PrintedReason, ...]
    scale: Scale
    notes: tuple[str, ...] = ()
    n_left_out: int = 0

    def spans(self) -> tuple[tuple[float, float], ...]:
        """Beginning and end of each bar as shares of the drawing's width, in [0, 1]."""
        path = list(accumulate((row.contribution for row in self.rows), initial=self.start_value))
        if not all(map(math.isfinite, path)):
            return ((0.0, 0.0),) * len(self.rows)
        low, width = min(path), max(path) - min(path)
        places = [(value - low) / width if width else 0.0 for value in path]
        return tuple(pairwise(places))


@dataclass(frozen=True)
class PatientPage:
    """What was seen of one patient.

    Attributes
    ----------
    title, caption : str
        Caption: what the page is not for.
    made_at : str
        When the page was made.
    patient : str
        Which patient, or that the id was left out.
    model : tuple of PrintedFact
        Name, version, digest, purpose, cohort.
    caveats : PrintedPart
        What must be known about the data.
    warnings, risk, validity, similar, decision, limits, provenance : PrintedPart
        The parts of the screen, in words; the risk's first line is the headline.
    reasons : PrintedReasons
    """

    title: str
    caption: str
    made_at: str
    patient: str
    model: tuple[PrintedFact, ...]
    caveats: PrintedPart
    warnings: PrintedPart
    risk: PrintedPart
    validity: PrintedPart
    reasons: PrintedReasons
    similar: PrintedPart
    decision: PrintedPart
    limits: PrintedPart
    provenance: PrintedPart

    @property
    def beside_risk(self) -> tuple[tuple[PrintedPart, ...], tuple[PrintedPart, ...]]:
        """Parts under the risk, and in the column beside it, so that both are about as long."""
        if len(self.validity.table.rows) >= MANY_GROUPS:
            return (self.similar,), (self.validity,)
        return (), (self.validity, self.similar)

    def shortened(self) -> PatientPage | None:
        """The page with one entry less; None where every part is down to what it must keep."""
        for name in SHORTENED_FIRST:
            shorter = _shorten(getattr(self, name), FEWEST_KEPT[name])
            if shorter is not None:
                changed: dict[str, Any] = {name: shorter}
                return replace(self, **changed)
        return None


def left_out_text(n: int, noun: str) -> str:
    """What stands in place of entries that did not fit; "" where nothing was left out."""
    return f"… and {n} more {noun}{'s' if n > 1 else ''} on screen" if n else ""


def single_line(text: str) -> str:
    """The text without control characters, line breaks or runs of blanks; blanks that hold stay."""
    return NO_BREAK.join(one_line(part) for part in text.split(NO_BREAK)).strip()


def clipped(text: str, longest: int = LONGEST_TEXT) -> str:
    """The text in one line, cut with an ellipsis where it is long."""
    line = single_line(text)
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _shorten(
    part: PrintedPart | PrintedReasons, fewest: int
) -> PrintedPart | PrintedReasons | None:
    if isinstance(part, PrintedReasons):
        return _shorten_reasons(part, fewest)
    table = part.table
    if len(table.rows) > fewest:
        cut = replace(table, rows=table.rows[:-1], n_left_out=table.n_left_out + 1)
        return replace(part, table=cut)
    if table.rows or len(part.lines) <= fewest:
        return None
    return replace(part, lines=part.lines[:-1], n_left_out=part.n_left_out + 1)


def _shorten_reasons(reasons: PrintedReasons, fewest: int) -> PrintedReasons | None:
    """The smallest named bar joins the others that did not fit, so that the bars still add up."""
    named = [row for row in reasons.rows if not row.is_sum]
    if len(named) <= fewest:
        return None
    others = [row for row in reasons.rows if row.is_sum]
    left_out, kept = named[-1], named[:-1]
    before, rest = _split_left_out(others, is_any=reasons.n_left_out > 0)
    n = reasons.n_left_out + 1
    total = left_out.contribution + before
    joined = PrintedReason(
        left_out_text(n, "input"), "", format_change(total, reasons.scale), total, is_sum=True
    )
    return replace(reasons, rows=(*kept, joined, *rest), n_left_out=n)


def _split_left_out(
    others: Sequence[PrintedReason], *, is_any: bool
) -> tuple[float, Sequence[PrintedReason]]:
    """What was left out so far, and the sums that follow it."""
    return (others[0].contribution, others[1:]) if is_any else (0.0, others)
