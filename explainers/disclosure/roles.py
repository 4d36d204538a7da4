"""Who may see what: the roles and the views that each of them has.

Minimum necessary, 45 CFR 164.502(b) and 164.514(d): a role sees what its job needs and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from explainers.errors import NotPermittedError


class Role(StrEnum):
    """What somebody is here to do."""

    CLINICIAN = "clinician"
    BOARD = "board"
    TEACHER = "teacher"
    ADMINISTRATOR = "administrator"
    SINGLE_USER = "single_user"


class Permission(StrEnum):
    """One thing that may be allowed."""

    PATIENT = "patient"
    AGGREGATES = "aggregates"
    OWN_COHORTS = "own_cohorts"
    EXPORT = "export"
    REGISTER = "register"
    AUDIT = "audit"
    RECORDS = "records"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CLINICIAN: frozenset(
        {Permission.PATIENT, Permission.AGGREGATES, Permission.OWN_COHORTS, Permission.EXPORT}
    ),
    Role.BOARD: frozenset(
        {Permission.AGGREGATES, Permission.OWN_COHORTS, Permission.EXPORT, Permission.AUDIT}
    ),
    # The built-in cohorts are public: for a class they stand in for a hospital's.
    Role.TEACHER: frozenset({Permission.PATIENT, Permission.AGGREGATES, Permission.EXPORT}),
    Role.ADMINISTRATOR: frozenset(
        {Permission.REGISTER, Permission.AUDIT, Permission.RECORDS, Permission.EXPORT}
    ),
    Role.SINGLE_USER: frozenset(Permission),
}


@dataclass(frozen=True)
class Person:
    """Somebody at work.

    Attributes
    ----------
    identifier : str
        Unique and lasting: the subject that the sign-in vouches for.
    name : str
        For the screen only.
    role : Role
    """

    identifier: str
    name: str
    role: Role

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Raise NotPermittedError unless the role allows it."""
        if not self.may(permission):
            raise NotPermittedError(
                "the role must allow what is asked for",
                value=f"{self.role} asks for {permission}",
                remedy="Ask an administrator for another role.",
            )
