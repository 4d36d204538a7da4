"""Reasons for all held-out patients, made in the background and kept in the workspace.

A job belongs to the server, not to a session: whoever asks first starts it, whoever asks meanwhile
waits for the same one. What it made is a store, read again at the next start.
"""

from __future__ import annotations

import logging
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st

from dashboard.context import Context
from dashboard.services.background import BackgroundJob
from dashboard.services.keys import BY_DIGEST, study_key
from explainers.attribution.attributor import prepare
from explainers.attribution.registry import exact_shap_for
from explainers.attribution.store import StoreSettings, open_store
from explainers.attribution.store.files import MANIFEST
from explainers.attribution.store.manifest import load_manifest
from explainers.attribution.store.settings import SLOW_METHOD, digest_origin
from explainers.attribution.store.study_store import (
    discard_store,
    read_study_store,
    write_study_store,
)
from explainers.core.arrays import IntArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.study import Study
from explainers.errors import StoreError
from explainers.models.bundle import BundleFacts

logger = logging.getLogger(__name__)

SCALE: Scale = "log-odds"
STORES = "attributions"
# 100,000 patients of 20 inputs took 2.5 s on two busy cores with the fast methods; the slow one
# about 1.7 microseconds for each patient and set of inputs. Either limit is below half a minute
# to a minute of work.
MOST_PATIENTS = 500_000
MOST_PATIENTS_AND_SETS = 1 << 25
# Parts are steps of the progress bar, and what a stop can cost.
WANTED_PARTS, FEWEST_ROWS, FEWEST_ROWS_OF_SLOW_METHOD = 25, 500, 20
# What a screen looks at: 50 inputs of 20,000 patients take 16 MB with their values, and a mean
# over them is known to within a hundredth of their spread.
MOST_SHOWN = 20_000


class AttributionJob(BackgroundJob[Attribution]):
    """Reasons of all held-out patients, or of a seeded sample of 20,000; what is written is kept.

    Its note says why nothing could be kept, or what was kept could not be used.

    Parameters
    ----------
    study : Study
    directory : Path or None
        Where the store is kept; None to keep it in memory only.
    """

    def __init__(self, study: Study, directory: Path | None) -> None:
        self._study, self._directory = study, directory
        super().__init__(len(study.cohort), "the reasons of these patients could not be computed")

    def _make(self) -> Attribution:
        directory = self._directory
        if directory is None:
            return self._explain()
        try:
            kept = self._kept(directory)
            return kept if kept is not None else self._explain_and_keep(directory)
        except StoreError as error:
            # The patients are at hand: only keeping the answer is not possible.
            logger.warning("attributions are not kept: %s", error.rule)
            self._note(error)
            return self._explain()

    def _kept(self, directory: Path) -> Attribution | None:
        """What an earlier run kept; None where there is nothing, or nothing that can be used."""
        if not (directory / MANIFEST).exists():
            return None
        try:
            return read_study_store(open_store(directory), self._study, shown_rows(self._study))
        except StoreError as error:
            # An unfinished one is gone on with; any other is made again.
            if not _is_unfinished(directory):
                self._note(error)
                discard_store(directory)
            return None

    def _explain_and_keep(self, directory: Path) -> Attribution:
        settings = StoreSettings(SCALE, chunk_rows=_chunk_rows(self._study))
        try:
            store = write_study_store(self._study, directory, settings, self._tell)
        except StoreError:
            if not _is_unfinished(directory):
                raise
            # Begun by an earlier release, or with other settings: worth nothing now.
            discard_store(directory)
            store = write_study_store(self._study, directory, settings, self._tell)
        return read_study_store(store, self._study, shown_rows(self._study))

    def _explain(self) -> Attribution:
        """The patients that are shown, a part at a time, without a store."""
        study, rows, size = self._study, shown_rows(self._study), _chunk_rows(self._study)
        method = prepare(exact_shap_for(study.model, SCALE), study)
        ids, parts = study.cohort.patient_ids, []
        for start in range(0, len(rows), size):
            self._tell(start, len(rows))
            part = rows[start : start + size]
            chosen = tuple(ids[at] for at in part)
            parts.append(method.explain(study, study.matrix[part], chosen, SCALE))
        self._tell(len(rows), len(rows))
        return _joined(parts)


@st.cache_resource(max_entries=6, show_spinner=False, hash_funcs=BY_DIGEST)
def attribution_job(study: Study, directory: str) -> AttributionJob:
    """The job of a study, started by whoever asks first; "" keeps nothing on the disk.

    Raises
    ------
    UnsupportedError
        When no exact method explains the model.
    """
    exact_shap_for(study.model, SCALE)
    return AttributionJob(study, Path(directory) if directory else None)


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_DIGEST)
def stored_attribution(study: Study, directory: str, state: str) -> Attribution:  # noqa: ARG001 - key
    """What ``pellucid explain-cohort`` made for a large cohort; StoreError where it does not fit.

    Parameters
    ----------
    study : Study
    directory : str
    state : str
        What differs whenever the store was written anew.
    """
    return read_study_store(open_store(Path(directory)), study, shown_rows(study))


def store_directory(ctx: Context, study: Study) -> Path | None:
    """Where the attributions of a study are kept; None without a workspace."""
    if ctx.root is None:
        return None
    key = digest_origin({"study": list(study_key(study)[:3]), "seed": study.seed, "scale": SCALE})
    return ctx.root / STORES / f"{study.model.name}-{key[:16]}"


def store_state(directory: Path) -> str:
    """Size and time of a store's manifest; "" where there is none."""
    try:
        found = (directory / MANIFEST).stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"


def is_made_in_background(study: Study) -> bool:
    """Whether the cohort is small enough for its reasons to be made while somebody waits.

    Raises
    ------
    UnsupportedError
        When no exact method explains the model.
    """
    return len(study.cohort) <= most_patients(study)


def most_patients(study: Study) -> int:
    """Patients that are explained while somebody waits, for this kind of model."""
    if exact_shap_for(study.model, SCALE).slug == SLOW_METHOD:
        return MOST_PATIENTS_AND_SETS >> len(study.model.columns)
    return MOST_PATIENTS


def command_for(ctx: Context, study: Study, facts: BundleFacts, directory: Path) -> str:
    """The command that makes the store of a large cohort, fit to be pasted into a shell."""
    words = ["pellucid", "explain-cohort", facts.name]
    if ctx.root is not None:
        cohort = ctx.root / "cohorts" / facts.cohort / "cohort.csv"
        words += ["--workspace", str(ctx.root), "--cohort", str(cohort)]
    words += ["--out", str(directory)]
    if study.seed:
        words += ["--seed", str(study.seed)]
    return shlex.join(words)


def shown_rows(study: Study) -> IntArray:
    """Rows of the patients that are shown: all, or a seeded sample of 20,000; ascending."""
    n = len(study.cohort)
    if n <= MOST_SHOWN:
        return np.arange(n)
    return np.sort(np.random.default_rng(study.seed).permutation(n)[:MOST_SHOWN])


def _chunk_rows(study: Study) -> int:
    is_slow = exact_shap_for(study.model, SCALE).slug == SLOW_METHOD
    fewest = FEWEST_ROWS_OF_SLOW_METHOD if is_slow else FEWEST_ROWS
    return max(fewest, -(-len(study.cohort) // WANTED_PARTS))


def _is_unfinished(directory: Path) -> bool:
    try:
        return not load_manifest(directory).is_complete
    except StoreError:
        return False


def _joined(parts: list[Attribution]) -> Attribution:
    """Parts of one attribution as one; made in order by one method."""
    first = parts[0]
    values = [part.feature_values for part in parts if part.feature_values is not None]
    return replace(
        first,
        values=np.concatenate([part.values for part in parts]),
        baseline=np.concatenate([part.baseline for part in parts]),
        prediction=np.concatenate([part.prediction for part in parts]),
        feature_values=np.concatenate(values) if len(values) == len(parts) else None,
        patient_ids=tuple(name for part in parts for name in part.patient_ids),
        std_error=None,
    )
