"""The HTML page: whole, self-contained, and nothing in it from a name but its letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from explainers.reports import PatientPage, PrintedFact, PrintedPart, patient_html

Make = Callable[..., PatientPage]
VOID = {"meta"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=https://x.example/a.png onerror=alert(1)>',
    "</style><base href=//x.example>",
    "&lt;b&gt;",
)


class Reader(HTMLParser):
    """Tags, attributes and text of a document, and whether every tag is closed."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def assert_nothing_is_fetched(document: str) -> Reader:
    read = Reader(document)
    assert read.open == ["br"] * read.open.count("br")
    assert not {"script", "img", "link", "base", "iframe", "object", "embed"} & set(read.tags)
    names = {name for name, _ in read.attributes}
    assert not {"src", "href", "action", "srcset"} & names
    assert not [name for name in names if name.startswith("on")]
    assert "@import" not in document
    assert document.count("url(") == document.count("url(#hatch-")
    return read


VOID.add("br")


def test_every_text_of_the_page_is_there(page: PatientPage) -> None:
    read = assert_nothing_is_fetched(patient_html(page))
    words = " ".join(read.words)
    for expected in (
        "Patient NH-00010",
        "1.01 [0.94, 1.10]",
        "+5.1 points",
        "\u22122.0 points",
        "21.8%",
        "You agreed at 03:04 UTC.",
        "SHA-256 0123456789abcdef.",
    ):
        assert expected in words
    assert ("lang", "en") in read.attributes


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(make_page: Make, page: PatientPage, name: str) -> None:
    """An id or a label from a file would otherwise run in the browser of whoever opens the page."""
    hostile = make_page(
        patient=name,
        title=name,
        model=(PrintedFact(name, name),),
        warnings=PrintedPart(name, (name, name)),
        reasons=replace(
            page.reasons,
            sentence=name,
            rows=tuple(replace(row, label=name, value=name) for row in page.reasons.rows),
        ),
    )
    read = assert_nothing_is_fetched(patient_html(hostile))
    assert sum(name in words for words in read.words) >= 8


def test_the_sign_is_told_without_colour(page: PatientPage) -> None:
    """Grey ink shows which bars lower only if they are hatched."""
    document = patient_html(page)
    assert document.count("<pattern") == 2
    assert document.count("<rect") == 3
    assert "@media print" in document
    assert "size: A4" in document


def test_a_withheld_sentence_stands_out(make_page: Make, page: PatientPage) -> None:
    withheld = make_page(reasons=replace(page.reasons, is_withheld=True))
    assert '<p class="withheld">' in patient_html(withheld)
    assert '<p class="withheld">' not in patient_html(page)
