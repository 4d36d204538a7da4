"""How a cohort is to be explained, and what a store must have been made from to be resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from explainers.attribution.attributor import Attributor, require_support
from explainers.attribution.registry import EXACT_SHAP, exact_shap_for
from explainers.core.link import Scale
from explainers.core.provenance import REPORTED_PACKAGES, installed_versions
from explainers.core.study import Study
from explainers.errors import SettingsError, StoreError, UnsupportedError
from explainers.intake.row_files import FileFacts

FORMAT = 1
RESERVED_NAMES = ("patient_id", "prediction", "baseline")
PACKAGES = (*REPORTED_PACKAGES, "llvmlite", "numba", "pyarrow")

# A kill loses at most one chunk: seconds of work for a method that takes microseconds a patient,
# and for the one that takes a tenth of a second, about a minute.
CHUNK_ROWS = 20_000
CHUNK_ROWS_OF_SLOW_METHOD = 500
SLOW_METHOD = "exact-shap"
MOST_CHUNK_ROWS = 1_000_000


@dataclass(frozen=True)
class StoreSettings:
    """How a cohort is to be explained.

    Attributes
    ----------
    scale : {"risk", "log-odds"}
    method : str
        ``shap`` for the exact method that suits model and scale, or the slug of an exact method.
    chunk_rows : int or None
        Patients of a part, at most a million; memory grows with it. None for the number that
        the store was begun with, or else 20,000, or 500 where the method is slow.
    """

    scale: Scale = "log-odds"
    method: str = "shap"
    chunk_rows: int | None = None

    def __post_init__(self) -> None:
        if self.chunk_rows is not None and not 1 <= self.chunk_rows <= MOST_CHUNK_ROWS:
            raise SettingsError(
                f"a chunk must have 1 to {MOST_CHUNK_ROWS:,} rows", value=self.chunk_rows
            )

    def find_method(self, study: Study) -> Attributor:
        """The exact method; UnsupportedError where it samples or does not suit the model."""
        if self.method == "shap":
            return exact_shap_for(study.model, self.scale)
        for attributor in EXACT_SHAP:
            if attributor.slug == self.method:
                require_support(attributor, study.model, self.scale)
                return attributor
        known = ", ".join(attributor.slug for attributor in EXACT_SHAP)
        raise UnsupportedError(
            "a whole cohort is explained by exact methods only",
            value=self.method,
            remedy=f"Choose shap or one of: {known}.",
        )


def origin_of(
    study: Study, file: FileFacts, method: Attributor, scale: Scale, chunk_rows: int
) -> dict[str, Any]:
    """All that decides what stands in the parts of a store, as plain values.

    Versions belong to it: parts of one store are never computed by two releases of a library.

    Raises
    ------
    UnsupportedError
        When a feature has the name of another column of the store.
    """
    names = study.model.feature_names
    taken = sorted(set(names) & set(RESERVED_NAMES))
    if taken:
        raise UnsupportedError(
            f"a stored feature may not be named {', '.join(RESERVED_NAMES)}", value=taken
        )
    return {
        "format": FORMAT,
        "model": {
            "name": study.model.name,
            "version": study.model.version,
            "digest": study.model.digest,
        },
        "features": list(names),
        "input": {"kind": file.kind, "bytes": file.size, "sha256": file.sha256},
        "schema": study.cohort.schema.digest,
        "reference": {"n": len(study.reference), "digest": study.reference.digest},
        "settings": {
            "method": method.slug,
            "scale": scale,
            "seed": study.seed,
            "chunk_rows": chunk_rows,
        },
        "versions": installed_versions(PACKAGES),
    }


def digest_origin(origin: Mapping[str, Any]) -> str:
    """SHA-256 that names a run; it stands in every part."""
    canonical = json.dumps(origin, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def require_same_origin(recorded: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Raise StoreError, naming every difference, where a store was begun with something else."""
    differences = list(_differences(recorded, asked, ""))
    if differences:
        raise StoreError(
            "a store is resumed only with what it was begun with; these differ: "
            + "; ".join(differences),
            remedy="Give the same as before, or choose another directory.",
        )


def _differences(
    recorded: Mapping[str, Any], asked: Mapping[str, Any], within: str
) -> Iterator[str]:
    for name in sorted(set(recorded) | set(asked)):
        before, now = recorded.get(name), asked.get(name)
        if isinstance(before, Mapping) and isinstance(now, Mapping):
            yield from _differences(before, now, f"{within}{name} ")
        elif before != now:
            yield f"{within}{name} was {_short(before)} and is {_short(now)}"


def _short(value: object) -> str:
    text = "absent" if value is None else str(value)
    return text if len(text) <= 20 else f"{text[:16]}…"
