"""What does not fit is left out in a stated order, and never silently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from explainers.reports import PatientPage, PrintedPart, PrintedReason, PrintedTable
from explainers.reports.patient_page import clipped, left_out_text

Make = Callable[..., PatientPage]


def test_parts_give_up_entries_in_the_stated_order_and_stop(make_page: Make) -> None:
    """Warnings cut before caveats would leave the reader with the less important half."""
    page: PatientPage | None = make_page(
        caveats=PrintedPart("Data", ("a", "b")),
        similar=PrintedPart("Similar", ("a", "b")),
        validity=PrintedPart("Validity", ("n",), PrintedTable(("g",), (("a",),) * 4)),
        warnings=PrintedPart("Warnings", tuple("abcde")),
        risk=PrintedPart("Risk", tuple("abcde")),
    )
    cut = []
    before = page
    while page is not None and (after := page.shortened()) is not None:
        cut += [
            name
            for name in ("caveats", "similar", "validity", "warnings", "risk")
            if getattr(after, name) != getattr(page, name)
        ]
        page = after
    assert cut == ["caveats", "similar", "validity", "warnings", "risk"]
    assert page is not None
    assert before is not None
    assert page.limits == before.limits
    assert page.provenance == before.provenance
    assert page.warnings.paragraphs[-1] == "… and 1 more sentence on screen"


def test_reasons_that_are_left_out_stay_in_the_sum(make_page: Make) -> None:
    """A bar that vanished would let the others end beside the prediction."""
    page = make_page()
    named = [PrintedReason(f"Input {at}", "", "", (9 - at) / 100) for at in range(7)]
    rows = (*named, PrintedReason("Everything else (2 inputs)", "", "", -0.01, is_sum=True))
    shorter = replace(page.reasons, rows=rows)
    cut = make_page(reasons=shorter)
    while (after := cut.shortened()) is not None:
        cut = after
    kept = cut.reasons
    assert [row.label for row in kept.rows[4:]] == [
        "… and 3 more inputs on screen",
        "Everything else (2 inputs)",
    ]
    assert kept.rows[4].change == "+12.0 points"
    assert sum(row.contribution for row in kept.rows) == pytest.approx(
        sum(row.contribution for row in rows)
    )


def test_bars_begin_where_the_last_one_ended(page: PatientPage) -> None:
    spans = page.reasons.spans()
    assert all(0 <= place <= 1 for span in spans for place in span)
    assert [span[0] for span in spans[1:]] == [span[1] for span in spans[:-1]]
    lengths = np.diff(spans).ravel()
    changes = np.array([row.contribution for row in page.reasons.rows])
    assert lengths / lengths[0] == pytest.approx(changes / changes[0])


def test_a_contribution_that_was_not_computed_has_no_bar(page: PatientPage) -> None:
    rows = (replace(page.reasons.rows[0], contribution=np.nan),)
    assert replace(page.reasons, rows=rows).spans() == ((0.0, 0.0),)


def test_text_is_one_line_and_a_cut_is_seen() -> None:
    assert clipped("a\n\tb\u202e  c\u00a0d ") == "a b c\u00a0d"
    assert clipped("a" * 50, 10) == "aaaaaaaaa…"
    assert left_out_text(0, "row") == ""
    assert left_out_text(3, "input") == "… and 3 more inputs on screen"
