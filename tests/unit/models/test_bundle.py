from __future__ import annotations

import dataclasses
import hashlib
import shutil
import tomllib
from pathlib import Path

import pytest
import tomli_w

from explainers.core import Column, Schema
from explainers.errors import BundleError
from explainers.models.bundle import Bundle, load_bundle, read_facts, save_bundle
from explainers.models.facts import parse_facts, write_facts
from explainers.models.manifest import write_manifest
from explainers.workspace import Workspace

SOURCES = ("heart-xgboost", "heart-forest", "diabetes-logistic")


@pytest.fixture(scope="module")
def schema(workspace: Workspace) -> Schema:
    return workspace.load_schema("heart_four_hospitals")


@pytest.fixture
def copy(workspace: Workspace, tmp_path: Path) -> Path:
    """A bundle of ours that a test may damage."""
    target = tmp_path / "heart-xgboost"
    shutil.copytree(workspace.load_bundle("heart-xgboost").directory, target)
    return target


def seal(directory: Path) -> None:
    """Write a manifest that fits, as somebody with bad intent would."""
    files = {path.name: path.read_bytes() for path in directory.iterdir()}
    files.pop("SHA256SUMS", None)
    (directory / "SHA256SUMS").write_bytes(write_manifest(files))


def test_an_intact_copy_loads(copy: Path, schema: Schema) -> None:
    bundle = load_bundle(copy, schema)
    assert bundle.model.name == "heart-xgboost"
    assert bundle.model.digest == bundle.facts.digest == read_facts(copy).digest
    assert bundle.facts.digest == hashlib.sha256((copy / "SHA256SUMS").read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["model.ubj", "bundle.toml", "test_patients.csv"])
@pytest.mark.parametrize("position", [0, 100, -1])
def test_one_changed_byte_is_refused(copy: Path, schema: Schema, name: str, position: int) -> None:
    """Prevents a model, a threshold or a list of held-out patients changed unnoticed."""
    content = bytearray((copy / name).read_bytes())
    content[position] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BundleError, match=f"has changed.*{name}.*train it again"):
        load_bundle(copy, schema)
    with pytest.raises(BundleError, match="has changed"):
        read_facts(copy)


@pytest.mark.parametrize("name", ["model.ubj", "bundle.toml", "test_patients.csv", "SHA256SUMS"])
def test_a_missing_file_is_refused(copy: Path, schema: Schema, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(BundleError, match=name):
        load_bundle(copy, schema)


def test_an_added_file_is_refused(copy: Path, schema: Schema) -> None:
    (copy / "model.pkl").write_bytes(b"\x80\x04.")
    with pytest.raises(BundleError, match=r"model\.pkl.*Remove"):
        load_bundle(copy, schema)


def test_an_added_file_with_a_fitting_manifest_is_refused(copy: Path, schema: Schema) -> None:
    (copy / "model.pkl").write_bytes(b"\x80\x04.")
    seal(copy)
    with pytest.raises(
        BundleError, match=r"must hold bundle\.toml, model\.ubj, test_patients\.csv"
    ):
        load_bundle(copy, schema)


def test_links_and_directories_are_refused(copy: Path, schema: Schema, tmp_path: Path) -> None:
    """Prevents reading whatever a link in a bundle points to."""
    outside = tmp_path / "outside.ubj"
    shutil.move(copy / "model.ubj", outside)
    (copy / "model.ubj").symlink_to(outside)
    with pytest.raises(BundleError, match="no links"):
        load_bundle(copy, schema)
    (copy / "model.ubj").unlink()
    (copy / "model.ubj").mkdir()
    with pytest.raises(BundleError, match="no directories"):
        load_bundle(copy, schema)


@pytest.mark.parametrize(
    "line",
    [
        f"{'0' * 64}  ../../etc/passwd\n",
        f"{'0' * 64}  /etc/passwd\n",
        f"{'0' * 64}  sub/file\n",
        f"{'0' * 64}  SHA256SUMS\n",
        f"{'0' * 63}  short\n",
        "nonsense\n",
    ],
)
def test_a_manifest_that_leads_elsewhere_is_refused(copy: Path, schema: Schema, line: str) -> None:
    with (copy / "SHA256SUMS").open("a") as manifest:
        manifest.write(line)
    with pytest.raises(BundleError, match="plain file name"):
        load_bundle(copy, schema)


def test_a_manifest_with_a_file_twice_is_refused(copy: Path, schema: Schema) -> None:
    manifest = (copy / "SHA256SUMS").read_text()
    (copy / "SHA256SUMS").write_text(manifest + manifest)
    with pytest.raises(BundleError, match="plain file name"):
        load_bundle(copy, schema)


def test_no_directory_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="directory"):
        read_facts(tmp_path / "absent")


def change_column(schema: Schema, wanted: str, **changes: object) -> Schema:
    columns = tuple(
        dataclasses.replace(column, **changes) if column.name == wanted else column  # type: ignore[arg-type]
        for column in schema.columns
    )
    return dataclasses.replace(schema, columns=columns)


@pytest.mark.parametrize(
    ("name", "changes", "rule"),
    [
        ("sex", {"levels": ("Male", "Female")}, "'Male', 'Female'"),
        ("sex", {"levels": ("Female", "Male", "Other")}, "Other"),
        ("chest_pain", {"kind": "number", "levels": ()}, "reads 'chest_pain' as number"),
        ("cholesterol_mg_dl", {"role": "attribute"}, "as attribute"),
        ("max_heart_rate_bpm", {"name": "max_heart_rate_hz"}, "every feature"),
    ],
)
def test_a_schema_that_reads_a_feature_otherwise_is_refused(
    copy: Path, schema: Schema, name: str, changes: dict[str, object], rule: str
) -> None:
    """Prevents Male read as Female because the levels changed places."""
    with pytest.raises(BundleError, match=rule):
        load_bundle(copy, change_column(schema, name, **changes))


def test_a_schema_without_the_outcome_is_refused(copy: Path, schema: Schema) -> None:
    with pytest.raises(BundleError, match="outcome"):
        load_bundle(copy, dataclasses.replace(schema, outcomes=()))


@pytest.mark.parametrize("name", SOURCES)
def test_facts_survive_writing(workspace: Workspace, name: str) -> None:
    facts = workspace.model_facts(name)
    assert parse_facts(write_facts(facts), facts.digest) == facts


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("family", "pickle"),
        ("threshold", 1.0),
        ("features", []),
        ("name", "../x"),
        ("link", {"score_kind": "votes", "intercept": 0.0, "slope": 1.0}),
        ("training", {}),
        ("versions", "new"),
    ],
)
def test_facts_that_make_no_sense_are_refused(
    workspace: Workspace, copy: Path, key: str, value: object
) -> None:
    document = tomllib.loads(write_facts(workspace.model_facts("heart-xgboost")).decode())
    document[key] = value
    (copy / "bundle.toml").write_text(tomli_w.dumps(document))
    seal(copy)
    with pytest.raises(BundleError):
        read_facts(copy)


@pytest.mark.parametrize(
    "content", [b"", b"id\nx\n", b"patient_id\nx\nx\n", b"patient_id\nx", b"\xff"]
)
def test_a_malformed_list_of_patients_is_refused(
    copy: Path, schema: Schema, content: bytes
) -> None:
    (copy / "test_patients.csv").write_bytes(content)
    seal(copy)
    with pytest.raises(BundleError, match=r"test_patients\.csv"):
        load_bundle(copy, schema)


def test_nothing_is_overwritten(workspace: Workspace, tmp_path: Path) -> None:
    facts = workspace.model_facts("heart-xgboost")
    save_bundle(tmp_path / "new", facts, b"model", ["a"])
    with pytest.raises(BundleError, match="never overwritten"):
        save_bundle(tmp_path / "new", facts, b"model", ["a"])
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_another_package_version_is_noted_and_not_refused(workspace: Workspace) -> None:
    facts = dataclasses.replace(workspace.model_facts("heart-xgboost"), versions={"xgboost": "0.1"})
    assert len(facts.notes) == 1
    assert facts.notes[0].startswith("Trained with xgboost 0.1, running with ")


def test_shipped_bundles_are_small(workspace: Workspace) -> None:
    """Prevents a repository that nobody wants to clone."""
    for name in workspace.model_names():
        directory = workspace.load_bundle(name).directory
        assert sum(path.stat().st_size for path in directory.iterdir()) < 1_000_000, name


def test_a_bundle_names_its_columns(workspace: Workspace) -> None:
    bundle = workspace.load_bundle("heart-forest")
    assert isinstance(bundle, Bundle)
    assert bundle.facts.feature_names == bundle.model.feature_names
    assert all(isinstance(column, Column) for column in bundle.model.columns)
    assert bundle.facts.family_label == "Random forest (scikit-learn)"
