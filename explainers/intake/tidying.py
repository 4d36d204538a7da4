"""From the texts of a source to those a schema reads: one way to write numbers, yes and no.

Only the spelling changes, never a value, and each change is noted for whoever registers the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from explainers.core.schema import Schema
from explainers.errors import CohortError
from explainers.intake.source_file import SourceTable
from explainers.intake.validation import FIRST_ROW

YES_NO_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("yes", "y", "true", "t", "1", "1.0", "ja", "oui", "si"), "yes"),
        **dict.fromkeys(("no", "n", "false", "f", "0", "0.0", "nein", "non"), "no"),
    }
)
_PLAIN = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
# 12,5 and 1.234,5: a comma before the decimals, a point between thousands.
_COMMA = r"[-+]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+"
# 1,234 and 1,234.5: the other way round; 1,234 alone may be either.
_THOUSANDS = r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"
# One text in ten may be no number, such as "< 0,2": the check of the cells then says where.
MOSTLY_NUMBERS = 0.9
# What a spreadsheet would run when it opens an export.
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_SIGNED = re.compile(r"\s*[-+]?[\d.,]+(?:[eE][-+]?\d+)?\s*|[-+\u2212]+|\s*[-+]\s*")


def tidy(source: SourceTable) -> SourceTable:
    """Write numbers with a decimal point and without marks between thousands.

    Raises
    ------
    CohortError
        When a column's commas may be either, or a text is a formula of spreadsheets.
    """
    tidied = source.table.copy(deep=False)
    changed: dict[str, list[str]] = {}
    _reject_formulas([str(name) for name in tidied.columns], "a column's name", "")
    for name in tidied.columns:
        codes, distinct = pd.factorize(tidied[name].astype("str").str.strip())
        texts = pd.Series(distinct, dtype="str")
        spelled, note = _spell_numbers(texts, str(name))
        if note:
            changed.setdefault(note, []).append(str(name))
        _reject_formulas(spelled.tolist(), "a cell", str(name), codes)
        tidied[name] = pd.Series(
            spelled.to_numpy(dtype=object)[codes], index=tidied.index, dtype="str"
        )
    notes = [f"In {_few(names)} commas were taken for {note}." for note, names in changed.items()]
    return source.noting(tidied, *notes)


def spell_yes_no(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The table (n, any) with yes and no for 1 and 0, true and false, in columns of that kind.

    A model sees 0 for no and 1 for yes either way.
    """
    spelled = table.copy(deep=False)
    for column in schema.columns:
        if column.kind == "yes_no" and column.name in table:
            texts = table[column.name].astype("str").str.strip()
            codes = {str(code) for code in column.missing_codes}
            words = {word: to for word, to in YES_NO_WORDS.items() if word not in codes}
            known = texts.str.lower().map(words)
            spelled[column.name] = texts.mask(known.notna(), known)
    return spelled


def plain_names(source: SourceTable) -> SourceTable:
    """Spaces and other marks in the names of columns as underscores; raises where two meet."""
    names = [re.sub(r"\W+", "_", str(name)).strip("_") or "column" for name in source.table.columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise CohortError(
            "two columns must not come to the same plain name",
            value=repeated,
            remedy="Rename one of them in the source.",
        )
    changed = [
        f"{old!r} is {new!r} here."
        for old, new in zip(source.table, names, strict=True)
        if old != new
    ]
    return source.noting(source.table.set_axis(names, axis=1), *changed)


def _spell_numbers(texts: pd.Series, name: str) -> tuple[pd.Series, str]:
    """Distinct texts with their numbers respelled, and the note on it ("" where nothing was)."""
    has_comma = texts.str.contains(",", regex=False)
    with_comma = texts[has_comma]
    rest = texts[~has_comma & texts.str.contains(r"\d", regex=True)]
    commas = with_comma[with_comma.str.fullmatch(f"{_COMMA}|{_THOUSANDS}")]
    plain = rest[rest.str.fullmatch(_PLAIN)]
    n_numbers, n_texts = len(commas) + len(plain), len(with_comma) + len(rest)
    if commas.empty or n_numbers < MOSTLY_NUMBERS * n_texts:
        return texts, ""
    as_decimals = commas.str.fullmatch(_COMMA)
    as_thousands = commas.str.fullmatch(_THOUSANDS)
    has_points = bool(plain.str.contains(".", regex=False).any())
    spelled = texts.copy()
    if as_thousands.all() and (has_points or not as_decimals.all()):
        spelled[commas.index] = commas.str.replace(",", "", regex=False)
        return spelled, "marks between thousands"
    if as_decimals.all() and not as_thousands.all() and not has_points:
        points = commas.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        spelled[commas.index] = points
        return spelled, "decimal commas"
    raise CohortError(
        f"the commas of the column {name!r} may part decimals or thousands",
        value=commas.iloc[0],
        remedy="Write the column with decimal points, and nothing between thousands.",
    )


def _few(names: list[str]) -> str:
    return repr(names[0]) if len(names) == 1 else f"{names[0]!r} and {len(names) - 1} more columns"


def _reject_formulas(
    texts: list[str], what: str, column: str, codes: np.ndarray | None = None
) -> None:
    for at, text in enumerate(texts):
        if _FORMULA.match(text) and not _SIGNED.fullmatch(text):
            row = "" if codes is None else f", row {int(np.argmax(codes == at)) + FIRST_ROW}"
            raise CohortError(
                f"{what} must not begin with a mark that spreadsheets take for a formula"
                + (f" (column {column!r}{row})" if column else ""),
                value=text,
                remedy="Take the mark away.",
            )
