"""One writer for a directory.

The operating system holds the lock and lets go of it when the process ends, however it ends, so
there is no stale lock to recover: the number of a process in the file is for people to read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from explainers.attribution.store.files import LOCK, writing
from explainers.errors import StoreError


@contextmanager
def exclusive_lock(directory: Path) -> Iterator[None]:
    """Hold the directory, which is made if need be.

    Raises
    ------
    StoreError
        When another process holds it, or it cannot be written.
    """
    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _try_lock(descriptor):
            holder = _read_holder(descriptor)
            raise StoreError(
                "only one process may write a store",
                value=str(directory),
                remedy=f"Process {holder or '(unknown)'} is writing it: wait for it or end it.",
            )
        with writing(directory):
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        # Closing lets go. The file stays: removing it would let two processes hold two files.
        os.close(descriptor)


def _read_holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, 20).decode("ascii", "replace").strip()


if sys.platform == "win32":
    import msvcrt

    # A byte that is locked cannot be read by others, so it lies beyond the process number.
    _LOCKED_BYTE = 1 << 16

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
