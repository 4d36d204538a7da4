"""What a screen says where the rows of one person or site belong together."""

from __future__ import annotations

from dashboard.wording import say
from explainers.core.cohort import Cohort
from explainers.disclosure.counts import SMALLEST_CELL, shown_count

# What on which screen is made from rows all the same.
LEFT = {"model": "left_effects", "patient": "left_similar"}
# The same where sites are declared and persons are not, and where persons are.
LEFT_OF_SITES = {"groups": "left_search", "problems": "left_checks"}
LEFT_OF_PERSONS = {"problems": "left_checks_person"}


def clusters_notes(cohort: Cohort, page: str) -> tuple[str, ...]:
    """Whom intervals allow for, what is counted, and which figures of the page allow for nobody.

    Nothing where all rows are independent.
    """
    clusters, persons = cohort.clusters, cohort.persons
    if clusters is None:
        return ()
    notes = []
    if clusters.kind == "site":
        notes.append(say("clusters.site", n=f"{len(clusters.sizes):,}"))
    if persons is not None:
        key = "person" if clusters is persons else "counted_person"
        number = shown_count(persons.n_repeated)
        notes.append(say(f"clusters.{key}", n=number, floor=SMALLEST_CELL))
    own = LEFT_OF_SITES if persons is None else LEFT_OF_PERSONS
    return (*notes, *(say(f"clusters.{kinds[page]}") for kinds in (LEFT, own) if page in kinds))
