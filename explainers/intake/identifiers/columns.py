"""What a whole column gives away: dates in disguise, high ages, unique codes, free text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from explainers.intake.identifiers.classes import IdentifierClass as Kind
from explainers.intake.identifiers.names import words_of

NEARLY_ALL = 0.95
OLDEST_SHOWN = 89
# A column of fewer rows cannot be told from an identifier by how many values differ.
FEWEST_TO_COUNT = 20
WORDS_OF_FREE_TEXT = 4
# Numbers of seconds from 1990 to 2040: what was measured seldom lies all in it.
EPOCH_SECONDS = (631_152_000, 2_208_988_800)
SHORTEST_NUMBER = 6


@dataclass(frozen=True)
class ColumnTexts:
    """The distinct values of a column that are not empty.

    Attributes
    ----------
    name : str
    distinct : Series of str, of shape (d,)
        Stripped.
    counts : ndarray of shape (d,)
        Rows of each.
    """

    name: str
    distinct: pd.Series
    counts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, column: pd.Series) -> ColumnTexts:
        """Of a column of any type; what pandas holds for missing is left out."""
        texts = column.dropna().astype("str").str.strip()
        found = texts[texts != ""].value_counts(sort=False)
        distinct = pd.Series(found.index, dtype="str")
        return cls(str(column.name), distinct, np.asarray(found, dtype=np.int64))

    @property
    def n_rows(self) -> int:
        """Rows that are not empty."""
        return int(self.counts.sum())

    @property
    def share_distinct(self) -> float:
        """Distinct values per row; 0 for an empty column."""
        return len(self.distinct) / self.n_rows if self.n_rows else 0.0

    def rows_where(self, mask: npt.NDArray[np.bool_]) -> int:
        """Rows whose value is marked; the mask has shape (d,)."""
        return int(self.counts[mask].sum())


@dataclass(frozen=True)
class ColumnRule:
    """A question to a whole column.

    Attributes
    ----------
    kind : IdentifierClass
    words : str
        What was found, for the report.
    n_rows : callable
        Rows it holds for; 0 where the column is free of it.
    """

    kind: Kind
    words: str
    n_rows: Callable[[ColumnTexts], int]


def _full(column: ColumnTexts, expression: str) -> npt.NDArray[np.bool_]:
    return column.distinct.str.fullmatch(expression).to_numpy(dtype=np.bool_)


def _numbers(column: ColumnTexts) -> npt.NDArray[np.float64]:
    return pd.to_numeric(column.distinct, errors="coerce").to_numpy(dtype=np.float64)


def _if_nearly_all(column: ColumnTexts, mask: npt.NDArray[np.bool_]) -> int:
    n = column.rows_where(mask)
    return n if column.n_rows and n >= NEARLY_ALL * column.n_rows else 0


def _compact_dates(column: ColumnTexts) -> int:
    texts = column.distinct.where(_full(column, r"(?:19|20)\d{6}"))
    return _if_nearly_all(
        column, pd.to_datetime(texts, format="%Y%m%d", errors="coerce").notna().to_numpy()
    )


def _year_months(column: ColumnTexts) -> int:
    return _if_nearly_all(column, _full(column, r"(?:19|20)\d\d[-/](?:0[1-9]|1[0-2])"))


def _epochs(column: ColumnTexts) -> int:
    numbers = _numbers(column)
    low, high = EPOCH_SECONDS
    seconds = (numbers >= low) & (numbers <= high)
    milliseconds = (numbers >= low * 1000) & (numbers <= high * 1000)
    if column.share_distinct < 0.5:
        return 0
    return max(_if_nearly_all(column, seconds), _if_nearly_all(column, milliseconds))


def _spreadsheet_dates(column: ColumnTexts) -> int:
    """Days since 1900, only where the name speaks of time: many a measurement looks the same."""
    if not words_of(column.name) & {"date", "dob", "day", "time", "dt", "birth", "visit"}:
        return 0
    numbers = _numbers(column)
    return _if_nearly_all(column, (numbers >= 10_000) & (numbers <= 60_000))


def _high_ages(column: ColumnTexts) -> int:
    if not words_of(column.name) & {"age", "ages", "alter"}:
        return 0
    numbers = _numbers(column)
    return column.rows_where((numbers > OLDEST_SHOWN) & (numbers <= 125))


def _old_birth_years(column: ColumnTexts) -> int:
    if not words_of(column.name) & {"birth", "born", "yob", "birthyear", "geburtsjahr"}:
        return 0
    this_year = datetime.now(tz=UTC).year
    numbers = _numbers(column)
    if not _if_nearly_all(column, (numbers >= 1850) & (numbers <= this_year)):
        return 0
    return column.rows_where((numbers >= 1850) & (numbers < this_year - OLDEST_SHOWN))


def _leading_zeros(column: ColumnTexts) -> int:
    five = _full(column, r"\d{5}")
    zero = _full(column, r"0\d{4}")
    return _if_nearly_all(column, five) if bool(zero.any()) else 0


def _bare_telephones(column: ColumnTexts) -> int:
    if column.share_distinct < 0.5:
        return 0
    return _if_nearly_all(column, _full(column, r"[2-9]\d{2}[2-9]\d{6}"))


def _personal_names(column: ColumnTexts) -> int:
    if len(column.distinct) < FEWEST_TO_COUNT or column.share_distinct < 0.5:
        return 0
    word = r"[^\W\d_]['\u2019\-.\w]*"
    return _if_nearly_all(column, _full(column, rf"{word}(?:,? {word}){{0,3}}"))


def _unique_codes(column: ColumnTexts) -> int:
    if column.n_rows < FEWEST_TO_COUNT or column.share_distinct < NEARLY_ALL:
        return 0
    mixed = _full(column, r"(?=\S*[A-Za-z])(?=\S*\d)[\w./:-]{3,}")
    return _if_nearly_all(column, mixed)


def _unique_numbers(column: ColumnTexts) -> int:
    """Numbers of one length that all differ, or that count the rows."""
    if column.n_rows < FEWEST_TO_COUNT or column.share_distinct < NEARLY_ALL:
        return 0
    whole = _full(column, r"\d+")
    if not bool(whole.all()):
        return 0
    lengths = column.distinct.str.len()
    if int(lengths.min()) == int(lengths.max()) >= SHORTEST_NUMBER:
        return column.n_rows
    steps = np.diff(np.sort(_numbers(column)))
    return column.n_rows if float(np.mean(steps == 1)) >= NEARLY_ALL else 0


def _free_text(column: ColumnTexts) -> int:
    if len(column.distinct) < 5 or column.share_distinct < 0.3:
        return 0
    n_words = column.distinct.str.count(r"\S+").to_numpy()
    return column.rows_where(n_words >= WORDS_OF_FREE_TEXT)


COLUMN_RULES = (
    ColumnRule(Kind.DATE, "dates written as eight digits", _compact_dates),
    ColumnRule(Kind.DATE, "months of a year", _year_months),
    ColumnRule(Kind.DATE, "points in time, as seconds or milliseconds since 1970", _epochs),
    ColumnRule(Kind.DATE, "dates as a spreadsheet counts them", _spreadsheet_dates),
    ColumnRule(Kind.DATE, f"ages over {OLDEST_SHOWN}", _high_ages),
    ColumnRule(Kind.DATE, f"years of birth that mean an age over {OLDEST_SHOWN}", _old_birth_years),
    ColumnRule(
        Kind.PLACE, "numbers of five digits that begin with 0, as ZIP codes", _leading_zeros
    ),
    ColumnRule(Kind.TELEPHONE, "numbers of ten digits, as telephone numbers", _bare_telephones),
    ColumnRule(Kind.NAME, "words that nearly all differ, as names do", _personal_names),
    ColumnRule(Kind.OTHER, "a code of its own in nearly every row", _unique_codes),
    ColumnRule(Kind.OTHER, "a number of its own in nearly every row", _unique_numbers),
    ColumnRule(Kind.OTHER, "free text, in which any identifier may stand", _free_text),
)
