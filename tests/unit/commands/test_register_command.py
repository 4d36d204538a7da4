"""``pellucid register`` on a data set the project has never seen: from a file to an explanation."""

from __future__ import annotations

import getpass
import pickle
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xgboost
from sklearn.datasets import load_breast_cancer

FEATURES = ["mean radius", "mean texture", "worst concave points"]


@pytest.fixture(scope="module")
def tumours() -> pd.DataFrame:
    """Wisconsin's breast cancers, as scikit-learn brings them."""
    table = load_breast_cancer(as_frame=True).frame[[*FEATURES, "target"]]
    table.insert(0, "case_id", [f"C{at:04d}" for at in range(len(table))])
    return table.assign(malignant=table.pop("target").map({0: "Y", 1: "N"}))


@pytest.fixture
def brought(tumours: pd.DataFrame, tmp_path: Path) -> Path:
    """A folder with a table as a hospital exports it, a model and who it was trained on."""
    table = tumours.assign(zip="90210")
    table.to_csv(tmp_path / "t.csv", index=False, sep=";", decimal=",", encoding="utf-16")
    training = tumours.iloc[:300]
    classifier = xgboost.XGBClassifier(n_estimators=8, max_depth=2, n_jobs=1)
    classifier.fit(training[FEATURES], training["malignant"] == "Y")
    classifier.get_booster().save_model(tmp_path / "m.json")
    (tmp_path / "trained.txt").write_text("\n".join(training["case_id"]))
    return tmp_path


def model_options(folder: Path, *, name: str = "tumours-xgboost") -> list[str]:
    return [
        "--model-file", str(folder / "m.json"), "--name", name,
        "--purpose", "Tells malignant from benign tumours, for a test.",
        "--threshold", "0.1", "--reason", "A missed cancer is nine times as harmful.",
    ]  # fmt: skip


def propose(pellucid: Callable[..., Any], folder: Path, *more: str) -> Any:
    schema = folder / "schema.toml"
    return pellucid(
        "register", str(folder / "t.csv"), "--cohort", "tumours", "--propose", str(schema), *more
    )


def test_from_a_file_to_an_explanation(
    pellucid: Callable[..., Any], brought: Path, tumours: pd.DataFrame
) -> None:
    told = propose(pellucid, brought, "--model-file", str(brought / "m.json"))
    assert told.code == 0, told.err
    for words in ("UTF-16", "semicolons", "decimal commas", "zip:", "malignant"):
        assert words in told.out, words
    schema = str(brought / "schema.toml")
    table = str(brought / "t.csv")
    refused = pellucid("register", table, "--schema", schema, "--attest", "Dr A. Lee")
    assert refused.code == 1
    assert "zip" in refused.err
    treated = [table, "--schema", schema, "--attest", "Dr A. Lee", "--treat", "zip=drop"]
    trained = ["--trained-on", str(brought / "trained.txt")]
    tried = pellucid("register", *treated, *model_options(brought), *trained, "--dry-run", "--json")
    assert tried.code == 0, tried.err
    assert tried.json["saved"] is False
    validated = pellucid("validate", table, "--schema", schema)
    assert validated.code == 0, validated.out
    assert "tumours-xgboost" not in pellucid("models").out
    done = pellucid("register", *treated, *model_options(brought), *trained, "--json")
    assert done.code == 0, done.err
    assert done.json["model"]["n_held_out"] == len(tumours) - 300
    assert len(done.json["model"]["scores"]) == 10
    (registered,) = pellucid("audit", "show", "--json").json
    assert registered["action"] == "register"
    assert registered["details"] == {"cohort_name": "tumours", "model_name": "tumours-xgboost"}
    assert registered["actor"] == getpass.getuser()
    explained = pellucid("explain", "tumours-xgboost", "--patient", "first", "--json")
    assert explained.code == 0, explained.err
    checked = pellucid("check", "tumours-xgboost", "--only", "too-few-events", "--json")
    assert checked.code == 0, checked.err
    assert "not provided" in checked.json["checks"][0]["reason"]
    second = pellucid(
        "register", "--cohort", "tumours", *model_options(brought, name="second"), "--dry-run"
    )
    assert second.code == 0, second.err


def test_a_table_of_a_database_is_registered_too(
    pellucid: Callable[..., Any], brought: Path, tumours: pd.DataFrame
) -> None:
    with sqlite3.connect(brought / "t.db") as connection:
        tumours.to_sql("tumours", connection, index=False)
    connection.close()
    schema = brought / "schema.toml"
    url = f"sqlite:///{brought / 't.db'}"
    asked = ["register", url, "--query", "select * from tumours"]
    assert pellucid(*asked, "--cohort", "tumours", "--propose", str(schema)).code == 0
    done = pellucid(*asked, "--schema", str(schema), "--attest", "Dr A. Lee", "--json")
    assert done.code == 0, done.err
    assert done.json["cohort"]["n_patients"] == len(tumours)


def test_a_pickle_is_refused_with_the_way_to_convert_it(
    pellucid: Callable[..., Any], brought: Path
) -> None:
    (brought / "m.pkl").write_bytes(pickle.dumps([1]))
    answer = propose(pellucid, brought, "--model-file", str(brought / "m.pkl"))
    assert answer.code == 1
    assert "skops.io.dump" in answer.err


def test_without_schema_or_attestation_nothing_is_registered(
    pellucid: Callable[..., Any], brought: Path, ward: Path
) -> None:
    before = sorted(ward.rglob("*"))
    table = str(brought / "t.csv")
    assert "--propose" in pellucid("register", table).err
    assert propose(pellucid, brought).code == 0
    assert "--attest" in pellucid("register", table, "--schema", str(brought / "schema.toml")).err
    assert propose(pellucid, brought).code == 2
    for wrong in (["--treat", "zip"], ["--treat", "zip=burn"], ["--justify", "zip=short"]):
        schema = ["--schema", str(brought / "schema.toml"), "--attest", "Dr A. Lee"]
        assert pellucid("register", table, *schema, *wrong).code == 2, wrong
    assert sorted(ward.rglob("*")) == before


def test_a_model_that_fails_leaves_no_cohort_behind(
    pellucid: Callable[..., Any], brought: Path, ward: Path
) -> None:
    assert propose(pellucid, brought, "--model-file", str(brought / "m.json")).code == 0
    options = model_options(brought)
    options[options.index("0.1")] = "0"
    schema = ["--schema", str(brought / "schema.toml"), "--attest", "Dr A. Lee"]
    justified = ["--justify", "zip=the same for everybody, made up"]
    answer = pellucid("register", str(brought / "t.csv"), *schema, *justified, *options)
    assert answer.code == 2, answer.err
    assert "threshold" in answer.err
    assert [path.name for path in (ward / "cohorts").iterdir()] == ["ward"]
