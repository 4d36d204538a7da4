from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import dashboard.commands.explain_cohort as command
from dashboard.commands.progress import ProgressLine, describe_progress
from explainers.attribution.store import open_store

Pellucid = Callable[..., Any]

KEYS = [
    "model",
    "attributor",
    "scale",
    "input",
    "directory",
    "complete",
    "n_patients",
    "n_parts",
    "n_already_done",
    "importance",
]


@pytest.fixture
def cohort(ward: Path) -> Path:
    return ward / "cohorts" / "ward" / "cohort.csv"


def test_other_programs_get_the_agreed_entries(
    pellucid: Pellucid, cohort: Path, tmp_path: Path
) -> None:
    arguments = ("explain-cohort", "ward-logistic", "--cohort", str(cohort), "--json")
    answer = pellucid(*arguments, "--out", str(tmp_path / "out"), "--chunk-rows", "50")
    assert answer.code == 0, answer.err
    assert answer.err == ""
    told = answer.json
    assert list(told) == KEYS
    assert (told["attributor"], told["scale"], told["complete"]) == (
        "linear-shap",
        "log-odds",
        True,
    )
    assert (told["n_patients"], told["n_parts"], told["n_already_done"]) == (240, 5, 0)
    assert [entry["feature"] for entry in told["importance"]] == ["age_years", "pulse_bpm"]
    again = pellucid(*arguments, "--out", str(tmp_path / "out"))
    assert again.json == {**told, "n_already_done": 240}


def test_the_store_and_explain_tell_the_same(
    pellucid: Pellucid, cohort: Path, ward: Path, tmp_path: Path
) -> None:
    """Prevents a patient's reasons from differing between the two commands."""
    patient = (ward / "models" / "ward-logistic" / "test_patients.csv").read_text().split()[1]
    arguments = ("ward-logistic", "--scale", "log-odds", "--reference", "20", "--seed", "3")
    one = pellucid("explain", *arguments, "--patient", patient, "--json").json
    out = str(tmp_path / "out")
    pellucid("explain-cohort", *arguments, "--cohort", str(cohort), "--out", out)
    found = open_store(tmp_path / "out").patient(patient)
    reasons = {entry["feature"]: entry["attribution"] for entry in one["reasons"]}
    stored = dict(zip(found.feature_names, found.values[0], strict=True))
    assert stored == pytest.approx(reasons, abs=1e-12)
    assert found.prediction[0] == pytest.approx(one["prediction"], abs=1e-12)
    assert found.baseline[0] == pytest.approx(one["baseline"], abs=1e-12)


def test_parquet_gives_the_same_parts_as_csv(
    pellucid: Pellucid, cohort: Path, tmp_path: Path
) -> None:
    """Prevents the code 999 from being explained as a pulse when it comes as a number."""
    table = pyarrow.csv.read_csv(cohort)
    pq.write_table(table, tmp_path / "ward.parquet")
    for name, path in (("a", cohort), ("b", tmp_path / "ward.parquet")):
        out = str(tmp_path / name)
        answer = pellucid("explain-cohort", "ward-logistic", "--cohort", str(path), "--out", out)
        assert answer.code == 0, answer.err
    one, other = (next(open_store(tmp_path / name).iter_chunks()) for name in "ab")
    assert one.patient_ids == other.patient_ids
    assert one.values.tobytes() == other.values.tobytes()
    assert one.prediction.tobytes() == other.prediction.tobytes()


def test_people_get_a_summary(pellucid: Pellucid, cohort: Path, tmp_path: Path) -> None:
    arguments = ("explain-cohort", "ward-logistic", "--cohort", str(cohort))
    shown = pellucid(*arguments, "--out", str(tmp_path / "out")).out
    assert "Patients   240\n" in shown
    assert "linear-shap, on the log-odds scale" in shown
    assert "age_years" in shown
    again = pellucid(*arguments, "--out", str(tmp_path / "out")).out
    assert "240, 240 of them by an earlier run" in again


def test_a_single_patient_has_reasons_and_no_mean(
    pellucid: Pellucid, cohort: Path, tmp_path: Path
) -> None:
    path = tmp_path / "one.csv"
    path.write_text("\n".join(cohort.read_text().splitlines()[:2]))
    arguments = ("explain-cohort", "ward-logistic", "--cohort", str(path))
    answer = pellucid(*arguments, "--out", str(tmp_path / "out"), "--json")
    assert (answer.json["n_patients"], answer.json["importance"]) == (1, [])
    assert "mean size" not in pellucid(*arguments, "--out", str(tmp_path / "out")).out


def test_a_faulty_cohort_is_a_no_and_leaves_nothing(
    pellucid: Pellucid, cohort: Path, tmp_path: Path
) -> None:
    path = tmp_path / "faulty.csv"
    path.write_text(cohort.read_text().replace("p003,", "p002,"))
    out = tmp_path / "out"
    answer = pellucid("explain-cohort", "ward-logistic", "--cohort", str(path), "--out", str(out))
    assert answer.code == 1
    assert "row 5, column id: a patient id may stand in one row only (got 'p002')" in answer.err
    assert [each.name for each in out.iterdir()] == [".lock"]
    assert pellucid(
        "explain-cohort", "ward-logistic", "--cohort", str(cohort), "--out", str(out)
    ).code == 0  # fmt: skip


def test_another_setting_for_the_same_directory_is_bad_use(
    pellucid: Pellucid, cohort: Path, tmp_path: Path
) -> None:
    arguments = ("explain-cohort", "ward-logistic", "--cohort", str(cohort))
    out = ("--out", str(tmp_path / "out"))
    assert pellucid(*arguments, *out).code == 0
    answer = pellucid(*arguments, *out, "--seed", "4")
    assert answer.code == 2
    assert "settings seed was 0 and is 4" in answer.err


def test_an_interruption_says_how_to_go_on(
    pellucid: Pellucid, cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command._Watch, "update", interrupt)
    arguments = ("--cohort", str(cohort), "--out", str(tmp_path / "out"))
    answer = pellucid("explain-cohort", "ward-logistic", *arguments)
    assert answer.code == 130
    assert answer.err == "pellucid: interrupted; run the same command again to go on\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_counts_the_rate_of_this_process_only() -> None:
    """Prevents a remaining time that takes an earlier run's patients for fast ones."""
    terminal = Terminal()
    seconds = iter([0.0, 10.0, 10.1, 20.0])
    line = ProgressLine(terminal, lambda: next(seconds))
    for n_done in (500, 600, 601, 1_000):
        line.update("explaining", n_done, 1_000)
    line.close()
    shown = [each.rstrip() for each in terminal.getvalue().split("\r")[1:]]
    assert shown == [
        "explaining [############............] 500 of 1,000 patients",
        "explaining [##############..........] 600 of 1,000 patients  10/s  0:40 left",
        "explaining [########################] 1,000 of 1,000 patients  25/s",
    ]
    assert terminal.getvalue().endswith("\n")


def test_progress_is_for_terminals_only() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)
    line.update("checking", 5, None)
    line.close()
    assert stream.getvalue() == ""


def test_progress_says_what_it_knows() -> None:
    assert describe_progress("checking", 20_000, None, 1e5) == (
        "checking   20,000 patients  100,000/s"
    )
    assert describe_progress("explaining", 1, 7_201, 1.0).endswith("2:00:00 left")
