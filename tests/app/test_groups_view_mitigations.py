"""The mitigations part of the groups screen in its states."""

from __future__ import annotations

import pytest

from tests.app.pages import OpenPage, texts

BY_RACE = {"model": "diabetes-logistic", "groups_part": "mitigations"}


def test_nothing_is_computed_before_it_is_asked_for(open_page: OpenPage) -> None:
    app = open_page("groups", **BY_RACE)
    assert not app.exception
    assert not app.error
    assert any(button.key == "mitigation_start" for button in app.button)
    assert any("unlawful" in box.value for box in app.warning)
    assert not app.table


def test_every_group_is_shown_before_and_after(open_page: OpenPage) -> None:
    """A board that sees the group that gains, but not the one that pays, decides blindly."""
    app = open_page("groups", **BY_RACE)
    app.button(key="mitigation_start").click().run()
    app = app.run()
    assert not app.exception
    assert not app.error
    people = next(t.value for t in app.table if any("missed" in str(c) for c in t.value.columns))
    assert {"White", "Black", "Asian"} <= set(people.iloc[:, 0])
    assert "per 1,000" in " ".join(map(str, people.columns))
    shown = texts(app)
    assert "Of 1,000 patients of each group" in shown
    assert "Withheld" in shown
    everything = next(t.value for t in app.table if "Before" in t.value.columns)
    assert set(everything["Statistic"]) >= {"Observed / expected", "Calibration slope"}
    assert len(app.get("download_button")) == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"by_nhanes_2017_2018": "sex", "mitigation": "add-attribute"}, "an input of the model"),
        ({"by_nhanes_2017_2018": "race,sex"}, "Shown by Race or ethnicity alone"),
    ],
)
def test_what_does_not_apply_says_so(
    open_page: OpenPage, address: dict[str, str], words: str
) -> None:
    app = open_page("groups", **BY_RACE, **address)
    assert not app.exception
    assert words in texts(app)


def test_reweighing_needs_no_legal_note(open_page: OpenPage) -> None:
    """Its model does not look at the group; a warning on everything is read by nobody."""
    app = open_page("groups", **BY_RACE, mitigation="reweighing")
    assert not app.exception
    assert not app.warning
