"""The store of a study's own patients: made from the study, read back only where it fits it.

``explain-cohort`` starts from a file of any length. A screen has its patients in memory already;
their digest then stands where otherwise that of the file does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from explainers.attribution.attributor import Attributor, prepare
from explainers.attribution.store.files import (
    DRAFT_SUFFIX,
    INDEX,
    LOCK,
    MANIFEST,
    part_name,
    part_number,
    remove_drafts,
    write_atomically,
    writing,
)
from explainers.attribution.store.index import write_index
from explainers.attribution.store.lock import exclusive_lock
from explainers.attribution.store.manifest import (
    StoreManifest,
    load_manifest,
    save_manifest,
)
from explainers.attribution.store.parts import PartFacts, check_part, encode_part, read_ids
from explainers.attribution.store.reader import AttributionStore
from explainers.attribution.store.settings import StoreSettings, origin_of, require_same_origin
from explainers.core.arrays import FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.provenance import utc_now
from explainers.core.study import Study
from explainers.errors import SettingsError, StoreError
from explainers.intake.row_files import FileFacts

INPUT_KIND = "study"
# Predictions are computed anew when a store is read; they differ by rounding at most.
TOLERANCE = 1e-6
_REMEDY = "Remove the directory: it is made again."

# Patients done, patients in all.
OnPatients = Callable[[int, int], None]


def write_study_store(
    study: Study,
    directory: Path,
    settings: StoreSettings,
    on_progress: OnPatients | None = None,
) -> AttributionStore:
    """Explain every patient of a study, or go on where an earlier call was interrupted.

    Parameters
    ----------
    study : Study
        Its own cohort is explained, in row order.
    directory : Path
        New, empty, or a store begun with the same; parts that are damaged are made again.
    settings : StoreSettings
        ``chunk_rows`` must be given.
    on_progress : callable, optional
        Told the patients done and the patients in all, after each chunk. What it raises ends the
        work; the parts that are written stay.

    Raises
    ------
    SettingsError
        When there is no patient, or no size of the chunks.
    StoreError
        When the directory holds something else, was begun with something else, is being written
        by another process, or cannot be written.
    UnsupportedError
        When no exact method explains the model on this scale.
    """
    if settings.chunk_rows is None or len(study.cohort) == 0:
        raise SettingsError(
            "a store of a study needs patients and a size of its parts", value=len(study.cohort)
        )
    method = settings.find_method(study)
    tell = on_progress or _tell_nobody
    with exclusive_lock(directory):
        remove_drafts(directory)
        origin = _origin(study, method, settings.scale, settings.chunk_rows)
        manifest = _begin(directory, origin, len(study.cohort))
        done = _explain(study, directory, manifest, prepare(method, study), tell)
        records = tuple(part.record for part in done)
        digest = write_index(directory, (read_ids(directory, record) for record in records))
        sums = done[0].sums
        for part in done[1:]:
            sums = sums + part.sums
        complete = replace(
            manifest, is_complete=True, parts=records, sums=sums, index_sha256=digest
        )
        save_manifest(directory, complete)
    return AttributionStore(directory, complete)


def read_study_store(store: AttributionStore, study: Study, positions: IntArray) -> Attribution:
    """Attributions of some of a study's patients, from a store that fits the study.

    A store of a file is read as well where it holds these patients. Whether it was made from the
    same values is checked by their predictions, which are computed anew.

    Parameters
    ----------
    store : AttributionStore
        Made from the study, or by ``explain-cohort`` from a file that holds its patients.
    study : Study
    positions : ndarray of shape (k,)
        Which patients, as ascending rows of the study.

    Returns
    -------
    Attribution
        Of k patients in the order asked for, with their own values.

    Raises
    ------
    StoreError
        When a file is damaged, or the store is of another model, other reference patients, or
        other patients.
    """
    manifest = store.manifest
    _require_fit(manifest, study)
    store.verify()
    slot = np.full(len(study.cohort), -1, dtype=np.int64)
    slot[positions] = np.arange(len(positions))
    values = np.full((len(positions), len(manifest.feature_names)), np.nan)
    baseline, prediction = np.full((2, len(positions)), np.nan)
    for chunk in store.iter_chunks():
        rows = study.cohort.frame.index.get_indexer(pd.Index(chunk.patient_ids))
        slots = np.where(rows >= 0, slot[rows], -1)
        kept = slots >= 0
        values[slots[kept]] = chunk.values[kept]
        baseline[slots[kept]] = chunk.baseline[kept]
        prediction[slots[kept]] = chunk.prediction[kept]
    _require_same_patients(store, study, positions, prediction)
    _require_sums(prediction - baseline - values.sum(axis=1))
    ids = study.cohort.patient_ids
    provenance = manifest.provenance(manifest.parts[0].settings)
    return Attribution(
        values=values,
        baseline=baseline,
        prediction=prediction,
        scale=manifest.scale,
        feature_names=manifest.feature_names,
        patient_ids=tuple(ids[at] for at in positions),
        method=manifest.method,
        is_exact=True,
        feature_values=study.matrix[positions],
        provenance=replace(provenance, cohort_digest=study.cohort.digest),
    )


def discard_store(directory: Path) -> None:
    """Remove the files of a store, and nothing else.

    Raises
    ------
    StoreError
        When another process writes it, it holds something that is no part of a store, or it
        cannot be removed.
    """
    if not directory.is_dir():
        return
    with exclusive_lock(directory), writing(directory):
        names = sorted(path.name for path in directory.iterdir())
        foreign = [name for name in names if not _is_own(name)]
        if foreign:
            raise StoreError(
                "only the files of a store are removed", value=foreign[:3], remedy=_REMEDY
            )
        for name in names:
            if name != LOCK:
                (directory / name).unlink()


def _is_own(name: str) -> bool:
    whole = name.removesuffix(DRAFT_SUFFIX)
    return whole in (MANIFEST, INDEX, LOCK) or part_number(whole) is not None


def _origin(study: Study, method: Attributor, scale: Scale, chunk_rows: int) -> dict[str, Any]:
    """As for a file, with the patients' own digest in its place."""
    no_file = FileFacts(Path(), "csv", 0, study.cohort.digest, 0)
    origin = origin_of(study, no_file, method, scale, chunk_rows)
    origin["input"] = {"kind": INPUT_KIND, "bytes": 0, "sha256": study.cohort.digest}
    return origin


def _begin(directory: Path, origin: Mapping[str, Any], n_patients: int) -> StoreManifest:
    """The manifest of a store that was begun with the same, or of a new one."""
    if (directory / MANIFEST).exists():
        begun = load_manifest(directory)
        require_same_origin(begun.origin, origin)
        return begun
    foreign = sorted(path.name for path in directory.iterdir() if path.name != LOCK)
    if foreign:
        raise StoreError(
            "a store is begun in a new or empty directory", value=foreign[:3], remedy=_REMEDY
        )
    manifest = StoreManifest(
        origin=origin, input_name="", n_patients=n_patients, created_at=utc_now()
    )
    save_manifest(directory, manifest)
    return manifest


def _explain(
    study: Study,
    directory: Path,
    manifest: StoreManifest,
    method: Attributor,
    tell: OnPatients,
) -> list[PartFacts]:
    """Every part in order: kept where it is whole, else made."""
    ids, size = study.cohort.patient_ids, manifest.chunk_rows
    done = []
    for number in range(manifest.n_parts):
        rows = slice(number * size, (number + 1) * size)
        tell(rows.start, len(ids))
        facts = check_part(directory / part_name(number), manifest, number)
        if facts is None:
            attribution = method.explain(study, study.matrix[rows], ids[rows], manifest.scale)
            content, facts = encode_part(attribution, manifest.run, number)
            write_atomically(directory / facts.record.name, memoryview(content))
        done.append(facts)
    tell(len(ids), len(ids))
    return done


def _require_fit(manifest: StoreManifest, study: Study) -> None:
    made_of = (
        manifest.origin["model"]["digest"],
        manifest.origin["reference"]["digest"],
        manifest.feature_names,
    )
    if made_of != (study.model.digest, study.reference.digest, study.model.feature_names):
        raise StoreError(
            "a store is read only for the model and the reference patients it was made with",
            value=manifest.origin["model"]["name"],
            remedy=_REMEDY,
        )


def _require_same_patients(
    store: AttributionStore, study: Study, positions: IntArray, prediction: FloatArray
) -> None:
    n_absent = int(np.isnan(prediction).sum())
    if n_absent:
        raise StoreError(
            "a store must hold every patient that is shown",
            value=f"{n_absent} absent",
            remedy=_REMEDY,
        )
    now = study.predict(study.matrix[positions], store.manifest.scale)
    n_other = int((np.abs(now - prediction) > TOLERANCE).sum())
    if n_other:
        raise StoreError(
            "a store must hold the predictions that the model makes for these patients now",
            value=f"{n_other} differ",
            remedy=_REMEDY,
        )


def _require_sums(residual: FloatArray) -> None:
    n_off = int((np.abs(residual) > 10 * TOLERANCE).sum())
    if n_off:
        raise StoreError(
            "the contributions of a store must add up to its predictions",
            value=f"{n_off} do not",
            remedy=_REMEDY,
        )


def _tell_nobody(_n_done: int, _n_all: int) -> None:
    return
