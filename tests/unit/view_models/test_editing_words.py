"""What is said about entered values: what is taken, what is refused, and what nobody has."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dashboard.view_models.editing import bounds_note, edit_warnings, no_answer, refusals
from explainers.core import Column
from explainers.reliability import EditedPatient, StrainedPair

HEIGHT = Column("height", "Height", "number", unit="cm", valid_range=(40, 180), decimals=1)
AGE = Column("age", "Age", "integer", unit="years", valid_range=(18, 100))
HEALTH = Column("health", "Health", "category", levels=("Good", "Poor"))
COLUMNS = (HEIGHT, AGE, HEALTH)
GAPS = frozenset({"height"})


def unescaped(text: str) -> str:
    return text.replace("\\", "").replace("\N{WORD JOINER}", "")


def edited(*pairs: StrainedPair, new: tuple[str, ...] = (), share: float = 0.5) -> EditedPatient:
    return EditedPatient(
        changed=("height",),
        new=new,
        unseen_gaps=(),
        pairs=pairs,
        combination_share_before=0.6,
        combination_share=share,
        n_fitted=2507,
    )


def test_range_has_its_unit_and_the_record_stands_beside_it() -> None:
    assert unescaped(bounds_note(HEIGHT, 171.04)) == "40 to 180 cm. Recorded: 171.0 cm."
    assert unescaped(bounds_note(HEALTH, 1.0)) == "Recorded: Poor."
    assert unescaped(bounds_note(HEIGHT, math.nan)) == "40 to 180 cm. Recorded: not measured."


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"height": 300.0}, ("Height takes 40 to 180 cm", "300 cm was entered", "Enter a value")),
        ({"height": -1e300}, ("40 to 180 cm", "was entered")),
        ({"age": 40.5}, ("whole numbers", "40.5", "Enter 40 or 41")),
        ({"age": None}, ("Age is known of each", "cannot be left out", "Enter a value")),
        ({"health": None}, ("cannot be left out",)),
    ],
)
def test_a_refusal_says_the_rule_the_value_and_what_to_do(
    changes: dict[str, float | str | None], told: tuple[str, ...]
) -> None:
    ((name, sentence),) = refusals(changes, COLUMNS, GAPS).items()
    assert name == next(iter(changes))
    for words in told:
        assert words in unescaped(sentence)


def test_what_the_model_can_be_asked_about_is_not_refused() -> None:
    fine = {"height": None, "age": 100, "health": "Good"}
    assert refusals(fine, COLUMNS, GAPS) == {}
    assert refusals({"height": 40, "age": 18.0}, COLUMNS, GAPS) == {}


def test_no_answer_names_every_input_that_stands_in_its_way() -> None:
    assert "Height and Age cannot" in unescaped(no_answer({"age", "height"}, COLUMNS))


def test_a_strained_pair_says_what_was_left_as_recorded_and_how_rare_it_is() -> None:
    row = np.array([60.0, 80.0, 0.0])
    pair = StrainedPair("height", "age", 0.3, 4.2, 0.001)
    (line,) = edit_warnings(edited(pair), row, COLUMNS)
    assert unescaped(line).startswith("**Height 60.0 cm** beside **Age 80 years**, which was left")
    assert "0.1% of the 2,507 patients" in line
    assert edit_warnings(edited(), row, COLUMNS) == ()


def test_many_pairs_are_counted_and_not_all_named() -> None:
    row = np.array([60.0, 80.0, 0.0])
    pairs = [StrainedPair("height", "age", 0.3, 4.2, 0.001)] * 5
    lines = edit_warnings(edited(*pairs, new=("height",), share=0.01), row, COLUMNS)
    assert "Beyond any patient" in lines[0]
    assert sum("beside" in line for line in lines) == 3
    assert any("2 more pairs" in line for line in lines)
    assert "1.0% of the 2,507" in lines[-1]
