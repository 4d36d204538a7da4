"""Writing answers: aligned tables for people, strict JSON for machines."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any

GAP = "  "


def write_line(text: str = "") -> None:
    """Write one line to standard output."""
    sys.stdout.write(f"{text}\n")


def write_error(text: str) -> None:
    """Write one line to standard error, with the name of the program before it."""
    sys.stderr.write(f"pellucid: {text}\n")


def write_json(answer: object) -> None:
    """Write strict JSON: what is not a finite number becomes null, never ``NaN``."""
    write_line(json.dumps(to_strict(answer), indent=2, allow_nan=False))


def write_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write columns, each as wide as its widest cell; a column of numbers is right-aligned."""
    columns = list(zip(headings, *rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    to_right = [bool(rows) and all(map(_is_numeric, column[1:])) for column in columns]
    for row in (headings, *rows):
        cells = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, to_right, strict=True)
        ]
        write_line(GAP.join(cells).rstrip())


def to_strict(value: Any) -> Any:
    """The value in the types JSON has; NaN and infinities become None."""
    if isinstance(value, Mapping):
        return {str(key): to_strict(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_strict(entry) for entry in value]
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _is_numeric(cell: str) -> bool:
    return cell.strip() in ("", "-") or cell.strip().lstrip("+-\u2212")[:1].isdigit()
