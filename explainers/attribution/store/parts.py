"""One part of a store: the attributions of one chunk as a Parquet file.

Contributions are kept in double precision, as they were computed: nothing is rounded, and baseline
plus contributions still equals the prediction to the method's own residual. The bytes depend on
the run and the chunk alone, so a part that is computed again after an interruption is identical.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from explainers.attribution.store.files import part_name
from explainers.attribution.store.manifest import PartRecord, SizeSums, StoreManifest
from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.errors import StoreError

# What is read for one patient. Smaller groups make the directory of the file longer than them.
GROUP_ROWS = 2_000
FACTS_KEY = b"pellucid"


@dataclass(frozen=True)
class PartFacts:
    """What a part says of itself, beside its rows."""

    record: PartRecord
    sums: SizeSums


def encode_part(attribution: Attribution, run: str, number: int) -> tuple[pa.Buffer, PartFacts]:
    """The bytes of a part, and the facts that stand in it.

    Parameters
    ----------
    attribution : Attribution
        Of the patients of one chunk, from an exact method.
    run : str
        Digest of what the store is made from.
    number : int
        Position of the chunk.
    """
    sums = SizeSums.of(attribution.values)
    settings = dict(attribution.provenance.settings)
    facts = {"run": run, "number": number, "settings": settings, "sums": sums.to_dict()}
    columns: dict[str, Any] = {
        "patient_id": pa.array(attribution.patient_ids, pa.string()),
        "prediction": attribution.prediction,
        "baseline": attribution.baseline,
    }
    for at, name in enumerate(attribution.feature_names):
        columns[name] = np.ascontiguousarray(attribution.values[:, at])
    table = pa.table(columns).replace_schema_metadata(
        {FACTS_KEY: json.dumps(facts, sort_keys=True, allow_nan=False).encode()}
    )
    stream = pa.BufferOutputStream()
    pq.write_table(
        table,
        stream,
        row_group_size=GROUP_ROWS,
        compression="zstd",
        use_dictionary=False,
        use_byte_stream_split=[name for name in columns if name != "patient_id"],
        write_statistics=False,
        write_page_checksum=True,
    )
    content = stream.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    record = PartRecord(part_name(number), table.num_rows, digest, settings)
    return content, PartFacts(record, sums)


def check_part(path: Path, manifest: StoreManifest, number: int) -> PartFacts | None:
    """Facts of a part that a run left behind; None where it is damaged or of another run."""
    expected = min(manifest.chunk_rows, manifest.n_patients - number * manifest.chunk_rows)
    try:
        content = path.read_bytes()
        source = pa.BufferReader(content)
        with pq.ParquetFile(source, page_checksum_verification=True) as parquet:
            facts = _facts_of(parquet)
            for batch in parquet.iter_batches(GROUP_ROWS):
                expected -= batch.num_rows
        sums = SizeSums.from_dict(facts["sums"])
        is_ours = (facts["run"], facts["number"], expected) == (manifest.run, number, 0)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError):
        return None
    if not is_ours:
        return None
    digest = hashlib.sha256(content).hexdigest()
    return PartFacts(PartRecord(path.name, sums.n, digest, facts["settings"]), sums)


def read_part(directory: Path, manifest: StoreManifest, part: PartRecord) -> Attribution:
    """All patients of a part; StoreError where it cannot be read."""
    with opened(directory, part) as parquet:
        return to_attribution(parquet.read(), manifest, part)


def read_ids(directory: Path, part: PartRecord) -> list[str]:
    """Patient ids of a part, in file order; StoreError where it cannot be read."""
    with opened(directory, part) as parquet:
        ids: list[str] = parquet.read(columns=["patient_id"])["patient_id"].to_pylist()
        return ids


def read_patient(
    directory: Path, manifest: StoreManifest, part: PartRecord, row: int
) -> Attribution:
    """The patient in one row of a part; StoreError where it cannot be read."""
    with opened(directory, part) as parquet:
        group = parquet.read_row_group(row // GROUP_ROWS)
        return to_attribution(group.slice(row % GROUP_ROWS, 1), manifest, part)


def to_attribution(table: pa.Table, manifest: StoreManifest, part: PartRecord) -> Attribution:
    """The rows of a part as an attribution, without the patients' own values."""
    names = manifest.feature_names
    values: FloatArray = np.empty((table.num_rows, len(names)))
    for at, name in enumerate(names):
        values[:, at] = table[name].to_numpy()
    return Attribution(
        values=values,
        prediction=table["prediction"].to_numpy(),
        baseline=table["baseline"].to_numpy(),
        scale=manifest.scale,
        feature_names=names,
        patient_ids=tuple(table["patient_id"].to_pylist()),
        method=manifest.method,
        is_exact=True,
        provenance=manifest.provenance(part.settings),
    )


@contextmanager
def opened(directory: Path, part: PartRecord) -> Iterator[pq.ParquetFile]:
    """A part open for reading, closed at the end; what goes wrong inside is a StoreError."""
    try:
        with pq.ParquetFile(
            directory / part.name, page_checksum_verification=True, pre_buffer=False
        ) as parquet:
            yield parquet
    except (pa.ArrowException, OSError, KeyError) as error:
        raise StoreError(
            "a part of a store must be there and as it was written",
            value=part.name,
            remedy="Run explain-cohort with the same input and directory: it is computed again.",
        ) from error


def _facts_of(parquet: pq.ParquetFile) -> Mapping[str, Any]:
    facts: Mapping[str, Any] = json.loads(parquet.schema_arrow.metadata[FACTS_KEY])
    return facts
