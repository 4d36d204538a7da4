"""Which three-digit ZIP areas may be kept, by a list whose census is named."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from explainers.errors import SettingsError

BUILT_IN = Path(__file__).with_name("zip_areas_2000.toml")
SMALL_AREA = "000"


@dataclass(frozen=True)
class ZipAreas:
    """Areas of 20,000 people or fewer, 45 CFR 164.514(b)(2)(i)(B).

    Attributes
    ----------
    census : int
        Year of the census that counted them.
    source : str
    small : frozenset of str
        Their first three digits.
    """

    census: int
    source: str
    small: frozenset[str]

    def shorten(self, codes: pd.Series) -> pd.Series:
        """First three digits of each code (n,), "000" for small areas, missing for no ZIP code."""
        texts = codes.astype("str").str.strip().str.extract(r"^(\d{5})(?:-?\d{4})?$")[0]
        areas = texts.str[:3]
        return areas.mask(areas.isin(self.small), SMALL_AREA).astype("object")


def load_zip_areas(path: Path = BUILT_IN) -> ZipAreas:
    """Read a list; SettingsError where it is missing or malformed, and ZIP codes then have to go.

    The built-in list is of the Census of 2000, as the guidance of the Office for Civil Rights
    prints it; the same guidance asks for the current census, whose list is given as a file.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8"))
        small = frozenset(values["small"])
        areas = ZipAreas(int(values["census"]), str(values["source"]), small)
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise _unusable(path) from error
    if not small or not all(len(one) == 3 and one.isdigit() for one in small):
        raise _unusable(path)
    return areas


def _unusable(path: Path) -> SettingsError:
    return SettingsError(
        "a list of ZIP areas names its census, its source and the small areas' three digits",
        value=str(path),
        remedy="Restore the list, or drop the ZIP codes.",
    )
