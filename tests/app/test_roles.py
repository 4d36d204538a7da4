"""Each role on each page: what it may see, what it is told, and what goes on record."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.auth import local_person
from dashboard.context import Context
from dashboard.navigation import PAGES
from dashboard.services.case import Case
from dashboard.services.library import model_facts, open_catalogue, schema_of, study_of
from explainers.audit import Action, Record
from explainers.audit.place import AuditPlace
from explainers.disclosure.roles import PERMISSIONS, Permission, Person, Role
from explainers.errors import NotPermittedError
from tests.app.pages import add_cohort, add_model, texts

MODEL = "heart-forest"
REFUSED = "Not for your role"
OPEN_PAGES = {
    Role.CLINICIAN: {"patient", "compare", "groups", "labels", "model", "problems", "glossary"},
    Role.BOARD: {"groups", "labels", "model", "problems", "audit", "glossary"},
    Role.TEACHER: {"patient", "compare", "groups", "labels", "model", "problems", "glossary"},
    Role.ADMINISTRATOR: {"data", "audit", "glossary"},
    Role.SINGLE_USER: {entry.name for entry in PAGES},
}


def someone(role: Role, root: Path | None = None) -> Context:
    return Context(root, Person("sub-1", "Somebody", role))


def records(root: Path) -> list[Record]:
    log = AuditPlace.of_workspace(root).open_log()
    try:
        return list(reversed(log.records()))
    finally:
        log.close()


def _run_page(page: str, role: str, root: str) -> None:
    """Body of the page under test, reached by its address."""
    from pathlib import Path  # noqa: PLC0415

    from dashboard import navigation, state  # noqa: PLC0415
    from dashboard.context import Context  # noqa: PLC0415
    from explainers.disclosure.roles import Person, Role  # noqa: PLC0415

    ctx = Context(Path(root), Person("sub-1", "Somebody", Role(role)))
    state.set_context(ctx)
    entry = next(entry for entry in navigation.PAGES if entry.name == page)
    navigation._render(ctx, entry)


def reach(page: str, role: Role, root: Path) -> AppTest:
    app = AppTest.from_function(_run_page, args=(page, str(role), str(root)), default_timeout=90)
    app.query_params["model"] = MODEL
    return app.run()


CLOSED = [
    (role, entry.name)
    for role, pages in OPEN_PAGES.items()
    for entry in PAGES
    if entry.name not in pages
]


@pytest.mark.parametrize(("role", "page"), CLOSED)
def test_a_page_outside_the_role_is_refused_says_why_and_is_recorded(
    role: Role, page: str, tmp_path: Path
) -> None:
    """Prevents a board, or whoever keeps the server, from reaching a patient by an address."""
    app = reach(page, role, tmp_path)
    assert not app.exception
    assert REFUSED in texts(app)
    assert MODEL not in texts(app)
    assert not app.get("plotly_chart")
    app.run()
    (denied,) = records(tmp_path)
    assert denied.event.action is Action.DENIED
    assert denied.event.details["view"] == page


def test_the_matrix_is_the_one_of_the_permissions() -> None:
    for role, pages in OPEN_PAGES.items():
        allowed = {
            e.name for e in PAGES if e.permission is None or e.permission in PERMISSIONS[role]
        }
        assert allowed == pages
    assert set(OPEN_PAGES) == set(Role)


@pytest.mark.parametrize("page", ["groups", "model"])
def test_nothing_of_a_single_patient_is_on_a_page_of_the_board(page: str, tmp_path: Path) -> None:
    """Not in a hover, a table, a button or a download either: what is sent is searched."""
    app = reach(page, Role.BOARD, tmp_path)
    assert not app.exception
    assert REFUSED not in texts(app)
    ctx = someone(Role.BOARD)
    cohort = study_of(ctx, model_facts(ctx, MODEL)).cohort
    # What the authors of the public cohort wrote about it names a few of its records.
    written = " ".join(cohort.schema.facts.caveats)
    sent = "\n".join(str(element.proto) for element in app.main if hasattr(element, "proto"))
    assert len(sent) > 1000
    assert [one for one in cohort.patient_ids if one in sent and one not in written] == []
    assert Action.OPEN_PATIENT not in {record.event.action for record in records(tmp_path)}


@pytest.mark.parametrize("role", [Role.BOARD, Role.ADMINISTRATOR])
def test_no_patient_is_made_for_a_role_without_patients(role: Role) -> None:
    """Where the result is made, whatever page, session or callback asks for it."""
    facts = model_facts(someone(role), MODEL)
    study = study_of(Context(None, local_person()), facts)
    with pytest.raises(NotPermittedError):
        Case(someone(role), facts, study, study.cohort.patient_ids[0])


def test_an_administrator_has_no_statistics_either() -> None:
    ctx = someone(Role.ADMINISTRATOR)
    with pytest.raises(NotPermittedError):
        study_of(ctx, model_facts(ctx, MODEL))


def test_a_teacher_has_the_built_in_cohorts_only(tmp_path: Path) -> None:
    """A class must not see the patients of the hospital whose server it uses."""
    add_cohort(tmp_path, "ward")
    add_model(tmp_path, "ward-model", "ward")
    clinician, teacher = (someone(role, tmp_path) for role in (Role.CLINICIAN, Role.TEACHER))
    assert "ward-model" in open_catalogue(clinician).models
    assert "ward-model" not in open_catalogue(teacher).models
    assert MODEL in open_catalogue(teacher).models
    facts = model_facts(teacher, "ward-model")
    for read in (study_of, schema_of):
        with pytest.raises(NotPermittedError):
            read(teacher, facts)


def test_every_page_names_what_it_needs() -> None:
    """A page whose name is forgotten in the matrix above, or whose leave is, fails here."""
    assert {entry.name for entry in PAGES if entry.permission is None} == {"glossary"}
    assert {entry.permission for entry in PAGES if entry.permission} <= set(Permission)
