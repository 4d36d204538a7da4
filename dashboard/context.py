"""What every page is given: where things are kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from explainers.workspace import Workspace

WORKSPACE_VARIABLE = "PELLUCID_WORKSPACE"


@dataclass(frozen=True)
class Context:
    """The surroundings of one run of a page.

    Attributes
    ----------
    root : Path or None
        The user's workspace; None where only the built-in models are served.
    """

    root: Path | None

    @property
    def workspace(self) -> Workspace:
        """The models and cohorts this server offers."""
        return Workspace(self.root)


def open_context() -> Context:
    """Read the surroundings from the environment the server was started with."""
    root = os.environ.get(WORKSPACE_VARIABLE)
    return Context(Path(root) if root else None)
