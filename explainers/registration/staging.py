"""Patients written beside their place and moved there whole, or not at all."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from explainers.core.cohort import Cohort
from explainers.errors import CohortError, SettingsError
from explainers.intake.cohort_file import load_cohort
from explainers.intake.schema_file import load_schema
from explainers.intake.schema_writing import write_schema
from explainers.intake.source_file import SourceTable
from explainers.models.drafts import new_draft
from explainers.registration.cohort import CohortDraft
from explainers.registration.model import ModelDraft, save_model
from explainers.workspace import COHORT_FILE, SCHEMA_FILE, Workspace

RECORD_FILE = "identifiers.json"


@dataclass(frozen=True)
class StagedCohort:
    """A cohort on disk that nobody sees yet; leaving the ``with`` block removes it.

    Attributes
    ----------
    cohort : Cohort
        As it was read back from the files.
    directory : Path
        Where :meth:`commit` puts it.
    """

    cohort: Cohort
    directory: Path
    _draft: Path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._draft, ignore_errors=True)

    def commit(self) -> None:
        """Move it to its place; CohortError where that is taken or cannot be written."""
        try:
            if self.directory.exists():
                raise FileExistsError(self.directory)
            self._draft.chmod(0o700)
            self._draft.rename(self.directory)
        except OSError as error:
            raise CohortError(
                "a cohort is never overwritten, and needs a directory that can be written",
                value=str(self.directory),
                remedy="Choose another name.",
            ) from error

    def withdraw(self) -> None:
        """Undo :meth:`commit`."""
        self.directory.rename(self._draft)


def save_both(workspace: Workspace, staged: StagedCohort, draft: ModelDraft) -> None:
    """Put a staged cohort and the model that was prepared on it into the workspace, or neither.

    The patients go first: a server that stops between the two leaves a whole cohort, for which
    the model can be registered again.

    Raises
    ------
    BundleError, CohortError
        When a name is taken, or a file cannot be written.
    """
    staged.commit()
    try:
        save_model(workspace, draft)
    except BaseException:
        staged.withdraw()
        raise


def stage_cohort(workspace: Workspace, draft: CohortDraft, source: SourceTable) -> StagedCohort:
    """Write a cohort beside its place, and read it back as it would be loaded.

    Raises
    ------
    SettingsError, CohortError
        When the name is taken or not plain, there is no workspace, or it cannot be written.
    """
    directory = workspace.new_cohort_directory(draft.name)
    if directory.exists():
        raise CohortError(
            "a cohort is never overwritten",
            value=draft.name,
            remedy="Choose another name, or remove the old cohort first.",
        )
    try:
        place = new_draft(directory.parent)
    except OSError as error:
        raise SettingsError(
            "the workspace must be writable", value=str(directory.parent)
        ) from error
    try:
        draft.table.to_csv(place / COHORT_FILE, index=False, lineterminator="\n")
        (place / SCHEMA_FILE).write_bytes(write_schema(draft.schema))
        (place / RECORD_FILE).write_bytes(draft.record(source.name, source.notes))
        cohort = load_cohort(place / COHORT_FILE, load_schema(place / SCHEMA_FILE))
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return StagedCohort(cohort, directory, place)
