"""Reading a store: one patient at once, all patients in parts, importance from sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explainers.attribution.importance import METRIC, ImportanceTable
from explainers.attribution.store.files import INDEX
from explainers.attribution.store.index import digest_file, find_positions
from explainers.attribution.store.manifest import SizeSums, StoreManifest, load_manifest
from explainers.attribution.store.parts import read_part, read_patient
from explainers.core.attribution import Attribution
from explainers.core.estimate import Estimate
from explainers.errors import NotFoundError, SettingsError, StoreError
from explainers.uncertainty.wald import wald_interval

_REMEDY = "Run explain-cohort with the same input and directory."


@dataclass(frozen=True)
class AttributionStore:
    """A complete store of a cohort's attributions.

    Attributes
    ----------
    directory : Path
    manifest : StoreManifest
        What it holds and what it was made from.
    """

    directory: Path
    manifest: StoreManifest

    def __len__(self) -> int:
        return self.manifest.n_patients

    def patient(self, patient_id: str) -> Attribution:
        """The attribution of one patient, from one read of some thousand rows.

        Raises
        ------
        NotFoundError
            When there is no such patient.
        StoreError
            When the index or the part is damaged.
        """
        for position in find_positions(self.directory, patient_id):
            part, row = divmod(position, self.manifest.chunk_rows)
            found = read_patient(self.directory, self.manifest, self.manifest.parts[part], row)
            if found.patient_ids == (patient_id,):
                return found
        raise NotFoundError("the store must hold the patient", value=patient_id)

    def iter_chunks(self) -> Iterator[Attribution]:
        """Attributions of all patients in the order of the cohort file, a part at a time.

        Raises
        ------
        StoreError
            When a part is damaged.
        """
        for part in self.manifest.parts:
            yield read_part(self.directory, self.manifest, part)

    def importance(self, *, level: float = 0.95) -> ImportanceTable:
        """Mean absolute contribution of each feature over all patients, from sums kept by.

        Raises
        ------
        SettingsError
            When there are fewer than two patients.
        """
        sums = self._sums()
        if sums.n < 2:
            raise SettingsError("importance is a mean over at least two patients", value=sums.n)
        means = sums.size / sums.n
        # Sums of squares cancel where all contributions have nearly the same size.
        variances = np.maximum(sums.square / sums.n - means**2, 0) * sums.n / (sums.n - 1)
        errors = np.sqrt(variances / sums.n)
        return ImportanceTable(
            feature_names=self.manifest.feature_names,
            estimates=tuple(
                _estimate(float(mean), float(error), sums.n, level)
                for mean, error in zip(means, errors, strict=True)
            ),
            scale=self.manifest.scale,
            method=self.manifest.method,
            provenance=self.manifest.provenance(),
        )

    def mean_contributions(self) -> dict[str, float]:
        """Mean signed contribution of each feature over all patients."""
        sums = self._sums()
        return {
            name: float(total) / sums.n
            for name, total in zip(self.manifest.feature_names, sums.signed, strict=True)
        }

    def verify(self) -> None:
        """Read every byte; StoreError that names the files which are not as they were written."""
        expected = {part.name: part.sha256 for part in self.manifest.parts}
        expected[INDEX] = self.manifest.index_sha256
        found = {name: digest_file(self.directory / name) for name in expected}
        broken = [name for name, digest in expected.items() if found[name] != digest]
        if broken:
            raise StoreError(
                f"{len(broken)} of the {len(expected)} files of a store are missing or not as"
                " they were written",
                value=broken[:5],
                remedy=_REMEDY,
            )

    def _sums(self) -> SizeSums:
        if self.manifest.sums is None:
            raise _incomplete(self.directory)
        return self.manifest.sums


def open_store(directory: Path) -> AttributionStore:
    """Open a complete store; only its manifest is read.

    Raises
    ------
    StoreError
        When there is none, it is not complete, or its manifest is malformed.
    """
    manifest = load_manifest(directory)
    if not manifest.is_complete:
        raise _incomplete(directory)
    return AttributionStore(directory, manifest)


def _estimate(mean: float, error: float, n: int, level: float) -> Estimate:
    interval = wald_interval(mean, error, level)
    return Estimate(
        metric=METRIC,
        value=mean,
        low=max(interval.low, 0.0),
        high=interval.high,
        n=n,
        n_events=None,
        interval_method=interval.method,
        level=level,
    )


def _incomplete(directory: Path) -> StoreError:
    return StoreError(
        "a store must be complete before it is read", value=str(directory), remedy=_REMEDY
    )
