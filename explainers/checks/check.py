"""What every check offers."""

from __future__ import annotations

from typing import Protocol

from explainers.checks.inspection import Inspection
from explainers.core.finding import CheckResult


class Check(Protocol):
    """One question to a model and its data, with one code.

    Attributes
    ----------
    code : str
        Slug, such as ``group-miscalibrated``.
    title : str
        The question in a few words.
    doc : str
        Page of ``docs/methods`` on how the answer is found.
    """

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def doc(self) -> str: ...

    def run(self, inspection: Inspection) -> CheckResult:
        """The answer, which may be that the question does not apply."""
        ...
