"""What a screen says where the rows of one person or site belong together."""

from __future__ import annotations

from dashboard.wording import say
from explainers.core.cohort import Cohort
from explainers.core.schema import Schema
from explainers.disclosure.counts import SMALLEST_CELL, shown_count


def clusters_notes(cohort: Cohort) -> tuple[str, ...]:
    """Whom intervals allow for and what is counted; nothing where all rows are independent."""
    clusters, persons = cohort.clusters, cohort.persons
    notes = []
    if clusters is not None and clusters.kind == "site":
        notes.append(say("clusters.site", n=f"{len(clusters.sizes):,}"))
    if persons is not None:
        key = "person" if clusters is persons else "counted_person"
        number = shown_count(persons.n_repeated)
        notes.append(say(f"clusters.{key}", n=number, floor=SMALLEST_CELL))
    return tuple(notes)


def rows_note(schema: Schema) -> str:
    """That a screen's intervals take rows as independent; "" where they may."""
    if not (schema.person or schema.site):
        return ""
    key = "rows_person" if schema.person else "rows_site"
    return say(f"clusters.{key}", floor=SMALLEST_CELL)
