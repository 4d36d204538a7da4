"""The binned beeswarm: everybody once, nobody alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainers.attribution.contribution_bins import bin_contributions
from explainers.core import Attribution, Column, Provenance
from explainers.errors import SettingsError

COLUMNS = (
    Column("age", "Age", "number"),
    Column("site", "Site", "category", levels=("a", "b", "c")),
)


def made(values: np.ndarray, own: np.ndarray | None = None) -> Attribution:
    n, p = values.shape
    names = tuple(column.name for column in COLUMNS)[:p]
    return Attribution(
        values,
        np.zeros(n),
        values.sum(axis=1),
        "log-odds",
        names,
        tuple(map(str, range(n))),
        "made-up",
        is_exact=True,
        provenance=Provenance("m", "c", "made-up", 0),
        feature_values=own,
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(11, 400), st.integers(0, 10_000))
def test_every_mark_stands_for_eleven_or_nobody_and_all_are_counted(n: int, seed: int) -> None:
    """Prevents a mark from being somebody, and patients from getting lost in merging."""
    values = np.random.default_rng(seed).standard_t(2, size=(n, 2))
    spread = bin_contributions(made(values), COLUMNS)
    for bins in spread.inputs:
        assert bins.counts.sum() == n
        assert ((bins.counts == 0) | (bins.counts >= 11)).all()
        assert (np.diff(bins.edges) > 0).all()


def test_the_outermost_patient_cannot_be_read_off() -> None:
    """Prevents the end of a row from being one patient's contribution."""
    values = np.concatenate([np.linspace(-1, 1, 300), [9.7]])[:, None]
    bins = bin_contributions(made(values), COLUMNS).inputs[0]
    assert bins.edges[-1] <= 1.3
    further = values.copy()
    further[-1] = 10.3
    again = bin_contributions(made(further), COLUMNS).inputs[0]
    assert bins.typical == again.typical


def test_counts_are_those_of_a_histogram_where_bins_are_full() -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 1, size=(20_000, 1))
    bins = bin_contributions(made(values), COLUMNS).inputs[0]
    expected, _ = np.histogram(np.clip(values, bins.edges[0], None), bins.edges)
    np.testing.assert_array_equal(bins.counts, expected)


def test_the_colour_is_the_mean_rank_of_the_values() -> None:
    """Prevents high values from being coloured as low ones."""
    rng = np.random.default_rng(1)
    own = rng.permutation(1000).astype(float)[:, None]
    bins = bin_contributions(made(-own / 1000, own), COLUMNS).inputs[0]
    assert (np.diff(bins.mean_rank) < 0).all()
    assert np.average(bins.mean_rank, weights=bins.counts) == pytest.approx(0.5)


def test_values_without_an_order_and_values_not_measured_have_no_colour() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(500, 2))
    own = np.column_stack([np.full(500, np.nan), rng.integers(0, 3, 500)])
    for bins in bin_contributions(made(values, own), COLUMNS).inputs:
        assert np.isnan(bins.mean_rank).all()


def test_most_patients_lie_in_what_is_called_typical() -> None:
    values = np.random.default_rng(3).normal(size=(2000, 1))
    low, high = bin_contributions(made(values), COLUMNS).inputs[0].typical
    assert ((values >= low) & (values <= high)).mean() == pytest.approx(0.9, abs=0.005)


def test_the_largest_come_first_and_no_more_than_asked_for() -> None:
    values = np.random.default_rng(4).normal(size=(100, 2)) * [1.0, 3.0]
    spread = bin_contributions(made(values), COLUMNS, n_inputs=1)
    assert [bins.name for bins in spread.inputs] == ["site"]
    assert set(spread.to_frame()["feature"]) == {"site"}


def test_few_patients_have_no_spread() -> None:
    with pytest.raises(SettingsError, match="at least 11"):
        bin_contributions(made(np.ones((10, 1))), COLUMNS)
    with pytest.raises(SettingsError, match="at least 11"):
        bin_contributions(made(np.ones((50, 1))), COLUMNS, floor=5)


def test_contributions_that_are_all_the_same_are_one_mark() -> None:
    bins = bin_contributions(made(np.zeros((50, 1))), COLUMNS).inputs[0]
    assert bins.counts.tolist() == [50]
