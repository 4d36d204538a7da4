"""The page of one patient as one HTML file: no scripts, nothing fetched, fit to be printed.

Bars are drawings rather than backgrounds, which browsers leave out when they print.
"""

from __future__ import annotations

from html import escape

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

BAR_WIDTH, BAR_HEIGHT = 164.0, 11.0
_SAFETY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

# Fonts that are wider than Arial would need a second sheet; size-adjust is the ratio of widths.
_WIDER_FONTS = (("DejaVu Sans", 87), ("Noto Sans", 94))
_FACES = "".join(
    f'@font-face {{ font-family: "Narrowed {font}"; src: local("{font}{cut}");'
    f" font-weight: {weight}; size-adjust: {width}%; }}\n"
    for font, width in _WIDER_FONTS
    for cut, weight in (("", 400), (" Bold", 700))
)
_FONTS = ", ".join(f'"Narrowed {font}"' for font, _ in _WIDER_FONTS)

STYLE = f"""{_FACES}
@page {{ size: A4; margin: 11mm 12mm; }}
* {{ box-sizing: border-box; }}
html {{ color-scheme: light; background: {LIGHT.panel}; }}
body {{ max-width: 186mm; margin: 8mm auto; padding: 9mm; background: {LIGHT.page};
  color: {LIGHT.ink}; font-variant-ligatures: none;
  font: 7.8pt/1.2 Arial, Helvetica, "Liberation Sans", {_FONTS},
    sans-serif; }}
h1 {{ font-size: 14pt; line-height: 1.15; margin: 0; }}
h2 {{ font-size: 9.2pt; margin: 0 0 .4mm; padding-top: .7mm; border-top: .5pt solid {LIGHT.rule}; }}
section {{ margin-top: 1.2mm; break-inside: avoid; }}
p, ul {{ margin: 0 0 .4mm; }}
ul {{ padding-left: 3.4mm; }}
p, li, td, th {{ overflow-wrap: anywhere; }}
table {{ width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; vertical-align: top; padding: .3mm 1.6mm .3mm 0; }}
thead th {{ border-bottom: .5pt solid {LIGHT.rule}; }}
tbody th {{ font-weight: normal; }}
td:last-child, th:last-child {{ padding-right: 0; }}
.figures td {{ white-space: nowrap; }}
.figures th {{ overflow-wrap: break-word; }}
.top {{ display: flex; justify-content: space-between; gap: 8mm; align-items: baseline; }}
.sides {{ display: grid; grid-template-columns: 43fr 57fr; gap: 0 6mm; }}
.headline {{ font-size: 11.4pt; font-weight: bold; line-height: 1.2; margin: 0 0 .7mm; }}
.quiet, .notes {{ color: {LIGHT.muted}; font-size: 7pt; }}
.quiet h2 {{ color: {LIGHT.ink}; }}
.reasons .total th, .reasons .total td {{ font-weight: bold; }}
.reasons th {{ width: 24%; }}
.reasons .value {{ color: {LIGHT.muted}; }}
.reasons .bar {{ width: {BAR_WIDTH + 8:.0f}px; }}
.reasons .change {{ text-align: right; white-space: nowrap; }}
.withheld {{ border: 1pt solid {LIGHT.ink}; padding: 1mm 1.6mm; }}
svg {{ display: block; }}
@media print {{ html, body {{ background: none; }}
  body {{ margin: 0; padding: 0; max-width: none; }} }}
@media (max-width: 640px) {{ .sides {{ grid-template-columns: 1fr; }} .top {{ display: block; }} }}
"""


def patient_html(page: PatientPage) -> str:
    """A whole HTML document; every text of the page is escaped.

    Parameters
    ----------
    page : PatientPage
        As :func:`explainers.reports.patient_pdf.fit_page` gives it, to fill one sheet of A4.
    """
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            f'<head><meta charset="utf-8"><title>{_text(page.title)}</title>',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_SAFETY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="referrer" content="no-referrer"><style>{STYLE}</style></head>',
            "<body><main>",
            _top(page),
            _part(page.warnings, as_list=True),
            _evidence(page),
            _reasons(page.reasons),
            _part(page.decision),
            _part(page.limits),
            f'<div class="quiet">{_part(page.caveats)}{_part(page.provenance)}</div>',
            "</main></body></html>",
            "",
        ]
    )


def _text(text: str) -> str:
    return escape(single_line(text), quote=True)


def _top(page: PatientPage) -> str:
    return (
        f'<header><div class="top"><h1>{_text(page.title)}</h1>'
        f"<p>{_text(page.patient)}<br>{_text(page.made_at)}</p></div>"
        f'<p class="quiet">{_text(page.caption)}</p>{"".join(map(_fact, page.model))}</header>'
    )


def _fact(fact: PrintedFact) -> str:
    return f"<p><strong>{_text(fact.label)}:</strong> {_text(fact.value)}</p>"


def _evidence(page: PatientPage) -> str:
    left, right = ("".join(map(_part, side)) for side in page.beside_risk)
    return f'<div class="sides"><div>{_risk(page.risk)}{left}</div><div>{right}</div></div>'


def _part(part: PrintedPart, *, as_list: bool = False) -> str:
    tag = "li" if as_list and len(part.lines) > 1 else "p"
    told = "".join(f"<{tag}>{_text(line)}</{tag}>" for line in part.paragraphs)
    listed = f"<ul>{told}</ul>" if tag == "li" else told
    if part.table.rows:
        listed = f'<div class="notes">{told}</div>'
    return f"<section><h2>{_text(part.heading)}</h2>{_table(part.table)}{listed}</section>"


def _risk(part: PrintedPart) -> str:
    headline, *lines = part.paragraphs or ("",)
    told = "".join(f"<p>{_text(line)}</p>" for line in lines)
    return (
        f"<section><h2>{_text(part.heading)}</h2>"
        f'<p class="headline">{_text(headline)}</p>{told}</section>'
    )


def _table(table: PrintedTable) -> str:
    if not table.rows:
        return ""
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in table.header)
    body = "".join(_table_row(row) for row in table.rows)
    more = left_out_text(table.n_left_out, "row")
    note = f"<p>{_text(more)}</p>" if more else ""
    rows = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<table class="figures">{rows}</table>{note}'


def _table_row(row: tuple[str, ...]) -> str:
    first, *others = row
    cells = "".join(f"<td>{_text(cell)}</td>" for cell in others)
    return f'<tr><th scope="row">{_text(first)}</th>{cells}</tr>'


def _reasons(reasons: PrintedReasons) -> str:
    rows = [
        _reason(row, span, f"hatch-{at}")
        for at, (row, span) in enumerate(zip(reasons.rows, reasons.spans(), strict=True))
    ]
    body = "".join((_total(reasons.start), *rows, _total(reasons.end)))
    notes = f'<p class="quiet">{_text(" ".join(reasons.notes))}</p>'
    kind = ' class="withheld"' if reasons.is_withheld else ""
    return (
        f"<section><h2>{_text(reasons.heading)}</h2>"
        f"<p{kind}>{_text(reasons.sentence)}</p>"
        f'<table class="reasons"><tbody>{body}</tbody></table>{notes}</section>'
    )


def _total(fact: PrintedFact) -> str:
    return (
        f'<tr class="total"><th scope="row">{_text(fact.label)}</th><td></td><td></td>'
        f'<td class="change">{_text(fact.value)}</td></tr>'
    )


def _reason(row: PrintedReason, span: tuple[float, float], hatch: str) -> str:
    return (
        f'<tr><th scope="row">{_text(row.label)}</th><td class="value">{_text(row.value)}</td>'
        f'<td class="bar">{_bar(row, span, hatch)}</td>'
        f'<td class="change">{_text(row.change)}</td></tr>'
    )


def _bar(row: PrintedReason, span: tuple[float, float], hatch: str) -> str:
    """A bar: filled where it raises, hatched where it lowers, so that grey ink tells them apart."""
    left, right = (BAR_WIDTH * place for place in sorted(span))
    lowers = span[1] < span[0]
    tone = LIGHT.neutral if row.is_sum else LIGHT.lowers if lowers else LIGHT.raises
    fill = f"url(#{hatch})" if lowers else tone
    pattern = (
        f'<defs><pattern id="{hatch}" width="5" height="5" patternUnits="userSpaceOnUse">'
        f'<path d="M-1 6L6 -1M-1 1L1 -1M4 6L6 4" stroke="{tone}"/></pattern></defs>'
        if lowers
        else ""
    )
    return (
        f'<svg width="{BAR_WIDTH + 2:.0f}" height="{BAR_HEIGHT:.0f}" aria-hidden="true">{pattern}'
        f'<rect x="{left + 1:.2f}" y="1.5" width="{max(right - left, 0.6):.2f}"'
        f' height="{BAR_HEIGHT - 3:.1f}" fill="{fill}" stroke="{tone}" stroke-width="0.8"/></svg>'
    )
