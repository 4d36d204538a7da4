"""Cohort files of any length made from real rows, and stores written from them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import pytest

import sample_data
from explainers.attribution.store import AttributionStore, StoreSettings, write_store
from explainers.core import Study

CohortMaker = Callable[..., Path]
StoreMaker = Callable[..., AttributionStore]


@pytest.fixture(scope="session")
def real_rows() -> tuple[list[str], list[list[str]]]:
    """Header and the first 600 rows of the built-in cohort, as texts, the id first."""
    path = Path(sample_data.__file__).parent / "nhanes_2017_2018" / "cohort.csv"
    with path.open(newline="", encoding="utf-8") as handle:
        rows = csv.reader(handle)
        header = next(rows)
        return header, list(islice(rows, 600))


@pytest.fixture
def make_cohort(tmp_path: Path, real_rows: tuple[list[str], list[list[str]]]) -> CohortMaker:
    """A CSV file of n patients named p0, p1 ..., or with the ids given."""
    header, rows = real_rows

    def make(n: int, ids: Sequence[str] | None = None, name: str = "cohort.csv") -> Path:
        names: Iterator[str] = iter(ids) if ids is not None else (f"p{at}" for at in range(n))
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle)
            writer.writerow(header)
            writer.writerows([next(names), *row[1:]] for row in islice(cycle(rows), n))
        return path

    return make


@pytest.fixture
def make_store(tmp_path: Path, logistic_study: Study) -> StoreMaker:
    """A store of a file under the additive model, which takes no time."""

    def make(
        path: Path, *, chunk_rows: int | None = 100, name: str = "store", study: Study | None = None
    ) -> AttributionStore:
        settings = StoreSettings(chunk_rows=chunk_rows)
        return write_store(study or logistic_study, path, tmp_path / name, settings)

    return make
