"""Where the log of a workspace is kept, unless somebody says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from explainers.audit.log import LEAST_YEARS, AuditLog
from explainers.audit.patient_key import PatientKeys, open_patient_keys


@dataclass(frozen=True)
class AuditPlace:
    """Where the records, their heads and the secret of the patients' keys are.

    Attributes
    ----------
    directory : Path
        ``audit/`` of the workspace.
    url : str
        Database; "" for SQLite in that directory.
    heads : Path or None
        File of the heads; None for one in that directory, which finds a cut tail only as long as
        nobody cuts both.
    retention_years : int
    """

    directory: Path
    url: str = ""
    heads: Path | None = None
    retention_years: int = LEAST_YEARS

    @classmethod
    def of_workspace(cls, root: Path, *, url: str = "", heads: Path | None = None) -> AuditPlace:
        """The place for a workspace."""
        return cls(root / "audit", url, heads)

    @property
    def has_log(self) -> bool:
        """Whether a log was begun; one in a database that somebody named is taken to be there."""
        return bool(self.url) or self._file.exists()

    def open_log(self) -> AuditLog:
        """The log, made where there is none; AuditError where it cannot be."""
        url = self.url or f"sqlite:///{self._file}"
        heads = self.heads or self.directory / "audit.heads"
        return AuditLog(url, heads, retention_years=self.retention_years)

    def open_patient_keys(self) -> PatientKeys:
        """The patients' keys; AuditError where their secret cannot be made or read."""
        return open_patient_keys(self.directory / "patients.key")

    @property
    def _file(self) -> Path:
        return self.directory / "audit.db"
