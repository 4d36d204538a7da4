"""The files of a store, and the one way in which they come to be: whole or not at all.

::

    manifest.json            what the store was made from; at the end its parts and their SHA-256
    part-000000.parquet ...  one for each chunk of the cohort file
    index.npy                where each patient is
    .lock                    held while a process writes
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explainers.errors import StoreError

MANIFEST = "manifest.json"
INDEX = "index.npy"
LOCK = ".lock"
DRAFT_SUFFIX = ".draft"
PART_NAME = re.compile(r"part-(\d{6,9})\.parquet")


def part_name(number: int) -> str:
    """Name of the file of a chunk."""
    return f"part-{number:06d}.parquet"


def part_number(name: str) -> int | None:
    """Inverse of :func:`part_name`; None for the name of any other file."""
    match = PART_NAME.fullmatch(name)
    if match is None or part_name(int(match[1])) != name:
        return None
    return int(match[1])


def write_atomically(path: Path, content: bytes | memoryview) -> None:
    """Write a file under a draft's name, make sure of it on the disk, then give it its name.

    After a crash at any point there is the old file or the new one and perhaps a draft, which
    :func:`remove_drafts` removes.

    Raises
    ------
    StoreError
        When the disk is full or the directory cannot be written; the draft is removed.
    """
    draft = path.with_name(path.name + DRAFT_SUFFIX)
    with writing(path.parent):
        try:
            with draft.open("wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            draft.replace(path)
        except OSError:
            _remove_quietly(draft)
            raise
        sync_directory(path.parent)


@contextmanager
def writing(directory: Path) -> Iterator[None]:
    """Turn a failure of the disk into a StoreError that says what to do."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the directory of a store must be writable: {error.strerror or error}",
            value=str(directory),
            remedy="The parts that are written are kept: make room or allow writing, and run the"
            " same again to go on.",
        ) from error


def remove_drafts(directory: Path) -> None:
    """Remove what an interrupted process left half-written."""
    with writing(directory):
        for draft in directory.glob(f"*{DRAFT_SUFFIX}"):
            draft.unlink()


def sync_directory(directory: Path) -> None:
    """Make a rename last through a power cut; Windows does it by itself and offers no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_quietly(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
