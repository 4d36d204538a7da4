from __future__ import annotations

import pytest

from explainers.disclosure.roles import PERMISSIONS, Permission, Person, Role
from explainers.errors import NotPermittedError


@pytest.mark.parametrize(
    ("role", "refused"),
    [
        (Role.BOARD, {Permission.PATIENT, Permission.REGISTER, Permission.RECORDS}),
        (Role.CLINICIAN, {Permission.REGISTER, Permission.AUDIT, Permission.RECORDS}),
        (
            Role.TEACHER,
            {
                Permission.OWN_COHORTS,
                Permission.REGISTER,
                Permission.AUDIT,
                Permission.RECORDS,
            },
        ),
        (
            Role.ADMINISTRATOR,
            {Permission.PATIENT, Permission.AGGREGATES, Permission.OWN_COHORTS},
        ),
        (Role.SINGLE_USER, set()),
    ],
)
def test_every_role_has_what_its_job_needs_and_no_more(
    role: Role, refused: set[Permission]
) -> None:
    """Prevents a board from reaching a patient and whoever keeps the log from reading patients."""
    person = Person("x", "X", role)
    assert {one for one in Permission if not person.may(one)} == refused
    for permission in refused:
        with pytest.raises(NotPermittedError, match=f"{role} asks for {permission}"):
            person.require(permission)
    for permission in set(Permission) - refused:
        person.require(permission)


def test_every_role_is_in_the_matrix() -> None:
    assert set(PERMISSIONS) == set(Role)
