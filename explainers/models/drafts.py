"""Folders that are written beside their place and moved there whole, or not at all."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

# No slug begins with a dot, so no listing takes a draft for a model or a cohort.
PREFIX = ".draft-"
# Seconds after which nobody writes to a draft any more.
LEFT_BEHIND = 24 * 3600.0


def new_draft(parent: Path) -> Path:
    """An empty folder of its owner's alone, once those that a killed program left are removed.

    Raises
    ------
    OSError
        When the parent cannot be made or written.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f"{PREFIX}*"):
        # Another program may be sweeping too.
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND:
                shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
