"""What the texts of a column look like: missing codes, numbers, levels, dates."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from explainers.core.arrays import FloatArray
from explainers.intake.conversion import MISSING_TEXTS
from explainers.intake.proposal.names import ZERO_IS_IMPOSSIBLE, words_of
from explainers.intake.tidying import YES_NO_WORDS

MISSING_WORDS = frozenset(
    (
        "na",
        "n/a",
        "#n/a",
        "null",
        "none",
        "nan",
        "nil",
        "missing",
        "unknown",
        "unk",
        "refused",
        ".",
        "-",
        "--",
        "?",
        "not known",
        "not measured",
        "not done",
        "not available",
    )
)
MOSTLY = 0.9
FEWEST_REPEATS = 3
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*")
# 99, 999, 7777, 88, also with a minus, and -1 to -9: what no meter shows by chance again and again.
_CODE = re.compile(r"-?([789])\1+|-[1-9]")


@dataclass(frozen=True)
class Reading:
    """The distinct texts of one column, and how they can be read.

    Attributes
    ----------
    name : str
    texts : Series of str, of shape (d,)
        Distinct texts that are measured values, missing ones and codes left out.
    counts : ndarray of shape (d,)
        Rows of each.
    codes : tuple of (float or str)
        Texts and numbers that stand for "not measured".
    numbers : ndarray of shape (d,)
        NaN where a text is no number.
    """

    name: str
    texts: pd.Series
    counts: npt.NDArray[np.int64]
    codes: tuple[float | str, ...]
    numbers: FloatArray

    @property
    def n_rows(self) -> int:
        """Rows with a value."""
        return int(self.counts.sum())

    @property
    def share_of_numbers(self) -> float:
        """Rows whose text is a number, among those with a value."""
        return float(self.counts[~np.isnan(self.numbers)].sum() / max(1, self.n_rows))

    @property
    def is_whole(self) -> bool:
        """Whether every number is whole."""
        found = self.numbers[~np.isnan(self.numbers)]
        return bool((found == np.rint(found)).all())

    @property
    def is_dates(self) -> bool:
        """Whether nearly all values are written as dates."""
        looks = self.texts.map(lambda text: _DATE.fullmatch(text) is not None)
        mask = looks.to_numpy(dtype=bool)
        return bool(self.n_rows) and float(self.counts[mask].sum()) >= MOSTLY * self.n_rows

    @property
    def is_yes_no(self) -> bool:
        """Whether the values are two words, or 1 and 0, for yes and no."""
        words = {YES_NO_WORDS.get(text.lower(), "") for text in self.texts}
        return len(self.texts) == 2 and words == {"yes", "no"}


def read_column(column: pd.Series) -> Reading:
    """Look at one column (n,) of texts."""
    found = column.astype("str").str.strip().value_counts(sort=False)
    texts = pd.Series(found.index, dtype="str")
    counts = np.asarray(found, dtype=np.int64)
    is_blank = texts.isin(MISSING_TEXTS).to_numpy(dtype=bool)
    is_word = texts.str.lower().isin(MISSING_WORDS).to_numpy(dtype=bool) & ~is_blank
    words = tuple(texts[is_word])
    kept = ~(is_blank | is_word)
    texts, counts = texts[kept].reset_index(drop=True), counts[kept]
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64).copy()
    numbers[~np.isfinite(numbers)] = np.nan
    codes = _numeric_codes(str(column.name), numbers, counts)
    measured = ~np.isin(numbers, codes)
    return Reading(
        name=str(column.name),
        texts=texts[measured].reset_index(drop=True),
        counts=counts[measured],
        codes=(*codes, *sorted(words)),
        numbers=numbers[measured],
    )


def _numeric_codes(
    name: str, numbers: FloatArray, counts: npt.NDArray[np.int64]
) -> tuple[float, ...]:
    """Numbers that are repeated, lie far from all others and look like a code."""
    is_number = ~np.isnan(numbers)
    values, repeats = numbers[is_number], counts[is_number]
    candidates = np.array([_looks_like_code(value) for value in values], dtype=bool)
    others = values[~candidates]
    if len(others) < 3:
        return ()
    low, high = float(others.min()), float(others.max())
    away = max(high - low, 1.0) / 2
    found = [
        float(value)
        for value, n in zip(values[candidates], repeats[candidates], strict=True)
        if n >= FEWEST_REPEATS and (value > high + away or value < low - away)
    ]
    found += [-value for value in (1.0, 9.0) if low >= 0 and _is_repeated(-value, values, repeats)]
    if set(words_of(name)) & ZERO_IS_IMPOSSIBLE and (others == 0).any():
        above = others[others != 0]
        if len(above) and above.min() > 0.05 * float(np.median(above)):
            found.append(0.0)
    return tuple(sorted(set(found)))


def _is_repeated(value: float, values: FloatArray, repeats: npt.NDArray[np.int64]) -> bool:
    return int(repeats[values == value].sum()) >= FEWEST_REPEATS


def _looks_like_code(value: float) -> bool:
    return value == np.rint(value) and _CODE.fullmatch(f"{value:.0f}") is not None
