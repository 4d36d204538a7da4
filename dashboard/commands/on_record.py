"""Putting on record what a command did: by the user of the operating system, before it is done."""

from __future__ import annotations

import argparse
import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.environment import AUDIT_HEADS, AUDIT_URL

if TYPE_CHECKING:
    from explainers.audit.place import AuditPlace

# Whoever has an account on the server and the rights to its files keeps the workspace.
ROLE = "administrator"


def audit_place(arguments: argparse.Namespace) -> AuditPlace:
    """The log of the workspace, or the one that the environment names."""
    from explainers.audit.place import AuditPlace  # noqa: PLC0415 - keeps --help fast

    heads = os.environ.get(AUDIT_HEADS)
    return AuditPlace.of_workspace(
        arguments.workspace,
        url=os.environ.get(AUDIT_URL, ""),
        heads=Path(heads) if heads else None,
    )


def record_registering(
    arguments: argparse.Namespace, *, cohort_name: str, model_name: str, cohort_digest: str
) -> None:
    """Patients, a model or both are about to be put into the workspace.

    Raises
    ------
    AuditError
        When that cannot be put on record; then it must not be done.
    """
    from explainers.audit import Action, Event  # noqa: PLC0415 - keeps --help fast

    named = {"cohort_name": cohort_name, "model_name": model_name}
    event = Event(
        Action.REGISTER,
        actor=getpass.getuser(),
        role=ROLE,
        cohort_digest=cohort_digest,
        details={name: value for name, value in named.items() if value},
    )
    log = audit_place(arguments).open_log()
    try:
        log.append(event)
    finally:
        log.close()
