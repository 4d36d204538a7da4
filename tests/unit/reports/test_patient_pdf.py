"""The PDF: one sheet of A4 whose text can be read, searched and copied."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from explainers.reports import (
    PatientPage,
    PrintedFact,
    PrintedPart,
    PrintedTable,
    fit_page,
    patient_pdf,
)
from explainers.reports.patient_pdf import readable

Make = Callable[..., PatientPage]


def words_of(content: bytes) -> str:
    (sheet,) = PdfReader(BytesIO(content)).pages
    return re.sub(r"[^\S\u00a0]+", " ", sheet.extract_text())


def test_one_sheet_of_a4_with_every_figure(page: PatientPage) -> None:
    content = patient_pdf(page)
    reader = PdfReader(BytesIO(content))
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    words = words_of(content)
    for expected in (
        "Patient NH-00010",
        "2,507 (497)",
        "1.01 [0.94, 1.10]",
        "+5.1 points",
        "\u22122.0 points",
        "About 24 in 100.",
        "Not advice.",
    ):
        assert expected in words


def test_title_language_and_author_are_stated(page: PatientPage) -> None:
    """Without a language a screen reader reads the page in the voice of its own."""
    reader = PdfReader(BytesIO(patient_pdf(page)))
    assert reader.metadata is not None
    assert reader.metadata.title == "One patient"
    assert reader.metadata.author == "Pellucid"
    assert reader.root_object["/Lang"] == "en"


def test_the_same_value_gives_the_same_bytes(make_page: Make) -> None:
    assert patient_pdf(make_page()) == patient_pdf(make_page())


def test_no_character_is_lost_or_becomes_a_box(make_page: Make) -> None:
    """A minus sign that vanished would turn a lowered risk into a raised one."""
    drawn = "\u2212\u2265\u2264\u2248\u00b2\u00b3\u00b5\u00b1\u00b7\u00d7\u2013\u2014\u2026"
    drawn += "\u201c\u2022\u0141\u010c\u00df\u00e9\u20ac"
    absent = "\u2082\u03b2\u6f22\U0001f600"
    content = patient_pdf(make_page(decision=PrintedPart("D", (f"[{drawn}] {absent}",))))
    words = words_of(content)
    assert f"[{drawn}]" in words
    assert "[U+2082][U+03B2][U+6F22][U+1F600]" in words
    assert "\ufffd" not in words
    assert "\u25a0" not in words
    assert readable("e\u0301") == "\u00e9"


def test_markup_in_a_name_is_text(make_page: Make) -> None:
    name = '<b>x</b> <font size="90"> &amp; <a href="https://x.example">y</a>'
    content = patient_pdf(make_page(patient="P", decision=PrintedPart(name, (name,))))
    assert words_of(content).count(name) == 2
    assert b"/URI" not in content


def overfull(make_page: Make, page: PatientPage, n: int, text: str) -> PatientPage:
    lines = tuple(f"{at} {text}" for at in range(n))
    return make_page(
        caveats=PrintedPart("Data", lines, is_run_on=True),
        warnings=PrintedPart("Read this before the risk", lines),
        similar=PrintedPart("Similar", lines),
        validity=PrintedPart(
            "Validity",
            ("note",),
            PrintedTable(("Group", "n", "O/E"), tuple((line, "11", "1.0") for line in lines)),
        ),
        reasons=replace(
            page.reasons,
            rows=tuple(replace(page.reasons.rows[0], label=line) for line in lines),
        ),
    )


def test_what_does_not_fit_is_counted(make_page: Make, page: PatientPage) -> None:
    long = overfull(make_page, page, 12, "word " * 30)
    words = words_of(patient_pdf(long))
    fitted = fit_page(long)
    assert fitted.caveats.n_left_out == 11
    assert f"and {fitted.validity.table.n_left_out} more rows on screen" in words
    assert "Not advice." in words
    assert fit_page(fitted) == fitted


@pytest.mark.parametrize("text", ["x" * 400, "word " * 80])
def test_even_the_longest_texts_stay_on_one_sheet(
    make_page: Make, page: PatientPage, text: str
) -> None:
    """A second sheet could be lost, and with it the limits."""
    long = replace(
        overfull(make_page, page, 8, text),
        model=tuple(PrintedFact("Purpose", text) for _ in range(6)),
        limits=PrintedPart("Limits", (text, text, "The last limit.")),
    )
    words = words_of(patient_pdf(long))
    assert "The last limit." in words
