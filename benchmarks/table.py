"""Comparisons as text on a screen and as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.comparison import Comparison, Line

HEADS = ("contender", "CPU s", "wall s", "peak MB", "CPU / ours", "aim", "found")


def lay_out(rows: Sequence[Sequence[str]], n_left: int = 1) -> str:
    """Columns of even width; the first ``n_left`` are set left, the others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.ljust(width) if at < n_left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
    return "\n".join(lines) + "\n"


def as_text(comparison: Comparison) -> str:
    """For a terminal."""
    rows = [(*_cells(line)[:-1],) for line in comparison.lines]
    table = lay_out([HEADS[:-1], *rows])
    notes = [f"  {line.contender}: {line.note}" for line in comparison.lines if line.note]
    return "\n".join([comparison.title, table + "\n".join(notes), ""])


def as_markdown(comparison: Comparison) -> str:
    """For a document."""
    rows = [HEADS, ("---", *["---:"] * 4, "---", "---"), *map(_cells, comparison.lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    note = f"\n\n{comparison.note}" if comparison.note else ""
    return f"### {comparison.title[0].upper()}{comparison.title[1:]}\n\n{table}{note}\n"


def _cells(line: Line) -> tuple[str, ...]:
    cost = line.cost
    mark = " *" if line.is_scaled else ""
    aim = ""
    if line.aim is not None:
        aim = f"{line.aim.words}: {'met' if line.aim.is_met else 'MISSED'}"
    return (
        line.contender + mark,
        _seconds(cost.cpu_seconds),
        _seconds(cost.wall_seconds),
        f"{cost.peak_megabytes:,.0f}" if cost.peak_megabytes else "",
        "" if line.ratio is None else _ratio(line.ratio),
        aim,
        line.note,
    )


def _seconds(value: float) -> str:
    if value == 0:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 10 else f"{value:.3f}"


def _ratio(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
