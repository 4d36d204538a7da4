from __future__ import annotations

import json
import math

import numpy as np
import pytest

from dashboard.commands.output import to_strict, write_error, write_json, write_table


def test_json_never_holds_nan_which_other_programs_cannot_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_json({"a": math.nan, "b": [np.float64(np.inf), np.float64(1.5)], "c": np.int64(3)})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5], "c": 3}


def test_json_is_ascii_so_that_no_terminal_can_spoil_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_json({"unit": "kg/m²"})
    written = capsys.readouterr().out
    assert written.isascii()
    assert json.loads(written) == {"unit": "kg/m²"}


def test_values_keep_their_types() -> None:
    assert to_strict((True, None, "a", 1, np.bool_(0))) == [True, None, "a", 1, False]


def test_numbers_are_aligned_to_the_right_and_words_to_the_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_table(("name", "risk"), [("age", "+0.25"), ("pulse", "-0.0125")])
    assert capsys.readouterr().out == (
        "name      risk\n"
        "age      +0.25\n"
        "pulse  -0.0125\n"
    )  # fmt: skip


def test_a_table_without_rows_still_has_its_headings(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(("name", "risk"), [])
    assert capsys.readouterr().out == "name  risk\n"


def test_errors_go_to_standard_error_with_the_programs_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_error("no such model")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "pellucid: no such model\n")
