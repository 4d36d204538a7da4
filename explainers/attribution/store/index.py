"""Where each patient of a store is: sorted hashes of the ids, searched on the disk.

16 bytes for each patient. Two ids with the same hash are told apart by reading both rows.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from explainers.attribution.store.files import DRAFT_SUFFIX, INDEX, sync_directory, writing
from explainers.errors import StoreError
from explainers.intake.distinct_ids import hash_ids

BYTES_AT_A_TIME = 1 << 22


def write_index(directory: Path, id_lists: Iterable[Sequence[str]]) -> str:
    """Write the index of all patients, whole or not at all.

    Parameters
    ----------
    directory : Path
    id_lists : iterable of sequences of str
        Ids of the parts, in order.

    Returns
    -------
    str
        SHA-256 of the file.
    """
    hashes = np.concatenate([np.empty(0, np.uint64), *(hash_ids(ids) for ids in id_lists)])
    order = np.argsort(hashes, kind="stable")
    table = np.empty((2, len(hashes)), dtype=np.uint64)
    np.take(hashes, order, out=table[0])
    table[1] = order
    path = directory / INDEX
    draft = path.with_name(INDEX + DRAFT_SUFFIX)
    with writing(directory):
        with draft.open("wb") as handle:
            np.save(handle, table, allow_pickle=False)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
        sync_directory(directory)
    return digest_file(path)


def find_positions(directory: Path, patient_id: str) -> list[int]:
    """Positions among all patients that may be the patient's, mostly one or none.

    Raises
    ------
    StoreError
        When the index is missing or damaged.
    """
    wanted = hash_ids([patient_id])[0]
    try:
        table = np.load(directory / INDEX, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise StoreError(
            "the index of a store must be there and as it was written",
            value=str(directory),
            remedy="Run explain-cohort with the same input and directory: it is made again.",
        ) from error
    hashes: npt.NDArray[np.uint64] = table[0]
    first = int(np.searchsorted(hashes, wanted, side="left"))
    last = int(np.searchsorted(hashes, wanted, side="right"))
    return [int(position) for position in table[1, first:last]]


def digest_file(path: Path) -> str:
    """SHA-256 of a file of any size; "" where it cannot be read."""
    hasher = hashlib.sha256()
    try:
        with path.open("rb") as handle:
            while block := handle.read(BYTES_AT_A_TIME):
                hasher.update(block)
    except OSError:
        return ""
    return hasher.hexdigest()
