"""What every page is given: where things are kept, and who is at work."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dashboard.environment import WORKSPACE
from dashboard.visits import Visit
from explainers.disclosure.roles import Person
from explainers.workspace import Workspace


@dataclass(frozen=True)
class Context:
    """The surroundings of one run of a page.

    Attributes
    ----------
    root : Path or None
        The user's workspace, with the record of who saw what; None where only the built-in models
        are served, whose patients are public: then nothing is kept.
    person : Person
        Whose role decides what may be seen.
    visit : Visit or None
        The sign-in; None in the single-user mode, which has none.
    """

    root: Path | None
    person: Person
    visit: Visit | None = None

    @cached_property
    def workspace(self) -> Workspace:
        """The models and cohorts this server offers."""
        return Workspace(self.root)


def workspace_root() -> Path | None:
    """The workspace that the environment names."""
    root = os.environ.get(WORKSPACE)
    return Path(root) if root else None
