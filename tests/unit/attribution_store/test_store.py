"""What a store holds: every patient once, the numbers that the method gave, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from explainers.attribution import kernel
from explainers.attribution.importance import global_importance
from explainers.attribution.registry import exact_shap_for
from explainers.attribution.store import AttributionStore, StoreSettings, open_store, write_store
from explainers.attribution.store.index import find_positions
from explainers.core import Study
from explainers.core.encoding import encode
from explainers.errors import (
    NotFoundError,
    SettingsError,
    StoreError,
    UnsupportedError,
)
from explainers.intake.cohort_file import load_cohort

Maker = Callable[..., Any]

HOSTILE_IDS = (
    '"quoted"', "a,b", "=1+1", "007", "NaN", "../../etc/passwd", "\u202eabc", "é" * 300,
    "'; DROP TABLE patients; --", "a\tb", "0", "-1", "<script>", "patient_id", "\U0001f9ec",
)  # fmt: skip


def all_values(store: AttributionStore) -> np.ndarray[Any, Any]:
    return np.concatenate([chunk.values for chunk in store.iter_chunks()])


def test_every_value_is_the_one_the_method_gives_for_the_whole_cohort(
    make_cohort: Maker, make_store: Maker, logistic_study: Study
) -> None:
    """Prevents a shift of rows or columns between chunks, and rounding on the way to the file."""
    path = make_cohort(501)
    store = make_store(path)
    cohort = load_cohort(path, logistic_study.cohort.schema)
    rows = encode(cohort.frame, logistic_study.model.columns)
    method = exact_shap_for(logistic_study.model, "log-odds")
    expected = method.explain(logistic_study, rows, cohort.patient_ids, "log-odds")
    chunks = list(store.iter_chunks())
    assert [len(chunk.patient_ids) for chunk in chunks] == [100] * 5 + [1]
    assert tuple(name for chunk in chunks for name in chunk.patient_ids) == cohort.patient_ids
    np.testing.assert_array_equal(all_values(store), expected.values)
    np.testing.assert_array_equal(
        np.concatenate([chunk.prediction for chunk in chunks]), expected.prediction
    )
    assert max(np.abs(chunk.residual()).max() for chunk in chunks) < 1e-12


def test_tree_models_and_the_risk_scale_are_stored_too(
    tmp_path: Path, heart_study: Study, forest_study: Study
) -> None:
    """Prevents a store that is right for additive models only."""
    for study, scale in ((heart_study, "log-odds"), (forest_study, "risk")):
        path = tmp_path / f"{study.model.name}.csv"
        study.cohort.frame.iloc[:5].to_csv(path, index_label=study.cohort.schema.patient_id)
        settings = StoreSettings(scale=scale, chunk_rows=2)  # type: ignore[arg-type]
        store = write_store(study, path, tmp_path / study.model.name, settings)
        method = exact_shap_for(study.model, scale)  # type: ignore[arg-type]
        ids = study.cohort.patient_ids[:5]
        expected = method.explain(study, study.matrix[:5], ids, scale)  # type: ignore[arg-type]
        np.testing.assert_allclose(all_values(store), expected.values, rtol=0, atol=1e-12)


def test_tables_are_built_once_for_all_chunks(
    tmp_path: Path, heart_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents a run over a million patients that mostly builds the same tables again."""
    built = []
    build = kernel.build_tables
    monkeypatch.setattr(kernel, "build_tables", lambda *game: built.append(1) or build(*game))
    path = tmp_path / "heart.csv"
    heart_study.cohort.frame.iloc[:120].to_csv(
        path, index_label=heart_study.cohort.schema.patient_id
    )
    store = write_store(heart_study, path, tmp_path / "store", StoreSettings(chunk_rows=40))
    assert len(store.manifest.parts) == 3
    assert len(built) == 1


def test_one_patient_is_read_as_it_stands_among_all(make_cohort: Maker, make_store: Maker) -> None:
    """Prevents another patient's reasons under this patient's name."""
    store = make_store(make_cohort(4_321), chunk_rows=3_000)
    values = all_values(store)
    for at in (0, 1_999, 2_000, 2_999, 3_000, 4_320):
        found = store.patient(f"p{at}")
        assert found.patient_ids == (f"p{at}",)
        np.testing.assert_array_equal(found.values[0], values[at])
    with pytest.raises(NotFoundError, match="must hold the patient"):
        store.patient("p4321")


def test_two_ids_with_the_same_hash_are_told_apart(
    make_cohort: Maker, make_store: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents a collision of hashes from showing the wrong patient or refusing a right file."""
    monkeypatch.setattr("explainers.intake.distinct_ids.hash_ids", constant_hash)
    monkeypatch.setattr("explainers.attribution.store.index.hash_ids", constant_hash)
    store = make_store(make_cohort(30), chunk_rows=7)
    assert len(find_positions(store.directory, "p3")) == 30
    assert store.patient("p17").patient_ids == ("p17",)
    with pytest.raises(NotFoundError):
        store.patient("p30")


def constant_hash(ids: Any) -> np.ndarray[Any, Any]:
    return np.full(len(list(ids)), 7, dtype=np.uint64)


def test_hostile_ids_come_back_unchanged(make_cohort: Maker, make_store: Maker) -> None:
    store = make_store(make_cohort(len(HOSTILE_IDS), HOSTILE_IDS), chunk_rows=4)
    for name in HOSTILE_IDS:
        assert store.patient(name).patient_ids == (name,)
    assert {path.parent for path in store.directory.rglob("*")} == {store.directory}


def test_the_store_of_one_patient_has_no_mean(make_cohort: Maker, make_store: Maker) -> None:
    store = make_store(make_cohort(1))
    assert len(store) == 1
    with pytest.raises(SettingsError, match="at least two patients"):
        store.importance()


def test_importance_from_sums_equals_that_from_all_values(
    make_cohort: Maker, make_store: Maker
) -> None:
    """Prevents sums that forget a part, and a standard error that is off by a factor."""
    store = make_store(make_cohort(500), chunk_rows=99)
    values = np.abs(all_values(store))
    table = store.importance()
    means = [estimate.value for estimate in table.estimates]
    np.testing.assert_allclose(means, values.mean(axis=0), rtol=1e-12)
    errors = values.std(axis=0, ddof=1) / np.sqrt(500)
    widths = [estimate.width for estimate in table.estimates]
    np.testing.assert_allclose(widths, 2 * 1.959964 * errors, rtol=1e-6)
    assert {estimate.n for estimate in table.estimates} == {500}
    whole = make_store(store.directory.parent / "cohort.csv", chunk_rows=500, name="whole")
    bootstrap = global_importance(next(whole.iter_chunks()))
    assert table.ranking() == bootstrap.ranking()
    ours, theirs = table.estimates[0], bootstrap.estimates[0]
    assert ours.width == pytest.approx(theirs.width, rel=0.15)
    signed = all_values(store).mean(axis=0)
    np.testing.assert_allclose(list(store.mean_contributions().values()), signed, atol=1e-12)


def test_any_parquet_reader_can_use_the_parts(make_cohort: Maker, make_store: Maker) -> None:
    store = make_store(make_cohort(250))
    names = [path.name for path in sorted(store.directory.glob("part-*.parquet"))]
    assert names == [part.name for part in store.manifest.parts]
    frame = pd.concat([pd.read_parquet(store.directory / name) for name in names])
    features = list(store.manifest.feature_names)
    assert list(frame.columns) == ["patient_id", "prediction", "baseline", *features]
    assert {str(kind) for kind in frame.dtypes[1:]} == {"float64"}
    total = frame["baseline"] + frame[features].sum(axis=1)
    np.testing.assert_allclose(total, frame["prediction"], atol=1e-12)


def test_the_manifest_says_what_the_store_was_made_from(
    make_cohort: Maker, make_store: Maker, logistic_study: Study
) -> None:
    store = make_store(make_cohort(20))
    again = open_store(store.directory)
    assert again.manifest.to_dict() == store.manifest.to_dict()
    provenance = store.patient("p3").provenance
    assert provenance.model_digest == logistic_study.model.digest
    assert provenance.reference_digest == logistic_study.reference.digest
    assert provenance.cohort_digest == store.manifest.origin["input"]["sha256"]
    assert provenance.method == "linear-shap"
    assert provenance.settings["n_reference"] == 100


@pytest.mark.parametrize("name", ["part-000001.parquet", "index.npy"])
def test_a_changed_byte_is_found(make_cohort: Maker, make_store: Maker, name: str) -> None:
    store = make_store(make_cohort(250))
    store.verify()
    path = store.directory / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match=name):
        store.verify()


def test_a_damaged_part_is_an_error_and_never_a_number(
    make_cohort: Maker, make_store: Maker
) -> None:
    store = make_store(make_cohort(250))
    path = store.directory / "part-000001.parquet"
    content = bytearray(path.read_bytes())
    content[300:600] = bytes(300)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="as it was written"):
        list(store.iter_chunks())
    path.unlink()
    with pytest.raises(StoreError, match="part-000001"):
        store.patient("p150")
    (store.directory / "index.npy").write_bytes(b"no array")
    with pytest.raises(StoreError, match="index"):
        store.patient("p0")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:0],
        lambda text: f"[{text}]",
        lambda text: text.replace('"format": 1', '"format": 99', 1),
        lambda text: text.replace("part-000000.parquet", "../part-000000.parquet"),
        lambda text: text.replace('"scale": "log-odds"', '"scale": "risk"'),
        lambda text: text.replace('"is_complete": true', '"is_complete": false'),
    ],
)
def test_a_manifest_that_is_not_as_written_is_refused(
    make_cohort: Maker, make_store: Maker, spoil: Callable[[str], str]
) -> None:
    """Prevents contributions in log-odds from being shown as risk after an edit."""
    store = make_store(make_cohort(20))
    path = store.directory / "manifest.json"
    path.write_text(spoil(path.read_text()))
    with pytest.raises(StoreError):
        open_store(store.directory)


def test_a_directory_that_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="readable manifest"):
        open_store(tmp_path)


def test_methods_that_sample_are_refused(
    make_cohort: Maker, tmp_path: Path, logistic_study: Study
) -> None:
    for method in ("permutation", "lime", "tree-shap"):
        with pytest.raises(UnsupportedError):
            write_store(
                logistic_study, make_cohort(5), tmp_path / "store", StoreSettings(method=method)
            )
    with pytest.raises(SettingsError):
        StoreSettings(chunk_rows=0)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files through /proc")
def test_no_file_stays_open(make_cohort: Maker, make_store: Maker) -> None:
    path = make_cohort(300)
    make_store(path, name="warm-up").patient("p1")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    store = make_store(path)
    for at in range(30):
        store.patient(f"p{at}")
    next(store.iter_chunks())
    store.verify()
    assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208


def test_parts_are_small_enough_groups_for_one_patient(
    make_cohort: Maker, make_store: Maker
) -> None:
    """Prevents a whole part from being read for a patient, which takes long instead of ms."""
    store = make_store(make_cohort(4_100), chunk_rows=4_100)
    with pq.ParquetFile(store.directory / "part-000000.parquet") as parquet:
        assert parquet.num_row_groups == 3
