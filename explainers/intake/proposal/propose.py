"""A schema for a table that nobody has described yet, to be corrected by somebody who knows it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from explainers.core.schema import (
    CohortFacts,
    Column,
    Kind,
    Role,
    Schema,
)
from explainers.errors import CohortError, SettingsError
from explainers.intake.proposal.belonging import find_person, find_site
from explainers.intake.proposal.groups import propose_group
from explainers.intake.proposal.guess import Guess
from explainers.intake.proposal.names import (
    AGES,
    NOT_FOR_MODELS,
    NUMBERED,
    SENSITIVE,
    WHOM,
    label_of,
    plausible_range,
    unit_of,
    words_of,
)
from explainers.intake.proposal.outcomes import find_outcome, propose_outcomes
from explainers.intake.proposal.readings import MOSTLY, Reading, read_column
from explainers.intake.schema_writing import write_schema

MOST_LEVELS = 30
MOST_CODED = 6
DEFAULT_ID = "patient_id"
ROW_ID = "row_id"
PERSON_ID = "person_id"
_ORDERS = (
    ("none", "mild", "moderate", "severe"),
    ("never", "former", "current"),
    ("low", "medium", "high"),
    ("low", "normal", "high"),
    ("absent", "present"),
)


@dataclass(frozen=True)
class Proposal:
    """A schema that fits a table, and how each part of it came to be.

    Attributes
    ----------
    schema : Schema
    guesses : tuple of Guess
    """

    schema: Schema
    guesses: tuple[Guess, ...]

    @property
    def doubts(self) -> tuple[Guess, ...]:
        """Guesses that somebody has to look at."""
        return tuple(guess for guess in self.guesses if guess.doubt)

    def to_toml(self) -> bytes:
        """The schema with its guesses as comments, to be corrected and used."""
        remarks: dict[str, list[str]] = {
            "": ["Proposed by pellucid from names and values alone. Correct it before it is used."]
        }
        for guess in self.guesses:
            remarks.setdefault(guess.column, []).append(str(guess))
        return write_schema(self.schema, remarks=remarks)


def propose_schema(
    table: pd.DataFrame,
    *,
    name: str,
    patient_id: str = "",
    outcome: str = "",
    features: Collection[str] = (),
    clusters: tuple[str, str] | None = None,
) -> Proposal:
    """Guess what the columns of a table mean.

    Parameters
    ----------
    table : DataFrame of shape (n, columns)
        Texts, as a source is read and tidied.
    name : str
        Slug of the cohort.
    patient_id, outcome : str, optional
        Columns; guessed where not given.
    features : collection of str, optional
        Columns that the model takes; all others then may not enter it.
    clusters : tuple of str, optional
        Columns that say whose row each is, and at which site, "" for none; guessed where not given.

    Raises
    ------
    SettingsError
        When a column that is named is not in the table.
    CohortError
        When there is nothing to describe.
    """
    absent = sorted(
        {*features, *filter(None, (patient_id, outcome, *(clusters or ())))}
        - set(map(str, table.columns))
    )
    if absent:
        raise SettingsError("the table must have every column that is named", value=absent)
    readings = {str(column): read_column(table[column]) for column in table.columns}
    guesses: list[Guess] = []
    patient_id = patient_id or _find_patient_id(readings, len(table), guesses)
    readings.pop(patient_id, None)
    if clusters is None:
        idle = {key: one for key, one in readings.items() if key not in (outcome, *features)}
        person = find_person(idle, len(table), guesses)
    else:
        person = clusters[0]
    readings.pop(person, None)
    if person and not patient_id:
        guesses[:] = [guess for guess in guesses if guess.what != "patient_id"]
    outcome = outcome or find_outcome(readings, features, guesses)
    columns = tuple(
        _propose_column(reading, _role(reading, outcome, features), guesses)
        for reading in readings.values()
    )
    if not columns:
        raise CohortError("a table needs a column beside the patients' ids", value=name)
    site = clusters[1] if clusters else find_site(columns, readings, len(table), guesses)
    known = {column.name: column for column in columns}
    groups = [propose_group(known[key], reading) for key, reading in readings.items()]
    title = label_of(name, "") or name
    schema = Schema(
        facts=CohortFacts(name, title, f"{len(table):,} patients, registered as {name}."),
        patient_id=patient_id or _row_id({person, *readings}),
        columns=columns,
        outcomes=propose_outcomes(known.get(outcome), readings.get(outcome), guesses),
        groups=tuple(group for group in groups if group is not None),
        person=person,
        site=site,
    )
    return Proposal(schema, tuple(guesses))


def _find_patient_id(readings: Mapping[str, Reading], n: int, guesses: list[Guess]) -> str:
    """A column of ids by its name and by having a value of its own in each row."""
    for name, reading in readings.items():
        words = set(words_of(name))
        speaks = bool({"id", "ids", "mrn", "identifier"} & words) or name == "row_number"
        speaks = speaks or bool(words & WHOM and words <= WHOM | NUMBERED)
        if speaks and len(reading.texts) == reading.n_rows == n:
            reason = "its name speaks of an id, and every row has a value of its own"
            guesses.append(Guess("", "patient_id", name, reason))
            return name
    guesses.append(
        Guess("", "patient_id", "", "no column names each row", "every row is taken for a patient")
    )
    return ""


def _row_id(taken: Collection[str]) -> str:
    """A name for the rows' own ids, which are made; the person's column may have the usual one."""
    return next(name for name in (DEFAULT_ID, ROW_ID, f"{ROW_ID}_new") if name not in taken)


def _role(reading: Reading, outcome: str, features: Collection[str]) -> Role:
    if reading.name == outcome:
        return "outcome"
    if features:
        return "feature" if reading.name in features else "attribute"
    return "attribute" if set(words_of(reading.name)) & NOT_FOR_MODELS else "feature"


def _propose_column(reading: Reading, role: Role, guesses: list[Guess]) -> Column:
    kind, levels, why_not = _kind(reading, guesses)
    unit = unit_of(reading.name) if kind in ("number", "integer") else ""
    if unit:
        guesses.append(Guess(reading.name, "unit", unit, "so the name ends"))
    sensitive = bool(set(words_of(reading.name)) & (SENSITIVE | AGES))
    column = Column(
        name=reading.name,
        label=label_of(reading.name, unit),
        kind=kind,
        role="excluded" if why_not else role,
        unit=unit,
        levels=levels,
        ordered=_is_ordered(levels),
        missing_codes=_codes(reading, kind, guesses),
        sensitive=sensitive,
        concept=label_of(reading.name, unit),
        note=why_not,
    )
    return _with_range(column, reading, guesses) if column.is_numeric and not why_not else column


def _kind(reading: Reading, guesses: list[Guess]) -> tuple[Kind, tuple[str, ...], str]:
    """How to read a column, its levels, and why it cannot be used ("" where it can)."""
    if not reading.n_rows:
        return "number", (), "Nobody has a value in this column."
    is_coded_group = bool(set(words_of(reading.name)) & SENSITIVE)
    if reading.is_yes_no and not (is_coded_group and reading.share_of_numbers == 1.0):
        guesses.append(
            Guess(reading.name, "kind", "yes_no", "it has one value for yes, one for no")
        )
        return "yes_no", (), ""
    if reading.is_dates:
        return "number", (), "Dates as text: give the time between two of them instead."
    if reading.share_of_numbers >= MOSTLY:
        return _number_kind(reading, guesses, is_coded_group=is_coded_group)
    levels = _in_order(reading.texts.tolist())
    if not 2 <= len(levels) <= MOST_LEVELS:
        return (
            "number",
            (),
            f"Text with {len(levels):,} different values, neither number nor level.",
        )
    doubt = f"a model sees their positions, 0 to {len(levels) - 1}, in this order"
    guesses.append(Guess(reading.name, "kind", "category", f"{len(levels)} levels", doubt))
    return "category", levels, ""


def _number_kind(
    reading: Reading, guesses: list[Guess], *, is_coded_group: bool
) -> tuple[Kind, tuple[str, ...], str]:
    n_odd = int(reading.counts[np.isnan(reading.numbers)].sum())
    doubt = f"{n_odd:,} rows hold a text that is no number" if n_odd else ""
    codes = np.unique(reading.numbers[~np.isnan(reading.numbers)])
    is_coded = reading.is_whole and not n_odd and len(codes) <= MOST_CODED
    if is_coded and is_coded_group and 2 <= len(codes) == int(codes[-1]) + 1 and codes[0] == 0:
        # Level number k is then the code k, so a model sees what it was trained on.
        levels = tuple(sorted(reading.texts, key=float))
        doubt = "say what each code means"
        guesses.append(Guess(reading.name, "kind", "category", "codes from 0 on", doubt))
        return "category", levels, ""
    if is_coded and len(codes) > 1:
        doubt = f"only {len(codes)} different values: a model sees these numbers as they are"
    kind: Kind = "integer" if reading.is_whole and not n_odd else "number"
    guesses.append(Guess(reading.name, "kind", kind, "its values are numbers", doubt))
    return kind, (), ""


def _codes(reading: Reading, kind: Kind, guesses: list[Guess]) -> tuple[float | str, ...]:
    codes: list[float | str] = []
    for code in reading.codes:
        whole = isinstance(code, float) and code == int(code)
        codes.append(int(code) if whole else code)
    if codes:
        reason = "it stands apart from all measured values, or is a word for none"
        shown = ", ".join(map(str, codes))
        doubt = "were these never measured?"
        guesses.append(Guess(reading.name, "missing_codes", shown, reason, doubt))
    if kind == "category" and reading.codes:
        return tuple(code for code in codes if isinstance(code, str))
    return tuple(codes)


def _with_range(column: Column, reading: Reading, guesses: list[Guess]) -> Column:
    found = reading.numbers[~np.isnan(reading.numbers)]
    low, high = float(found.min()), float(found.max())
    decimals = 0 if column.kind == "integer" else _decimals(reading.texts.tolist())
    known = plausible_range(column.name, column.unit)
    unit = column.unit or (known.unit if known is not None else "")
    if known is not None and not column.unit:
        guesses.append(
            Guess(column.name, "unit", unit, "it is the usual one", "the name does not say")
        )
    if known is not None and known.low <= np.median(found) <= known.high:
        outside = int(
            reading.counts[(reading.numbers < known.low) | (reading.numbers > known.high)].sum()
        )
        doubt = f"{outside:,} rows lie outside" if outside else ""
        low, high = known.low, known.high
        guesses.append(
            Guess(column.name, "valid_range", f"{low:g} to {high:g}", "plausible", doubt)
        )
    elif low < high:
        reason = "what was observed"
        guesses.append(Guess(column.name, "valid_range", f"{low:g} to {high:g}", reason))
    if low >= high:
        doubt = "it cannot tell patients apart"
        guesses.append(Guess(column.name, "valid_range", "", "all values are the same", doubt))
        return replace(column, decimals=decimals, unit=unit)
    return replace(column, valid_range=(low, high), decimals=decimals, unit=unit)


def _decimals(texts: list[str]) -> int:
    """Decimals that nine in ten of the values are content with, at most 4."""
    digits = [len(text.partition(".")[2]) for text in texts if "e" not in text.lower()]
    return min(4, int(np.quantile(digits, 0.9))) if digits else 0


def _in_order(levels: list[str]) -> tuple[str, ...]:
    """Levels in the order that their words have, else of the alphabet, numbers as numbers."""
    lower = {level.lower(): level for level in levels}
    for order in _ORDERS:
        if len(levels) > 1 and len(lower) == len(levels) and set(lower) <= set(order):
            return tuple(lower[word] for word in order if word in lower)
    return tuple(sorted(levels, key=_natural))


def _is_ordered(levels: tuple[str, ...]) -> bool:
    lower = [level.lower() for level in levels]
    return any(
        len(lower) > 1 and lower == [word for word in order if word in lower] for order in _ORDERS
    )


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    parts = re.findall(r"\d{1,15}|\D+", text.lower())
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)
