"""Every benchmark runs, so that none is found broken on the day its figures are wanted."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from benchmarks.comparison import OURS, Comparison
from benchmarks.counterfactuals.comparison import OTHER_QUESTIONS, compare_counterfactuals
from benchmarks.group_tables import compare_group_tables
from benchmarks.label_choice import measure_label_choice
from benchmarks.local_linear import compare_lime
from benchmarks.screens.one_patient import compare_one_patient
from benchmarks.screens.ready import compare_ready
from benchmarks.sizes import Sizes
from benchmarks.tree_shap.comparison import compare_cohorts, compare_large
from benchmarks.tree_shap.growth import measure_growth

pytestmark = pytest.mark.usefixtures("here")


def contenders(comparison: Comparison) -> list[str]:
    return [line.contender for line in comparison.lines]


def test_cohort_shap_puts_ours_first_and_agrees_with_the_peers(tiny: Sizes) -> None:
    """Prevents a table that praises speed at values that are not the same."""
    path_dependent, interventional = compare_cohorts(tiny)
    assert contenders(path_dependent)[0] == OURS
    assert set(contenders(path_dependent)[2:]) == {"xgboost pred_contribs", "shap"}
    assert contenders(interventional)[2:] == ["shap"]
    for comparison in (path_dependent, interventional):
        notes = [line.note for line in comparison.lines[2:]]
        assert not [note for note in notes if "too much" in note]
        assert all(line.cost.cpu_seconds > 0 for line in comparison.lines)
    scaled = {line.contender for line in path_dependent.lines if line.is_scaled}
    assert scaled == {"xgboost pred_contribs", "shap"}


def test_a_large_cohort_is_held_to_its_memory(tiny: Sizes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.tree_shap.comparison.LARGE_MODEL", (3, 2))
    (comparison,) = compare_large(tiny)
    (ours,) = comparison.lines
    assert ours.aim is not None
    assert ours.aim.is_met == (ours.cost.peak_megabytes <= 1_500)


def test_group_tables_are_made_from_rows_and_from_sums(tiny: Sizes) -> None:
    (comparison,) = compare_group_tables(tiny)
    assert contenders(comparison) == [OURS, f"{OURS}, from sums"]
    assert all(line.cost.cpu_seconds > 0 for line in comparison.lines)


def test_label_choice_is_measured_to_its_last_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, with few patients: that the figures are of a whole answer."""
    monkeypatch.setattr("benchmarks.label_choice.N_TRAINED", 400)
    cost, found = measure_label_choice(2_000, 0)
    assert cost.cpu_seconds > 0
    assert found.endswith("shares released")


def test_growth_is_measured_for_everything_that_is_varied(
    tiny: Sizes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.tree_shap.growth.N_TREES", 3)
    points = list(measure_growth(tiny))
    assert {point.varied for point in points} == {"patients", "trees", "depth"}
    assert len({point.contender for point in points}) == 3


def test_lime_gives_the_weights_of_the_package(tiny: Sizes) -> None:
    single, many = compare_lime(tiny)
    assert contenders(single) == [OURS, "lime"]
    for comparison in (single, many):
        aim = comparison.lines[1].aim
        assert aim is not None
        assert aim.is_met


def test_counterfactuals_are_judged_without_a_peer(tiny: Sizes) -> None:
    (comparison,) = compare_counterfactuals(tiny)
    assert contenders(comparison) == [OURS, *OTHER_QUESTIONS]
    assert comparison.lines[0].note.startswith("answered")


def test_screens_are_made_ready_from_memory_and_from_files(
    tiny: Sizes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.screens.ready.N_REPEATS", 1)
    (comparison,) = compare_ready(tiny)
    assert contenders(comparison) == [OURS, f"{OURS}, files read too"]


def test_everything_on_the_patient_screen_is_timed(tiny: Sizes) -> None:
    clicked, kept = compare_one_patient(tiny)
    for name in ("prediction", "exact SHAP", "LIME", "similar-risk count", "group validity rows"):
        assert name in contenders(clicked)
    for comparison in (clicked, kept):
        whole, *parts = (line.cost.cpu_seconds for line in comparison.lines)
        assert whole == pytest.approx(sum(parts))


@pytest.fixture(autouse=True)
def _same_environment() -> Iterator[None]:
    """LIME's benchmark sets the number of threads of processes to come."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
