"""Model files from elsewhere: the same risks as where they were trained, and nothing ever run."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pytest
import skops.io
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from explainers.core import Column, Link
from explainers.errors import BundleError
from explainers.models import skops_file
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity
from explainers.models.outside_file import read_outside_model

Matrix = npt.NDArray[np.float64]
COLUMNS = tuple(Column(name, name.upper(), "number") for name in ("a", "b", "c"))


def patients(n: int = 300) -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(n, 3))
    return matrix, (matrix[:, 0] + rng.normal(size=n) > 0.5).astype(float)


def risk_here(content: bytes, matrix: Matrix) -> Matrix:
    """By the bundle's own adapter, with names that the file does not have."""
    outside = read_outside_model(content)
    identity = Identity("toy", "1", "", COLUMNS, Link(outside.score_kind))
    model = FAMILIES[outside.family].load(outside.for_columns(COLUMNS), identity)
    return identity.link.risk(model.score(matrix))  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", ["ubj", "json"])
@pytest.mark.parametrize("names", [None, ["Age", "B P", "c"]])
def test_xgboost_gives_its_own_risk_under_other_names(form: str, names: list[str] | None) -> None:
    matrix, labels = patients()
    train = xgboost.DMatrix(matrix, labels, feature_names=names)
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, train, 8)
    content = bytes(booster.save_raw(raw_format=form))
    assert read_outside_model(content).feature_names == tuple(names or ())
    np.testing.assert_allclose(risk_here(content, matrix), booster.predict(train), atol=1e-6)


def test_trees_after_the_best_round_do_not_count() -> None:
    """Prevents risks other than those of the classifier, which stops at its best round."""
    matrix, labels = patients()
    classifier = xgboost.XGBClassifier(n_estimators=200, early_stopping_rounds=3, n_jobs=1)
    classifier.fit(
        matrix[:150], labels[:150], eval_set=[(matrix[150:], labels[150:])], verbose=False
    )
    booster = classifier.get_booster()
    assert classifier.best_iteration + 1 < booster.num_boosted_rounds()
    content = bytes(booster.save_raw(raw_format="ubj"))
    own = classifier.predict_proba(matrix)[:, 1]
    np.testing.assert_allclose(risk_here(content, matrix), own, atol=1e-6)


def test_lightgbm_gives_its_own_risk_under_other_names() -> None:
    matrix, labels = patients()
    train = lightgbm.Dataset(matrix, labels, feature_name=["x_1", "x_2", "x_3"])
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(settings, train, 8)
    content = booster.model_to_string().encode()
    assert read_outside_model(content).feature_names == ("x_1", "x_2", "x_3")
    np.testing.assert_allclose(risk_here(content, matrix), booster.predict(matrix), atol=1e-12)
    with pytest.raises(BundleError, match="plain names"):
        read_outside_model(content).for_columns((Column("a b", "A", "number"), *COLUMNS[1:]))


def test_catboost_gives_its_own_risk_under_other_names(tmp_path: Path) -> None:
    import catboost  # noqa: PLC0415

    matrix, labels = patients()
    model = catboost.CatBoostClassifier(
        iterations=8, verbose=0, allow_writing_files=False, thread_count=1
    )
    model.fit(catboost.Pool(matrix, labels, feature_names=["x", "y", "z"]))
    path = tmp_path / "model.json"
    model.save_model(str(path), format="json")
    content = path.read_bytes()
    assert read_outside_model(content).feature_names == ("x", "y", "z")
    own = model.predict_proba(matrix)[:, 1]
    np.testing.assert_allclose(risk_here(content, matrix), own, atol=1e-6)
    model.save_model(str(tmp_path / "model.cbm"))
    with pytest.raises(BundleError, match="json"):
        read_outside_model((tmp_path / "model.cbm").read_bytes())


@pytest.mark.parametrize(
    "estimator", [RandomForestClassifier(8, random_state=0, n_jobs=1), LogisticRegression()]
)
def test_scikit_learn_gives_its_own_risk(estimator: Any) -> None:
    matrix, labels = patients()
    estimator.fit(matrix, labels)
    content = skops.io.dumps(estimator)
    own = estimator.predict_proba(matrix)[:, 1]
    if isinstance(estimator, LogisticRegression):
        with pytest.raises(BundleError, match="missing values"):
            risk_here(content, matrix)
        return
    np.testing.assert_allclose(risk_here(content, matrix), own, atol=2e-6)


def test_a_generator_of_random_numbers_is_refused_with_the_way_round() -> None:
    matrix, labels = patients()
    content = skops.io.dumps(HistGradientBoostingClassifier(max_iter=3).fit(matrix, labels))
    with pytest.raises(BundleError, match="save_pipeline"):
        read_outside_model(content)


class Hostile:
    """A pickle of it would write a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (Path.write_text, (self.path, "owned"))


def as_torch(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("archive/data.pkl", content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "wrap", [bytes, gzip.compress, zlib.compress, as_torch], ids=["plain", "gzip", "zlib", "torch"]
)
@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_pickle_is_refused_and_not_run(
    wrap: Callable[[bytes], bytes], protocol: int, tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    content = wrap(pickle.dumps(Hostile(trap), protocol=protocol))
    with pytest.raises(BundleError):
        read_outside_model(content)
    assert not trap.exists()


def test_who_brings_a_pickle_is_told_how_to_convert_it() -> None:
    with pytest.raises(BundleError, match=r"skops\.io\.dump"):
        read_outside_model(pickle.dumps([1.0]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"{}",
        b"{L",
        b"[1]",
        b"tree\n",
        b"tree\nfeature_names=a b",
        b"PK\x03\x04" + b"\x00" * 40,
        b"\x08\x07\x12\x07pytorch:onnx",
        b'{"learner": {"gradient_booster": {"model": {"trees": [{}]}}}}',
        b'{"learner": 1}',
        b'{"features_info": {"float_features": [{"flat_feature_index": 7, "feature_id": 1}]}}',
        b"{" * 100_000,
        b'{"a":' * 100_000,
        b"\xff" * 1000,
    ],
)
def test_a_malformed_file_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError):
        risk_here(content, patients()[0])


def test_a_number_beyond_its_type_is_refused_before_xgboost_sees_it() -> None:
    """Prevents a child's position from wrapping around to one that exists."""
    matrix, labels = patients()
    train = xgboost.DMatrix(matrix, labels)
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, train, 2)
    document = json.loads(booster.save_raw(raw_format="json"))
    tree = document["learner"]["gradient_booster"]["model"]["trees"][0]
    tree["left_children"][0] += 2**32
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(BundleError):
            read_outside_model(json.dumps(document).encode()).for_columns(COLUMNS)


def test_a_zip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skops_file, "MOST_BYTES", 1 << 20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", "{}")
        archive.writestr("big.npy", b"\x00" * (1 << 21))
    with pytest.raises(BundleError, match="1 GiB"):
        read_outside_model(packed.getvalue())
