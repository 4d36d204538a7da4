from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import dashboard.__main__ as program
from dashboard.commands.options import directory, names, positive_integer

COMMANDS = (
    "serve",
    "models",
    "train",
    "explain",
    "explain-cohort",
    "groups",
    "labels",
    "check",
    "validate",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        program.main([command, "--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert f"pellucid {command}" in shown.split("examples:")[1]
    assert "--workspace DIR" in shown


@pytest.mark.parametrize("command", ["models", "train", "explain", "groups", "check", "validate"])
def test_every_command_that_answers_can_answer_a_program(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        program.main([command, "--help"])
    assert "--json" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["explain"], ["groups", "a"]])
def test_bad_use_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        program.main(arguments)
    assert stop.value.code == 2
    assert "usage: pellucid" in capsys.readouterr().err


def test_an_interruption_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("dashboard.commands.models.run", interrupt)
    assert program.main(["models"]) == 130
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


def run_unread(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command whose reader has gone already."""
    reading, writing = os.pipe()
    os.close(reading)
    finished = subprocess.run(
        [sys.executable, "-m", "dashboard", *arguments],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    return finished


def test_a_reader_that_leaves_early_sees_no_traceback(ward: Path) -> None:
    finished = run_unread("models", "--workspace", str(ward))
    assert finished.returncode == 141
    assert finished.stderr == b""


def test_a_refused_cohort_never_looks_like_success(ward: Path) -> None:
    """Prevents `pellucid validate FILE | head` under `set -o pipefail` from saying yes."""
    folder = ward / "cohorts" / "ward"
    cohort, schema = folder / "cohort.csv", folder / "schema.toml"
    cohort.write_text(cohort.read_text().replace("p000,", "p000,elderly-", 1))
    assert run_unread("validate", str(cohort), "--schema", str(schema)).returncode == 141


def test_a_terminal_without_unicode_does_not_stop_the_command(ward: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "dashboard", "models", "--workspace", ward],
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
        capture_output=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def test_names_are_split_and_repeats_dropped() -> None:
    assert names("race, sex,race") == ("race", "sex")
    with pytest.raises(argparse.ArgumentTypeError):
        names(" , ")


def test_a_count_is_at_least_one() -> None:
    assert positive_integer("3") == 3
    with pytest.raises(argparse.ArgumentTypeError):
        positive_integer("0")


def test_a_directory_stays_the_same_when_the_server_changes_its_own() -> None:
    assert directory("ward").is_absolute()
    assert "~" not in str(directory("~/ward"))


def test_errors_of_the_library_never_show_a_traceback(pellucid: Callable[..., object]) -> None:
    answer = pellucid("explain", "no-such-model")
    assert answer.code == 2  # type: ignore[attr-defined]
    assert answer.err.startswith("pellucid: there is no model of that name")  # type: ignore[attr-defined]
