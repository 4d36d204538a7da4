"""What a store says of itself. Until it is complete, its parts are known from the directory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explainers.attribution.store.files import MANIFEST, part_number, write_atomically
from explainers.attribution.store.settings import FORMAT, digest_origin
from explainers.core.arrays import FloatArray, frozen_floats
from explainers.core.link import Scale
from explainers.core.provenance import Provenance
from explainers.errors import StoreError

_REMEDY = "Write the store again, in another directory."


@dataclass(frozen=True)
class PartRecord:
    """One part of a store.

    Attributes
    ----------
    name : str
    rows : int
        Patients.
    sha256 : str
    settings : Mapping[str, Any]
        Settings that the method reports for these patients, such as the engine that answered.
    """

    name: str
    rows: int
    sha256: str
    settings: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "name": self.name,
            "rows": self.rows,
            "sha256": self.sha256,
            "settings": dict(self.settings),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> PartRecord:
        """Inverse of :meth:`to_dict`; ValueError where the name leads elsewhere."""
        if part_number(record["name"]) is None:
            raise ValueError(record["name"])
        return cls(**record)


@dataclass(frozen=True)
class SizeSums:
    """Sums over patients of the contributions, from which their mean sizes follow.

    Attributes
    ----------
    n : int
        Patients.
    signed, size, square : ndarray of shape (p,)
        Sums of the contributions, of their absolute values, of their squares.
    """

    n: int
    signed: FloatArray
    size: FloatArray
    square: FloatArray

    @classmethod
    def of(cls, values: FloatArray) -> SizeSums:
        """Sums of contributions (n, p)."""
        return cls(
            n=len(values),
            signed=values.sum(axis=0),
            size=np.abs(values).sum(axis=0),
            square=np.square(values).sum(axis=0),
        )

    def __add__(self, other: SizeSums) -> SizeSums:
        return SizeSums(
            self.n + other.n,
            self.signed + other.signed,
            self.size + other.size,
            self.square + other.square,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "n": self.n,
            "signed": self.signed.tolist(),
            "size": self.size.tolist(),
            "square": self.square.tolist(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> SizeSums:
        """Inverse of :meth:`to_dict`."""
        return cls(
            record["n"],
            *(frozen_floats(record[name]) for name in ("signed", "size", "square")),
        )


@dataclass(frozen=True)
class StoreManifest:
    """What a store holds and what it was made from.

    Attributes
    ----------
    origin : Mapping[str, Any]
        Model, features, input, schema, reference, settings, versions; see ``settings.origin_of``.
    input_name : str
        Name of the cohort file, for people; its digest in ``origin`` is what counts.
    n_patients : int
    created_at : str
        When the store was begun; ISO 8601, UTC.
    is_complete : bool
        Whether every patient is in it.
    parts : tuple of PartRecord
        In the order of the cohort file; empty until the store is complete.
    sums : SizeSums or None
        Over all patients; None until the store is complete.
    index_sha256 : str
    """

    origin: Mapping[str, Any]
    input_name: str
    n_patients: int
    created_at: str
    is_complete: bool = False
    parts: tuple[PartRecord, ...] = ()
    sums: SizeSums | None = None
    index_sha256: str = ""
    run: str = ""

    def __post_init__(self) -> None:
        if not self.run:
            object.__setattr__(self, "run", digest_origin(self.origin))

    @property
    def scale(self) -> Scale:
        """Unit of the contributions."""
        scale: Scale = self.origin["settings"]["scale"]
        return scale

    @property
    def method(self) -> str:
        """Slug of the method."""
        return str(self.origin["settings"]["method"])

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Features, in matrix order."""
        return tuple(self.origin["features"])

    @property
    def chunk_rows(self) -> int:
        """Patients of every part but the last."""
        return int(self.origin["settings"]["chunk_rows"])

    @property
    def n_parts(self) -> int:
        """Parts of the store when it is complete."""
        return -(-self.n_patients // self.chunk_rows)

    def provenance(self, settings: Mapping[str, Any] | None = None) -> Provenance:
        """Where the attributions came from; the cohort's digest is that of its file."""
        origin = self.origin
        return Provenance(
            model_digest=origin["model"]["digest"],
            cohort_digest=origin["input"]["sha256"],
            reference_digest=origin["reference"]["digest"],
            method=self.method,
            seed=origin["settings"]["seed"],
            settings={"n_reference": origin["reference"]["n"], **(settings or {})},
            versions=origin["versions"],
            created_at=self.created_at,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "format": FORMAT,
            "run": self.run,
            "is_complete": self.is_complete,
            "input_name": self.input_name,
            "n_patients": self.n_patients,
            "created_at": self.created_at,
            "origin": dict(self.origin),
            "sums": None if self.sums is None else self.sums.to_dict(),
            "index_sha256": self.index_sha256,
            "parts": [part.to_dict() for part in self.parts],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> StoreManifest:
        """Inverse of :meth:`to_dict`."""
        fields = {name: entry for name, entry in record.items() if name != "format"}
        fields["parts"] = tuple(PartRecord.from_dict(part) for part in fields["parts"])
        fields["sums"] = None if fields["sums"] is None else SizeSums.from_dict(fields["sums"])
        return cls(**fields)


def save_manifest(directory: Path, manifest: StoreManifest) -> None:
    """Write the manifest; it is replaced whole or not at all."""
    content = json.dumps(manifest.to_dict(), indent=1, allow_nan=False)
    write_atomically(directory / MANIFEST, content.encode())


def load_manifest(directory: Path) -> StoreManifest:
    """Read the manifest of a store, complete or not.

    Raises
    ------
    StoreError
        When there is none, it is malformed, or its digest is not that of what it says.
    """
    try:
        text = (directory / MANIFEST).read_text("utf-8")
    except OSError as error:
        raise StoreError(
            f"a store of attributions must hold a readable {MANIFEST}", value=str(directory)
        ) from error
    try:
        record = json.loads(text)
        if record["format"] != FORMAT:
            raise StoreError(
                f"this release reads stores of format {FORMAT}",
                value=record["format"],
                remedy=_REMEDY,
            )
        manifest = StoreManifest.from_dict(record)
        is_whole = manifest.run == digest_origin(manifest.origin)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _malformed(directory) from error
    if not is_whole:
        raise _malformed(directory)
    return manifest


def _malformed(directory: Path) -> StoreError:
    return StoreError(
        f"the {MANIFEST} of a store must be as it was written",
        value=str(directory),
        remedy=_REMEDY,
    )
