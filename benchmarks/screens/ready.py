"""Until the screens can be looked at: ours beside the build of an explainerdashboard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import sample_data
from benchmarks.comparison import OURS, Comparison, Line, at_least, ratio
from benchmarks.made_up_patients import MODEL, draw_patients
from benchmarks.measurement import Cost, in_fresh_process, measure_work
from benchmarks.peer_environment import ask_peer, has_peers
from benchmarks.screens.pieces import show_first
from benchmarks.sizes import Sizes
from explainers.core import Cohort, Study
from explainers.intake.cohort_file import load_cohort
from explainers.intake.schema_file import load_schema
from explainers.models.bundle import load_bundle, save_bundle
from explainers.workspace import COHORT_FILE, SCHEMA_FILE, Workspace

COHORT = "made-up-patients"
OTHER = "diabetes-logistic"
TIMES = 50
# The aim is for this many patients; it is harder to meet for fewer.
AIMED_AT = 20_000
N_REPEATS = 3
SEED = 0
NOTE = (
    "Ours: all that the patient and the model screen show first, figures included, the simple model"
    " on the same patients too. explainerdashboard: ClassifierExplainer and ExplainerDashboard with"
    " their defaults. Both start from a model and patients in memory; the line below ours also"
    " reads and checks the cohort's CSV file and two model bundles, as the dashboard does."
)


def compare_ready(sizes: Sizes) -> Iterator[Comparison]:
    """One comparison for each number of patients."""
    for n in sizes.ready:
        with TemporaryDirectory() as directory:
            folder = Path(directory)
            in_fresh_process(write_workspace, folder, n)
            ours, from_files = in_fresh_process(_measure_here, folder)
            versions: dict[str, str] = {}
            lines = [
                Line(OURS, ours),
                Line(f"{OURS}, files read too", from_files, ratio=ratio(ours, from_files)),
            ]
            if has_peers():
                line, versions = _ask_peer(folder, ours, n)
                lines.append(line)
        title = f"ready to look at: {n:,} patients like those of the survey, 20 inputs"
        yield Comparison(title, tuple(lines), note=NOTE, versions=versions)


def write_workspace(folder: Path, n: int) -> None:
    """A cohort of so many held-out patients, the built-in model and its comparator on it.

    The patients lie there as arrays too, for the peer.
    """
    built_in = Path(sample_data.__file__).parent / "nhanes_2017_2018"
    own = folder / "cohorts" / COHORT
    own.mkdir(parents=True)
    text = (built_in / SCHEMA_FILE).read_text(encoding="utf-8")
    name = f'name = "{built_in.name}"'
    (own / SCHEMA_FILE).write_text(text.replace(name, f'name = "{COHORT}"', 1), encoding="utf-8")
    draw_patients(n, SEED).to_csv(own / COHORT_FILE)
    cohort = load_cohort(own / COHORT_FILE, load_schema(own / SCHEMA_FILE))
    for model in (MODEL, OTHER):
        bundle = Workspace().load_bundle(model)
        facts = replace(
            bundle.facts,
            name=f"{COHORT}-{model}",
            cohort=COHORT,
            training_cohort_digest=cohort.digest,
            n_test=n,
        )
        (content,) = (path for path in bundle.directory.iterdir() if path.stem == "model")
        directory = folder / "models" / facts.name
        save_bundle(directory, facts, content.read_bytes(), cohort.patient_ids)
        load_bundle(directory, cohort.schema)
    study = Workspace(folder).open_study(f"{COHORT}-{MODEL}")
    np.save(folder / "patients.npy", study.matrix)
    np.save(folder / "labels.npy", study.labels)
    shutil.copy(folder / "models" / f"{COHORT}-{MODEL}" / "model.ubj", folder / "model.ubj")


def _measure_here(folder: Path) -> tuple[Cost, Cost]:
    """From patients in memory, and from files."""
    workspace = Workspace()
    warm = workspace.open_study(MODEL)
    show_first(warm, workspace.open_study(OTHER), warm.cohort.patient_ids[0])
    study, other = _open(folder)
    _, in_memory = measure_work(lambda: _show(_anew(study), _anew(other)), N_REPEATS)
    _, from_files = measure_work(lambda: _show(*_open(folder)), N_REPEATS)
    return in_memory, from_files


def _open(folder: Path) -> tuple[Study, Study]:
    workspace = Workspace(folder)
    study, other = (workspace.open_study(f"{COHORT}-{name}") for name in (MODEL, OTHER))
    return study, other


def _anew(study: Study) -> Study:
    """The same study with nothing computed yet, the digest of its patients included."""
    return replace(study, cohort=Cohort(study.cohort.frame, study.cohort.schema))


def _show(study: Study, other: Study) -> None:
    show_first(study, other, study.cohort.patient_ids[0])


def _ask_peer(folder: Path, ours: Cost, n: int) -> tuple[Line, dict[str, str]]:
    names = [column.name for column in Workspace().load_bundle(MODEL).model.columns]
    answer = ask_peer("explainerdashboard", folder, names=names, n_jobs=1)
    aim = at_least(ours, answer.cost, TIMES) if n >= AIMED_AT else None
    line = Line("explainerdashboard", answer.cost, ratio=ratio(ours, answer.cost), aim=aim)
    return line, answer.versions
