"""The files of a bundle and the manifest that vouches for them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from explainers.errors import BundleError

MANIFEST = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})")
_RESTORE = "Restore the bundle from where it came, or train it again."


def write_manifest(files: Mapping[str, bytes]) -> bytes:
    """One line per file, ``sha256  name``, as ``sha256sum`` writes and checks it."""
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return "".join(lines).encode("ascii")


def read_verified(directory: Path) -> tuple[Mapping[str, bytes], str]:
    """Read the files of a bundle, each verified; what is returned is what was verified.

    Parameters
    ----------
    directory : Path
        A directory with regular files only.

    Returns
    -------
    files : Mapping[str, bytes]
        Content by name, the manifest left out.
    digest : str
        SHA-256 of the manifest, which stands for all of them.

    Raises
    ------
    BundleError
        When the manifest is absent or malformed; a file changed, is missing, was added, or is a
        link or a directory.
    """
    present = _regular_files(directory)
    if MANIFEST not in present:
        raise BundleError(f"a bundle must hold {MANIFEST}", value=directory.name, remedy=_RESTORE)
    manifest = (directory / MANIFEST).read_bytes()
    expected = _parse(manifest)
    for name in sorted(present - expected.keys() - {MANIFEST}):
        raise BundleError(
            f"a bundle may hold only the files that its {MANIFEST} lists",
            value=name,
            remedy="Remove the file.",
        )
    files = {}
    for name, digest in expected.items():
        if name not in present:
            raise BundleError("a file of the bundle is missing", value=name, remedy=_RESTORE)
        files[name] = (directory / name).read_bytes()
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise BundleError(
                "a file of the bundle has changed since it was saved", value=name, remedy=_RESTORE
            )
    return files, hashlib.sha256(manifest).hexdigest()


def _regular_files(directory: Path) -> set[str]:
    if not directory.is_dir():
        raise BundleError("a bundle must be a directory", value=str(directory))
    for path in directory.iterdir():
        if path.is_symlink() or not path.is_file():
            raise BundleError(
                "a bundle may hold regular files only, no links and no directories",
                value=path.name,
                remedy="Remove it.",
            )
    return {path.name for path in directory.iterdir()}


def _parse(manifest: bytes) -> dict[str, str]:
    entries: dict[str, str] = {}
    for line in manifest.decode("utf-8", errors="replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None or match[2] in entries or match[2] == MANIFEST:
            raise BundleError(
                f"each line of {MANIFEST} must be a SHA-256, two spaces and a plain file name",
                value=line,
                remedy=_RESTORE,
            )
        entries[match[2]] = match[1]
    return entries
