"""The patients that benchmarks are run on, and the stream that is made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.explain_cohort.comparison import explain_file
from benchmarks.made_up_patients import draw_patients, make_study, write_patients
from benchmarks.tree_shap.measurement import make_patients
from explainers.attribution.store import open_store

pytestmark = pytest.mark.usefixtures("here")


def test_a_stream_is_explained_to_its_end(tmp_path: Path) -> None:
    """Prevents a rate measured on a command that stopped early."""
    path = tmp_path / "patients.parquet"
    write_patients(path, 25, seed=0)
    cost = explain_file(path, tmp_path / "store")
    assert len(open_store(tmp_path / "store")) == 25
    assert cost.peak_megabytes > 10


def test_made_up_patients_fit_the_schema_and_differ() -> None:
    """Prevents copies of one row, which compress and cache as real patients do not."""
    frame = draw_patients(400, seed=1)
    assert frame.index.is_unique
    assert frame["weight_kg"].nunique() > 250
    study = make_study(50, seed=1)
    for at, column in enumerate(study.model.columns):
        values = study.matrix[:, at]
        known = values[~np.isnan(values)]
        if column.valid_range is not None:
            assert ((known >= column.valid_range[0]) & (known <= column.valid_range[1])).all()


def test_a_part_of_the_made_up_matrix_is_its_beginning() -> None:
    """Prevents engines that are compared on different patients."""
    np.testing.assert_array_equal(make_patients(50, 3)[:20], make_patients(20, 3))
