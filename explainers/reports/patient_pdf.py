"""The page of one patient as a PDF of one sheet of A4; the only file that knows ReportLab.

The fonts that every PDF reader has lack the minus sign and many letters. Characters they lack are
set in Bitstream Vera, which comes with ReportLab and is embedded; a character that neither has is
written as its Unicode number, so that none is lost or becomes a box.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Line, Rect
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Spacer, Table

from explainers.charts.palette import LIGHT
from explainers.reports.patient_page import (
    PatientPage,
    PrintedFact,
    PrintedPart,
    PrintedReason,
    PrintedReasons,
    PrintedTable,
    left_out_text,
    single_line,
)

AUTHOR = "Pellucid"
LANGUAGE = "en"
MARGIN = 12 * mm
WIDTH, HEIGHT = A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN
GAP, BAR_WIDTH, BAR_HEIGHT, HATCH = 6 * mm, 44 * mm, 8.0, 3.2
EVERYWHERE = "cp1252"
"""Characters of the standard fonts (WinAnsi)."""
BULLET = "\N{BULLET}"
"""The one of them that ReportLab writes under a code from which no reader gets it back."""

Flowable = Any


@dataclass(frozen=True)
class _Fonts:
    """Names of the fonts in one weight: the standard one, and the one for what it lacks."""

    standard: str
    wider: str


_PLAIN, _BOLD = _Fonts("Helvetica", "Vera"), _Fonts("Helvetica-Bold", "VeraBd")


def _style(
    size: float, leading: float, *, colour: str = LIGHT.ink, fonts: _Fonts = _PLAIN, **more: Any
) -> ParagraphStyle:
    return ParagraphStyle(
        f"{fonts.standard}-{size}-{colour}-{more}",
        fontName=fonts.standard,
        fontSize=size,
        leading=leading,
        textColor=HexColor(colour),
        splitLongWords=1,
        **more,
    )


_TITLE = _style(14, 16.5, fonts=_BOLD)
_HEADING = _style(9.2, 12, fonts=_BOLD)
_HEADLINE = _style(11.4, 13.8, fonts=_BOLD, spaceAfter=2)
_BODY = _style(8, 9.7, spaceAfter=1.0)
_LISTED = _style(8, 9.7, spaceAfter=1.0, leftIndent=7, firstLineIndent=-7)
_CELL = _style(7.8, 9.2)
_QUIET_CELL = _style(7.6, 9.2, colour=LIGHT.muted)
_STRONG = _style(7.8, 9.2, fonts=_BOLD)
_SIDE = _style(8, 9.9, alignment=TA_RIGHT)
_AMOUNT = _style(7.8, 9.2, alignment=TA_RIGHT)
_STRONG_AMOUNT = _style(7.8, 9.2, fonts=_BOLD, alignment=TA_RIGHT)
_QUIET = _style(7.1, 8.5, colour=LIGHT.muted, spaceAfter=0.8)


def patient_pdf(page: PatientPage) -> bytes:
    """One sheet of A4; the same value gives the same bytes.

    Parameters
    ----------
    page : PatientPage
        What does not fit is left out as :func:`fit_page` says.
    """
    fitted = fit_page(page)
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1, pageCompression=1, lang=LANGUAGE)
    canvas.setTitle(single_line(fitted.title))
    canvas.setAuthor(AUTHOR)
    canvas.setCreator(AUTHOR)
    canvas.setSubject(single_line(fitted.caption))
    _draw(canvas, _story(fitted, WIDTH))
    canvas.save()
    return file.getvalue()


def fit_page(page: PatientPage) -> PatientPage:
    """The page with as many entries left out as one sheet of A4 asks for.

    See :data:`explainers.reports.patient_page.SHORTENED_FIRST` for the order. Where even the
    shortest page is too long, everything is set smaller.
    """
    pages = [page]
    while (shorter := pages[-1].shortened()) is not None:
        pages.append(shorter)
    # Each page is shorter than the one before, so the first that fits is found by halving.
    first = bisect_left(pages, 1, key=_fits)
    return pages[min(first, len(pages) - 1)]


def _fits(page: PatientPage) -> bool:
    return bool(_height(_story(page, WIDTH), WIDTH) <= HEIGHT)


def readable(text: str) -> str:
    """The text in one line, with each character that no font here has as ``[U+2603]``."""
    _register_fonts()
    line = unicodedata.normalize("NFC", single_line(text))
    return "".join(
        character
        if _is_standard(character) or _is_wider(character)
        else f"[U+{ord(character):04X}]"
        for character in line
    )


def _register_fonts() -> None:
    known = pdfmetrics.getRegisteredFontNames()
    for name in (_PLAIN.wider, _BOLD.wider):
        if name not in known:
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))


def _is_standard(character: str) -> bool:
    if character == BULLET:
        return False
    try:
        character.encode(EVERYWHERE)
    except UnicodeEncodeError:
        return False
    return True


def _is_wider(character: str) -> bool:
    return all(
        ord(character) in pdfmetrics.getFont(name).face.charToGlyph
        for name in (_PLAIN.wider, _BOLD.wider)
    )


def _paragraph(text: str, style: ParagraphStyle) -> Flowable:
    """Text with every run of characters in a font that has them; nothing in it is markup."""
    fonts = _BOLD if style.fontName == _BOLD.standard else _PLAIN
    runs = [
        (is_standard, escape("".join(run)))
        for is_standard, run in groupby(readable(text), key=_is_standard)
    ]
    return Paragraph(
        "".join(
            run if is_standard else f'<font name="{fonts.wider}">{run}</font>'
            for is_standard, run in runs
        ),
        style,
    )


def _draw(canvas: Canvas, story: Sequence[Flowable]) -> None:
    """From the top of the sheet downwards; smaller where it would reach below the margin."""
    scale = min(1.0, HEIGHT / _height(story, WIDTH))
    canvas.translate(MARGIN, A4[1] - MARGIN)
    canvas.scale(scale, scale)
    top = 0.0
    for flowable in story:
        height = flowable.wrap(WIDTH, A4[1] * 20)[1]
        flowable.drawOn(canvas, 0, top - height)
        top -= height + flowable.getSpaceAfter()


def _height(story: Iterable[Flowable], width: float) -> float:
    return sum(
        float(flowable.wrap(width, A4[1] * 20)[1]) + float(flowable.getSpaceAfter())
        for flowable in story
    )


def _story(page: PatientPage, width: float) -> list[Flowable]:
    left, right = _halves(width)
    below, beside = page.beside_risk
    evidence = [*_risk(page.risk, left), *(one for part in below for one in _part(part, left))]
    tested = [one for part in beside for one in _part(part, right)]
    return [
        *_top(page, width),
        *_part(page.warnings, width, bullet=f"{BULLET} ", style=_LISTED),
        _beside(evidence, tested, width),
        *_reasons(page.reasons, width),
        *_part(page.decision, width),
        *_part(page.limits, width),
        *_part(page.caveats, width, style=_QUIET),
        *_part(page.provenance, width, style=_QUIET),
    ]


def _halves(width: float) -> tuple[float, float]:
    left = (width - GAP) * 0.43
    return left, width - GAP - left


def _beside(left: list[Flowable], right: list[Flowable], width: float) -> Flowable:
    first, second = _halves(width)
    return _grid([[left, right]], [first + GAP, second], [("RIGHTPADDING", (0, 0), (0, 0), GAP)])


def _grid(rows: list[list[Any]], widths: list[float], more: Sequence[tuple[Any, ...]]) -> Flowable:
    plain = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        # An empty cell would be as high as a line of ReportLab's own font.
        ("FONTSIZE", (0, 0), (-1, -1), 1),
        ("LEADING", (0, 0), (-1, -1), 1),
        *((f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")),
    ]
    return Table(rows, colWidths=widths, style=[*plain, *more])


def _top(page: PatientPage, width: float) -> list[Flowable]:
    side = [_paragraph(page.patient, _SIDE), _paragraph(page.made_at, _SIDE)]
    head = _grid([[_paragraph(page.title, _TITLE), side]], [width * 0.6, width * 0.4], [])
    return [head, _paragraph(page.caption, _QUIET), *(_fact(fact) for fact in page.model)]


def _fact(fact: PrintedFact) -> Flowable:
    return _paragraph(f"{fact.label}: {fact.value}", _BODY)


def _heading(text: str, width: float) -> list[Flowable]:
    rule = Drawing(width, 3.4)
    rule.add(Line(0, 1.4, width, 1.4, strokeColor=HexColor(LIGHT.rule), strokeWidth=0.6))
    return [rule, _paragraph(text, _HEADING)]


def _part(
    part: PrintedPart, width: float, *, bullet: str = "", style: ParagraphStyle = _BODY
) -> list[Flowable]:
    style = _QUIET if part.table.rows else style
    return [
        *_heading(part.heading, width),
        *_table(part.table, width),
        *(_paragraph(f"{bullet}{line}", style) for line in part.paragraphs),
    ]


def _risk(part: PrintedPart, width: float) -> list[Flowable]:
    headline, *lines = part.paragraphs or ("",)
    return [
        *_heading(part.heading, width),
        _paragraph(headline, _HEADLINE),
        *(_paragraph(line, _BODY) for line in lines),
    ]


def _table(table: PrintedTable, width: float) -> list[Flowable]:
    if not table.rows:
        return []
    rows = [
        [_paragraph(cell, _STRONG) for cell in table.header],
        *([_paragraph(cell, _CELL) for cell in row] for row in table.rows),
    ]
    grid = _grid(
        rows,
        _column_widths(len(table.header), width),
        [
            ("LINEBELOW", (0, 0), (-1, 0), 0.6, HexColor(LIGHT.rule)),
            ("RIGHTPADDING", (0, 0), (-2, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 1.2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.2),
        ],
    )
    more = left_out_text(table.n_left_out, "row")
    return [grid, Spacer(width, 2), *([_paragraph(more, _BODY)] if more else [])]


def _column_widths(n: int, width: float) -> list[float]:
    """A first column for names, a narrow one for sizes, the others alike."""
    if n < 3:
        return [width / n] * n
    return [width * 0.26, width * 0.21, *([width * 0.53 / (n - 2)] * (n - 2))]


def _reasons(reasons: PrintedReasons, width: float) -> list[Flowable]:
    rows = [
        [
            _paragraph(row.label, _CELL),
            _paragraph(row.value, _QUIET_CELL),
            _bar(row, span),
            _paragraph(row.change, _AMOUNT),
        ]
        for row, span in zip(reasons.rows, reasons.spans(), strict=True)
    ]
    amount = 24 * mm
    widths = [(width - BAR_WIDTH - amount) * share for share in (0.34, 0.66)]
    grid = _grid(
        [_total(reasons.start), *rows, _total(reasons.end)],
        [*widths, BAR_WIDTH, amount],
        [
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
            ("RIGHTPADDING", (0, 0), (1, -1), 5),
            ("LINEABOVE", (0, -1), (-1, -1), 0.6, HexColor(LIGHT.rule)),
        ],
    )
    return [
        *_heading(reasons.heading, width),
        _sentence(reasons, width),
        grid,
        Spacer(width, 2),
        _paragraph(" ".join(reasons.notes), _QUIET),
    ]


def _sentence(reasons: PrintedReasons, width: float) -> Flowable:
    told = _paragraph(reasons.sentence, _BODY)
    if not reasons.is_withheld:
        return told
    frame: list[tuple[Any, ...]] = [("BOX", (0, 0), (-1, -1), 1, HexColor(LIGHT.ink))]
    frame += [
        (f"{side}PADDING", (0, 0), (-1, -1), 3) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")
    ]
    return _grid([[told]], [width], frame)


def _total(fact: PrintedFact) -> list[Flowable]:
    return [_paragraph(fact.label, _STRONG), "", "", _paragraph(fact.value, _STRONG_AMOUNT)]


def _bar(row: PrintedReason, span: tuple[float, float]) -> Flowable:
    """A bar: filled where it raises, hatched where it lowers, so that grey ink tells them apart."""
    reach = BAR_WIDTH - 6
    left, right = (reach * place for place in sorted(span))
    lowers = span[1] < span[0]
    tone = HexColor(LIGHT.neutral if row.is_sum else LIGHT.lowers if lowers else LIGHT.raises)
    drawing = Drawing(reach, BAR_HEIGHT)
    outline = {"strokeColor": tone, "strokeWidth": 0.7, "fillColor": None if lowers else tone}
    drawing.add(Rect(left, 0.5, max(right - left, 0.5), BAR_HEIGHT - 1.5, **outline))
    for stroke in _hatching(left, right) if lowers else ():
        drawing.add(Line(*stroke, strokeColor=tone, strokeWidth=0.6))
    return drawing


def _hatching(left: float, right: float) -> Iterable[tuple[float, float, float, float]]:
    """Slanted strokes inside a bar, cut off at its ends."""
    low, high = 0.5, BAR_HEIGHT - 1.0
    rise = high - low
    start = left - rise
    while start < right:
        begin, end = max(start, left), min(start + rise, right)
        if end > begin:
            yield (begin, low + begin - start, end, low + end - start)
        start += HATCH
