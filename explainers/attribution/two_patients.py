"""Two patients under one model: which contributions make the difference between their predictions.

Both explanations start from the same reference patients, so the difference of the predictions is
the sum of the differences of the contributions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from explainers.attribution.side_by_side import SideBySide
from explainers.core.attribution import Attribution


@dataclass(frozen=True)
class TwoPatients(SideBySide):
    """One attribution for each of two patients, comparable input by input.

    Attributes
    ----------
    first, second : Attribution
        Of one patient each; same method, scale, features, model and reference patients.

    Raises
    ------
    SettingsError
        When one of them is of more or fewer patients, or they differ in one of these.
    """

    noun: ClassVar[str] = "patient"

    @classmethod
    def _shared(cls, attribution: Attribution) -> dict[str, object]:
        return {
            "method": attribution.method,
            **super()._shared(attribution),
            "model": attribution.provenance.model_digest,
        }
