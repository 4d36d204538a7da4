"""Explaining a whole cohort, chunk by chunk, so that an interruption costs one chunk.

The parts are the truth: a part appears whole or not at all, and carries the digest of what it was
made from. What is already there when a process starts is therefore known from the parts alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from explainers.attribution.attributor import Attributor, prepare
from explainers.attribution.store.files import (
    LOCK,
    MANIFEST,
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
from explainers.attribution.store.settings import (
    CHUNK_ROWS,
    CHUNK_ROWS_OF_SLOW_METHOD,
    SLOW_METHOD,
    StoreSettings,
    origin_of,
    require_same_origin,
)
from explainers.core.encoding import encode
from explainers.core.provenance import utc_now
from explainers.core.study import Study
from explainers.errors import CohortError, StoreError
from explainers.intake.chunks import (
    TypedChunk,
    check_cohort,
    needed_schema,
    read_chunks,
    type_chunk,
)
from explainers.intake.row_files import FileFacts, identify_file

Stage = Literal["checking", "explaining"]
# Stage, patients done in it, patients in all (None while they are being counted).
OnProgress = Callable[[Stage, int, int | None], None]


def write_store(
    study: Study,
    cohort_path: Path,
    directory: Path,
    settings: StoreSettings | None = None,
    on_progress: OnProgress | None = None,
) -> AttributionStore:
    """Explain every patient of a file, or go on where an earlier call was interrupted.

    The file is read whole first: its digest, then every row against the schema. Nothing is
    explained before all of it is known to be right.

    Parameters
    ----------
    study : Study
        The model, its reference patients and the seed; its own cohort plays no part.
    cohort_path : Path
        CSV or Parquet with the patient id and the model's features, under the rules of
        :func:`~explainers.intake.cohort_file.load_cohort`.
    directory : Path
        New, empty, or a store begun with the same; parts that are damaged are made again.
    settings : StoreSettings, optional
    on_progress : callable, optional
        Told the stage, the patients done and the patients in all.

    Returns
    -------
    AttributionStore
        Complete.

    Raises
    ------
    CohortError
        When the file cannot be read, breaks the schema, or changes meanwhile.
    StoreError
        When the directory holds something else, was begun with something else, is being written
        by another process, or cannot be written.
    UnsupportedError
        When no exact method explains the model on this scale.
    """
    settings = settings or StoreSettings()
    method = settings.find_method(study)
    tell = on_progress or _tell_nobody
    with exclusive_lock(directory):
        remove_drafts(directory)
        file = identify_file(cohort_path)
        manifest = _begin(study, file, directory, settings, method)
        if manifest is None:
            manifest = _begin_anew(study, file, directory, settings, method, tell)
        done = _find_parts(directory, manifest)
        _Writing(study, file, directory, manifest, prepare(method, study)).run(done, tell)
        return _complete(directory, manifest, done)


@dataclass(frozen=True)
class _Writing:
    """What explaining the chunks needs, bound together."""

    study: Study
    file: FileFacts
    directory: Path
    manifest: StoreManifest
    method: Attributor

    def run(self, done: dict[int, PartFacts], tell: OnProgress) -> None:
        """Explain the chunks that are not done, and add them."""
        n_all = self.manifest.n_patients
        n_done = sum(part.record.rows for part in done.values())
        tell("explaining", n_done, n_all)
        if len(done) == self.manifest.n_parts:
            return
        for chunk in _one_ahead(self._read(frozenset(done))):
            done[chunk.number] = self._explain(chunk)
            n_done += len(chunk.frame)
            tell("explaining", n_done, n_all)
        if len(done) != self.manifest.n_parts:
            raise _changed(self.file)

    def _read(self, done: frozenset[int]) -> Iterator[TypedChunk]:
        schema = needed_schema(self.study.cohort.schema, self.study.model.columns)
        for chunk in read_chunks(self.file, schema, self.manifest.chunk_rows):
            if chunk.number not in done:
                yield type_chunk(chunk, schema)

    def _explain(self, chunk: TypedChunk) -> PartFacts:
        rows = encode(chunk.frame, self.study.model.columns)
        ids = tuple(chunk.frame.index.tolist())
        attribution = self.method.explain(self.study, rows, ids, self.manifest.scale)
        content, facts = encode_part(attribution, self.manifest.run, chunk.number)
        if not self.file.is_unchanged():
            raise _changed(self.file)
        write_atomically(self.directory / facts.record.name, memoryview(content))
        return facts


def _begin(
    study: Study, file: FileFacts, directory: Path, settings: StoreSettings, method: Attributor
) -> StoreManifest | None:
    """The manifest of a store that was begun with the same; None where none was begun."""
    if not (directory / MANIFEST).exists():
        return None
    manifest = load_manifest(directory)
    chunk_rows = settings.chunk_rows or manifest.chunk_rows
    require_same_origin(manifest.origin, origin_of(study, file, method, settings.scale, chunk_rows))
    return manifest


def _begin_anew(
    study: Study,
    file: FileFacts,
    directory: Path,
    settings: StoreSettings,
    method: Attributor,
    tell: OnProgress,
) -> StoreManifest:
    foreign = sorted(path.name for path in directory.iterdir() if path.name != LOCK)
    if foreign:
        raise StoreError(
            "a store is begun in a new or empty directory",
            value=foreign[:3],
            remedy="Choose another directory.",
        )
    slow = CHUNK_ROWS_OF_SLOW_METHOD if method.slug == SLOW_METHOD else CHUNK_ROWS
    origin = origin_of(study, file, method, settings.scale, settings.chunk_rows or slow)
    schema = needed_schema(study.cohort.schema, study.model.columns)
    n_patients = check_cohort(file, schema, lambda n: tell("checking", n, None))
    if not file.is_unchanged():
        raise _changed(file)
    manifest = StoreManifest(
        origin=origin, input_name=file.path.name, n_patients=n_patients, created_at=utc_now()
    )
    save_manifest(directory, manifest)
    return manifest


def _find_parts(directory: Path, manifest: StoreManifest) -> dict[int, PartFacts]:
    """Whole parts of this run by number; a damaged one is removed, to be made again."""
    found = {}
    with writing(directory):
        for path in sorted(directory.iterdir()):
            number = part_number(path.name)
            if number is None:
                continue
            facts = check_part(path, manifest, number) if number < manifest.n_parts else None
            if facts is None:
                path.unlink()
            else:
                found[number] = facts
    return found


def _complete(
    directory: Path, manifest: StoreManifest, done: dict[int, PartFacts]
) -> AttributionStore:
    facts = [done[number] for number in range(manifest.n_parts)]
    sums = facts[0].sums
    for part in facts[1:]:
        sums = sums + part.sums
    records = tuple(part.record for part in facts)
    digest = write_index(directory, (read_ids(directory, record) for record in records))
    complete = replace(manifest, is_complete=True, parts=records, sums=sums, index_sha256=digest)
    save_manifest(directory, complete)
    return AttributionStore(directory, complete)


def _one_ahead(chunks: Iterator[TypedChunk]) -> Iterator[TypedChunk]:
    """The same chunks, each read in another thread while the one before it is explained."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = thread.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = thread.submit(next, chunks, None)
            yield chunk


def _changed(file: FileFacts) -> CohortError:
    return CohortError(
        "a cohort file may not change while it is explained",
        value=str(file.path),
        remedy="Nothing of the change was stored. Start again in another directory.",
    )


def _tell_nobody(_stage: Stage, _n_done: int, _n_all: int | None) -> None:
    return
