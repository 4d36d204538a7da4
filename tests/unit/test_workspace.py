from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sample_data
from explainers.errors import BundleError, CohortError, NotFoundError, SchemaError, SettingsError
from explainers.models.manifest import MANIFEST, write_manifest
from explainers.workspace import Workspace

BUILT_IN = Path(sample_data.__file__).parent


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A user's directory with a copy of a built-in cohort and model under new names."""
    cohort = tmp_path / "cohorts" / "my-heart"
    shutil.copytree(BUILT_IN / "heart_four_hospitals", cohort)
    schema = (cohort / "schema.toml").read_text("utf-8")
    (cohort / "schema.toml").write_text(
        schema.replace('name = "heart_four_hospitals"', 'name = "my-heart"', 1), "utf-8"
    )
    shutil.copytree(BUILT_IN / "models" / "heart-xgboost", tmp_path / "models" / "heart-xgboost-2")
    return tmp_path


def test_built_ins_are_there_without_a_directory(workspace: Workspace) -> None:
    assert set(workspace.cohort_names()) == {
        "heart_four_hospitals",
        "nhanes_2017_2018",
        "nmes_1988",
    }
    assert set(workspace.model_names()) == {
        "diabetes-logistic",
        "diabetes-xgboost",
        "heart-forest",
        "heart-xgboost",
        "nmes-chronic-xgboost",
        "nmes-visits-xgboost",
    }


def test_an_absent_directory_is_an_empty_one(workspace: Workspace, tmp_path: Path) -> None:
    assert Workspace(tmp_path / "absent").model_names() == workspace.model_names()


def test_what_a_user_adds_is_found_beside_the_built_ins(root: Path) -> None:
    mine = Workspace(root)
    assert "my-heart" in mine.cohort_names()
    assert "heart-xgboost-2" in mine.model_names()
    assert len(mine.load_cohort("my-heart")) == 920


def test_a_cohort_under_another_name_than_its_own_is_refused(tmp_path: Path) -> None:
    """Prevents a figure from being attributed to a cohort it was not computed on."""
    shutil.copytree(BUILT_IN / "heart_four_hospitals", tmp_path / "cohorts" / "other")
    with pytest.raises(SchemaError, match="must bear its name, 'heart_four_hospitals'"):
        Workspace(tmp_path).load_cohort("other")


def test_training_patients_cannot_pass_for_held_out_ones(tmp_path: Path) -> None:
    """With ids moved by one row, every other patient shown would be one the model was fitted to."""
    cohort = tmp_path / "cohorts" / "moved"
    shutil.copytree(BUILT_IN / "heart_four_hospitals", cohort)
    schema = (cohort / "schema.toml").read_text("utf-8")
    (cohort / "schema.toml").write_text(schema.replace("heart_four_hospitals", "moved", 1), "utf-8")
    header, *rows = (cohort / "cohort.csv").read_text("utf-8").splitlines()
    ids = [row.partition(",")[0] for row in rows]
    values = [row.partition(",")[2] for row in rows]
    moved = [f"{one},{rest}" for one, rest in zip([*ids[1:], ids[0]], values, strict=True)]
    (cohort / "cohort.csv").write_text("\n".join([header, *moved]) + "\n", "utf-8")
    bundle = tmp_path / "models" / "heart-moved"
    shutil.copytree(BUILT_IN / "models" / "heart-xgboost", bundle)
    facts = (bundle / "bundle.toml").read_text("utf-8")
    facts = facts.replace('"heart-xgboost"', '"heart-moved"', 1)
    facts = facts.replace('"heart_four_hospitals"', '"moved"')
    (bundle / "bundle.toml").write_text(facts, "utf-8")
    files = {p.name: p.read_bytes() for p in bundle.iterdir() if p.name != MANIFEST}
    (bundle / MANIFEST).write_bytes(write_manifest(files))
    with pytest.raises(BundleError, match="training patients could pass for held-out ones"):
        Workspace(tmp_path).open_study("heart-moved")


def test_a_bundle_under_another_name_than_its_own_is_refused(root: Path) -> None:
    """Prevents two addresses for one model, and one address for two."""
    with pytest.raises(BundleError, match="bear the model's name, 'heart-xgboost'"):
        Workspace(root).model_facts("heart-xgboost-2")


def test_a_built_in_name_cannot_be_taken(tmp_path: Path) -> None:
    """Prevents a model of unknown origin from passing for ours."""
    shutil.copytree(BUILT_IN / "models" / "heart-forest", tmp_path / "models" / "heart-xgboost")
    shutil.copytree(BUILT_IN / "nmes_1988", tmp_path / "cohorts" / "heart_four_hospitals")
    mine = Workspace(tmp_path)
    assert mine.model_names().count("heart-xgboost") == 1
    for load in (mine.model_facts, mine.load_bundle, mine.open_study):
        with pytest.raises(BundleError, match="built-in"):
            load("heart-xgboost")
    with pytest.raises(CohortError, match="built-in"):
        mine.load_cohort("heart_four_hospitals")


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../models",
        "/etc",
        "a/b",
        "models",
        "recipes",
        "HEART-XGBOOST",
        "a\x00b",
        "~",
    ],
)
def test_hostile_and_unknown_names_are_answered_with_what_there_is(root: Path, name: str) -> None:
    """Prevents a name on the command line from leading out of the directory."""
    mine = Workspace(root)
    with pytest.raises(NotFoundError, match="diabetes-xgboost"):
        mine.load_bundle(name)
    with pytest.raises(NotFoundError, match="nhanes_2017_2018"):
        mine.load_cohort(name)


def test_directories_with_odd_names_or_without_the_marker_are_not_listed(root: Path) -> None:
    for name in (".hidden", "With Space", "draft"):
        (root / "models" / name).mkdir()
    (root / "models" / ".hidden" / "bundle.toml").write_text("")
    (root / "models" / "With Space" / "bundle.toml").write_text("")
    (root / "models" / "file").write_text("")
    assert Workspace(root).model_names() == tuple(
        sorted([*Workspace().model_names(), "heart-xgboost-2"])
    )


def test_a_study_holds_only_patients_the_model_was_not_trained_on(workspace: Workspace) -> None:
    study = workspace.open_study("heart-xgboost")
    bundle = workspace.load_bundle("heart-xgboost")
    assert study.cohort.patient_ids == bundle.test_patient_ids
    assert set(study.reference.patient_ids) <= set(bundle.test_patient_ids)
    assert study.threshold == bundle.facts.threshold
    assert study.outcome == bundle.facts.outcome
    assert study.model.digest == bundle.facts.digest
    assert not np.isnan(study.risk).any()


def test_the_reference_is_a_seeded_draw(workspace: Workspace) -> None:
    first = workspace.open_study("heart-xgboost", n_reference=50, seed=1)
    again = workspace.open_study("heart-xgboost", n_reference=50, seed=1)
    other = workspace.open_study("heart-xgboost", n_reference=50, seed=2)
    assert first.reference.digest == again.reference.digest != other.reference.digest
    assert len(first.reference) == len(set(first.reference.patient_ids)) == 50
    everybody = workspace.open_study("heart-xgboost", n_reference=10_000)
    assert everybody.reference.patient_ids == everybody.cohort.patient_ids


def test_no_reference_is_refused(workspace: Workspace) -> None:
    with pytest.raises(SettingsError, match="at least one"):
        workspace.open_study("heart-xgboost", n_reference=0)


def test_a_patient_trained_on_cannot_be_opened(workspace: Workspace) -> None:
    study = workspace.open_study("heart-xgboost")
    cohort = workspace.load_cohort("heart_four_hospitals")
    trained_on = next(p for p in cohort.patient_ids if p not in set(study.cohort.patient_ids))
    with pytest.raises(NotFoundError, match="held-out"):
        study.rows_of([trained_on])


def test_new_models_go_to_the_users_directory(root: Path) -> None:
    assert Workspace(root).new_model_directory("mine") == root / "models" / "mine"
    with pytest.raises(BundleError, match="built-in"):
        Workspace(root).new_model_directory("heart-xgboost")
    for workspace, name in ((Workspace(), "mine"), (Workspace(root), "../mine")):
        with pytest.raises(SettingsError, match="plain name"):
            workspace.new_model_directory(name)


def test_importing_loads_no_heavy_library() -> None:
    """Prevents `pellucid models` from waiting for libraries it does not use."""
    script = (
        "import sys, explainers, explainers.workspace\n"
        "from explainers.workspace import Workspace\n"
        "[Workspace().model_facts(name) for name in Workspace().model_names()]\n"
        "heavy = ('shap', 'lime', 'xgboost', 'sklearn', 'skops', 'plotly')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_a_negative_seed_is_refused(workspace: Workspace) -> None:
    with pytest.raises(SettingsError, match="0 or more"):
        workspace.open_study("heart-xgboost", seed=-1)


def test_a_cohort_written_anew_is_in_another_state(root: Path) -> None:
    """Prevents a server from showing patients that were corrected on disk since."""
    mine, path = Workspace(root), root / "cohorts" / "my-heart" / "cohort.csv"
    before = mine.cohort_state("my-heart")
    assert mine.cohort_state("my-heart") == before
    path.write_text(path.read_text("utf-8").replace(",55,", ",56,", 1), "utf-8")
    assert mine.cohort_state("my-heart") != before
