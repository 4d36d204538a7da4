"""Where a result came from: enough to make it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

REPORTED_PACKAGES = (
    "pellucid",
    "numpy",
    "pandas",
    "scikit-learn",
    "shap",
    "skops",
    "xgboost",
    "xgboost-cpu",
)


def installed_versions(packages: tuple[str, ...] = REPORTED_PACKAGES) -> dict[str, str]:
    """Versions of the named packages, without importing them; absent ones are left out."""
    found = {package: _installed_version(package) for package in packages}
    return {package: number for package, number in found.items() if number is not None}


@cache
def _installed_version(package: str) -> str | None:
    """Looked up once: reading a package's metadata takes longer than explaining a patient."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def utc_now() -> str:
    """The present time in UTC, to the second, as ISO 8601."""
    return datetime.now(tz=UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Provenance:
    """What made a result: model, patients, method, settings, seed, versions, time.

    Attributes
    ----------
    model_digest, cohort_digest, reference_digest : str
        SHA-256 of the model bundle, of the patients shown and of the reference patients.
    method : str
        Slug of the method that answered; never another one than was asked for.
    settings : Mapping[str, Any]
        The settings the method ran with, defaults included.
    seed : int
        Seed of every random draw behind the result.
    versions : Mapping[str, str]
        Versions of the packages that took part.
    created_at : str
        ISO 8601 time, UTC.
    """

    model_digest: str
    cohort_digest: str
    method: str
    seed: int
    reference_digest: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=installed_versions)
    created_at: str = field(default_factory=utc_now)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {**asdict(self), "settings": dict(self.settings), "versions": dict(self.versions)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Provenance:
        """Inverse of :meth:`to_dict`."""
        return cls(**record)
