"""Whose row each is, and at which site: which columns seem to say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explainers.core.schema import Column
from explainers.intake.proposal.guess import Guess
from explainers.intake.proposal.names import HASHED, NUMBERED, PERSONS, SITES, words_of
from explainers.intake.proposal.readings import Reading

# With fewer nothing tells a person from a level, such as a ward that a number stands for.
FEWEST_PERSONS = 11
# Where one has more rows on average, the name is more likely one of a ward or a device.
MOST_ROWS_EACH = 50
# Below this an interval by site is hardly more than a guess.
FEWEST_SITES = 10


def find_person(readings: Mapping[str, Reading], n: int, guesses: list[Guess]) -> str:
    """The column whose name is that of a person's id and in which ids repeat; "" where none is.

    Ids of encounters, visits and cases name rows and not people, and are left alone.
    """
    for name, reading in readings.items():
        n_named = len(reading.texts)
        if not _speaks_of_persons(name) or not FEWEST_PERSONS <= n_named < reading.n_rows:
            continue
        if reading.n_rows > MOST_ROWS_EACH * n_named:
            continue
        if reading.n_rows < n:
            doubt = f"{n - reading.n_rows:,} rows have none: give each its person, or leave it out"
            reason = f"{name} seems to name the person of a row, and is empty in some"
            guesses.append(Guess("", "person", "", reason, doubt))
            return ""
        reason = (
            f"its name speaks of a person's id, and {n_named:,} values stand in"
            f" {reading.n_rows:,} rows"
        )
        doubt = (
            "does each value name one patient? Intervals, the split and the smallest groups shown"
            " then count patients, and the ids are replaced by new ones"
        )
        guesses.append(Guess("", "person", name, reason, doubt))
        return name
    return ""


def find_site(
    columns: Sequence[Column], readings: Mapping[str, Reading], n: int, guesses: list[Guess]
) -> str:
    """The category named like a hospital, ward or device; "" where none will do, told why not.

    Of several the first kind of :data:`~explainers.intake.proposal.names.SITES`.
    """
    named = [column for column in columns if _place_of(column) < len(SITES)]
    for column in sorted(named, key=_place_of):
        n_levels, n_rows = len(column.levels), readings[column.name].n_rows
        reason = f"{column.name} is named like a site, with {n_levels} of them"
        if column.kind != "category" or column.role not in ("feature", "attribute"):
            continue
        if n_rows < n:
            doubt = f"{n - n_rows:,} rows have none, and every row needs one"
            guesses.append(Guess("", "site", "", reason, doubt))
        elif n_levels < FEWEST_SITES:
            doubt = (
                f"with fewer than {FEWEST_SITES} sites an interval by site is a rough guide and"
                " very wide; declare it where the model is for other sites as well"
            )
            guesses.append(Guess("", "site", "", reason, doubt))
        else:
            doubt = "are its patients alike? Intervals then count sites, not patients"
            guesses.append(Guess("", "site", column.name, reason, doubt))
            return column.name
    return ""


def _speaks_of_persons(name: str) -> bool:
    words = set(words_of(name))
    return bool(words & PERSONS) and words <= PERSONS | NUMBERED | HASHED


def _place_of(column: Column) -> int:
    """Which kind of site a name speaks of, the widest first; past the end where of none."""
    words = set(words_of(column.name))
    return next((at for at, kind in enumerate(SITES) if words & kind), len(SITES))
