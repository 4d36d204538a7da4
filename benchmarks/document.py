"""docs/benchmarks.md, written from the record of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.comparison import Comparison, unmet
from benchmarks.pictures import PICTURE, STYLES
from benchmarks.report import Report
from benchmarks.table import as_markdown
from benchmarks.tree_shap.growth import Point

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def write_document(report: Report, path: Path = DOCUMENT) -> None:
    """Replace what stands between the marks; the words around it are written by hand."""
    before, rest = path.read_text(encoding="utf-8").split(BEGIN, 1)
    _, after = rest.split(END, 1)
    text = f"{before}{BEGIN}\n\n{figures(report)}\n{END}{after}"
    path.write_text(text, encoding="utf-8")


def figures(report: Report) -> str:
    """Machine, tables, growth, and where a peer wins or an aim was missed."""
    found = report.all_comparisons
    parts = [_machine(report), *(as_markdown(comparison) for comparison in found)]
    if report.growth:
        parts.append(_growth(report.growth))
    parts.append(_bullets("Where a peer is sooner", _lost(found)))
    parts.append(_bullets("Aims that were missed", unmet(found)))
    return "\n".join(parts)


def _machine(report: Report) -> str:
    machine = report.machine
    ours, theirs = (
        ", ".join(f"{name} {version}" for name, version in versions.items())
        for versions in (report.versions, report.peer_versions)
    )
    size = "Small sizes (`make bench QUICK=1`). " if report.is_quick else ""
    return (
        f"{size}Measured on {machine['cores']} cores of {machine['processor']}, "
        f"{machine['system']}, Python {machine['python']}.\n"
        f"Our environment: {ours}.\nThe peers' environment: {theirs or 'not there'}.\n"
    )


def _lost(comparisons: Sequence[Comparison]) -> list[str]:
    return [
        f"{comparison.title}: {line.contender} takes {line.ratio:.2f} times ours"
        for comparison in comparisons
        for line in comparison.lines
        if line.ratio is not None and line.ratio < 1.0 and "only" not in line.contender
    ]


def _bullets(title: str, sentences: Sequence[str]) -> str:
    lines = "\n".join(f"- {sentence}." for sentence in sentences) or "None in this run."
    return f"### {title}\n\n{lines}\n"


def _growth(points: Sequence[Point]) -> str:
    """The picture, and the same as a table."""
    names = [name for name in STYLES if any(point.contender == name for point in points)]
    alt = (
        "CPU seconds against number of patients, number of trees and depth on logarithmic axes;"
        " the table below has the same figures"
    )
    rows = ["| varied | " + " | ".join(STYLES[name][0] for name in names) + " |"]
    rows.append("| --- |" + " ---: |" * len(names))
    for varied, at in dict.fromkeys((point.varied, point.at) for point in points):
        cells = [_cell(points, varied, at, name) for name in names]
        rows.append(f"| {varied} {at:,} | " + " | ".join(cells) + " |")
    table = "\n".join(rows)
    return f"### Growth, path-dependent SHAP\n\n![{alt}](images/{PICTURE.name})\n\n{table}\n"


def _cell(points: Sequence[Point], varied: str, at: int, name: str) -> str:
    own = [p for p in points if (p.varied, p.at, p.contender) == (varied, at, name)]
    if not own:
        return "not measured"
    return f"{own[0].cpu_seconds:,.3g}{' *' if own[0].is_scaled else ''}"
