"""What is done about each suspected column before a table may be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from explainers.errors import CohortError, SettingsError
from explainers.intake.identifiers.columns import OLDEST_SHOWN
from explainers.intake.identifiers.scan import IdentifierReport, scan_table
from explainers.intake.identifiers.zip_areas import ZipAreas

SHORTEST_REASON = 10
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")


class TreatmentKind(StrEnum):
    """What can be done about a column."""

    DROP = "drop"
    CAP_AGE = "cap_age"
    KEEP_YEAR = "keep_year"
    ZIP_AREA = "zip_area"
    JUSTIFY = "justify"


@dataclass(frozen=True)
class Treatment:
    """What is done about one column.

    Attributes
    ----------
    kind : TreatmentKind
    name, reason : str
        Of a justification: who says that the column identifies nobody, and why.
    """

    kind: TreatmentKind
    name: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.kind is TreatmentKind.JUSTIFY and (
            not self.name.strip() or len(self.reason.strip()) < SHORTEST_REASON
        ):
            raise SettingsError(
                "a column that is kept as it is needs the name of whoever says so, and the reason",
                value=self.reason,
                remedy=f"Give a name and a reason of {SHORTEST_REASON} characters or more.",
            )


@dataclass(frozen=True)
class Attestation:
    """The statement that nobody knows of a way to identify a patient.

    45 CFR 164.514(b)(2)(ii), or (b)(1) where an expert determined that the risk is very small.

    Attributes
    ----------
    name : str
        Who says so.
    on : date
    basis : {"safe_harbor", "expert", "limited_data_set"}
    """

    name: str
    on: date
    basis: str = "safe_harbor"

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise SettingsError("an attestation bears the name of whoever makes it")
        if self.basis not in {"safe_harbor", "expert", "limited_data_set"}:
            raise SettingsError(
                "the basis is safe_harbor, expert or limited_data_set", value=self.basis
            )

    def to_dict(self) -> dict[str, str]:
        """JSON-ready."""
        return {"name": self.name, "on": self.on.isoformat(), "basis": self.basis}


@dataclass(frozen=True)
class Deidentified:
    """A table that may be used, and the record of how it came to be.

    Attributes
    ----------
    table : DataFrame
    report : IdentifierReport
        Of the table as it came.
    treatments : Mapping[str, Treatment]
    attestation : Attestation
    census : int or None
        Of the list of ZIP areas; None where no ZIP code was shortened.
    made_at : str
        UTC, ISO 8601.
    """

    table: pd.DataFrame
    report: IdentifierReport
    treatments: Mapping[str, Treatment]
    attestation: Attestation
    census: int | None
    made_at: str

    def to_dict(self) -> dict[str, Any]:
        """The record, JSON-ready and without any value of the table."""
        return {
            "made_at": self.made_at,
            "report": self.report.to_dict(),
            "treatments": {
                column: asdict(treatment) for column, treatment in sorted(self.treatments.items())
            },
            "attestation": self.attestation.to_dict(),
            "zip_census": self.census,
        }


def deidentify(
    table: pd.DataFrame,
    report: IdentifierReport,
    treatments: Mapping[str, Treatment],
    attestation: Attestation,
    *,
    zip_areas: ZipAreas | None = None,
) -> Deidentified:
    """Treat every suspected column; nothing is used while one of them is left.

    Parameters
    ----------
    table : DataFrame
        The one that was scanned.
    report : IdentifierReport
    treatments : Mapping[str, Treatment]
        By column; also columns without a hit may be treated.
    attestation : Attestation
    zip_areas : ZipAreas, optional
        Needed where a ZIP code is to be shortened.

    Returns
    -------
    Deidentified

    Raises
    ------
    CohortError
        When a suspected column has no treatment, or still holds an identifier after it.
    SettingsError
        When a treatment names no column, or there is no list of ZIP areas.
    """
    untreated = [column for column in report.suspects if column not in treatments]
    if untreated:
        raise CohortError(
            "every column that may identify somebody must be dropped, generalised or justified",
            value=untreated,
            remedy="Say for each what is to be done.",
        )
    unknown = sorted(set(treatments) - set(map(str, table.columns)))
    if unknown:
        raise SettingsError("a treatment must name a column of the table", value=unknown)
    treated = table.copy(deep=False)
    for column, treatment in treatments.items():
        treated = _treat(treated, column, treatment, zip_areas)
    _check_treated(treated, treatments)
    shortened = any(one.kind is TreatmentKind.ZIP_AREA for one in treatments.values())
    return Deidentified(
        table=treated,
        report=report,
        treatments=dict(treatments),
        attestation=attestation,
        census=zip_areas.census if shortened and zip_areas is not None else None,
        made_at=datetime.now(tz=UTC).isoformat(timespec="seconds"),
    )


def new_display_ids(n: int, *, prefix: str = "P-") -> tuple[str, ...]:
    """Ids for n patients in random order, made from nothing of theirs: 164.514(c)."""
    width = max(4, len(str(n)))
    order = np.random.default_rng().permutation(n) + 1
    return tuple(f"{prefix}{number:0{width}d}" for number in order)


def _treat(
    table: pd.DataFrame, column: str, treatment: Treatment, zip_areas: ZipAreas | None
) -> pd.DataFrame:
    if treatment.kind is TreatmentKind.DROP:
        return table.drop(columns=column)
    if treatment.kind is TreatmentKind.CAP_AGE:
        return table.assign(**{column: _cap_ages(table[column])})
    if treatment.kind is TreatmentKind.KEEP_YEAR:
        return table.assign(**{column: _years(table[column])})
    if treatment.kind is TreatmentKind.ZIP_AREA:
        if zip_areas is None:
            raise SettingsError(
                "a ZIP code is shortened by a list of areas",
                value=column,
                remedy="Give the list, or drop the column.",
            )
        return table.assign(**{column: zip_areas.shorten(table[column])})
    return table


def _cap_ages(ages: pd.Series) -> pd.Series:
    """Everybody over 89 is 90, which stands for "90 or over"; texts stay texts."""
    numbers = pd.to_numeric(ages, errors="coerce")
    return ages.mask(
        numbers > OLDEST_SHOWN, str(OLDEST_SHOWN + 1) if _is_text(ages) else OLDEST_SHOWN + 1
    )


def _years(dates: pd.Series) -> pd.Series:
    """The year of each date; a year that would mean an age over 89, were it of birth, is left out.

    Read per distinct value, so that a million rows take no longer than their different dates.
    """
    codes, distinct = pd.factorize(dates.astype("str").str.strip())
    oldest = datetime.now(tz=UTC).year - OLDEST_SHOWN
    years = [_year_of(text) for text in distinct]
    shown = np.array([str(year) if year >= oldest else "" for year in years], dtype=object)
    return pd.Series(shown[codes], index=dates.index, dtype="object")


def _year_of(text: str) -> int:
    """Year of a date as text or as seconds or milliseconds since 1970; 0 where it is none."""
    compact = re.fullmatch(r"((?:18|19|20)\d\d)\d{4}", text)
    if compact is not None:
        return int(compact[1])
    if re.fullmatch(r"\d{9,13}(?:\.0*)?", text):
        seconds = float(text) if float(text) < 1e11 else float(text) / 1000
        return datetime.fromtimestamp(seconds, tz=UTC).year
    found = _YEAR.search(text)
    return 0 if found is None else int(found[1])


def _is_text(column: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column)


def _check_treated(table: pd.DataFrame, treatments: Mapping[str, Treatment]) -> None:
    """A generalisation that left a value behind, such as a date it could not read, is refused."""
    kinds = {column: treatment.kind for column, treatment in treatments.items()}
    generalised = table[[column for column in table.columns if column in kinds]].copy()
    for column, kind in kinds.items():
        if kind is TreatmentKind.JUSTIFY:
            generalised = generalised.drop(columns=column)
        elif kind is TreatmentKind.CAP_AGE:
            # What stands for "90 or over" would be taken for an age of 90.
            capped = pd.to_numeric(generalised[column], errors="coerce") == OLDEST_SHOWN + 1
            generalised[column] = generalised[column].mask(capped)
    left = scan_table(generalised)
    for hit in left.hits:
        if hit.found_by != "name":
            raise CohortError(
                "a column must not identify anybody after it was generalised",
                value=f"{hit.column}: {hit.words}",
                remedy="Drop the column.",
            )
