"""Dependence in bins: means of the right patients, apart for the right partner, nobody alone."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.attribution.dependence import bin_dependence
from explainers.core import Attribution, Column, Provenance
from explainers.errors import SettingsError, UnsupportedError

COLUMNS = (
    Column("age", "Age", "number"),
    Column("sex", "Sex", "category", levels=("women", "men")),
    Column("site", "Site", "category", levels=("a", "b", "c", "d")),
)


def made(values: np.ndarray, own: np.ndarray) -> Attribution:
    n = len(values)
    return Attribution(
        values,
        np.zeros(n),
        values.sum(axis=1),
        "log-odds",
        tuple(column.name for column in COLUMNS),
        tuple(map(str, range(n))),
        "made-up",
        is_exact=True,
        provenance=Provenance("m", "c", "made-up", 0),
        feature_values=own,
    )


@pytest.fixture(scope="module")
def crossed() -> Attribution:
    """The contribution of age is age for women and minus age for men."""
    rng = np.random.default_rng(0)
    age, sex = rng.uniform(-1, 1, 900), rng.integers(0, 2, 900).astype(float)
    own = np.column_stack([age, sex, rng.integers(0, 3, 900)])
    values = np.zeros((900, 3))
    values[:, 0] = np.where(sex == 0, age, -age)
    return made(values, own)


def test_the_lines_part_as_the_model_was_made(crossed: Attribution) -> None:
    """Prevents the partner's levels from being swapped, and bins from mixing them."""
    found = bin_dependence(crossed, COLUMNS, "age", partner="sex")
    assert [series.label for series in found.series] == ["women", "men"]
    np.testing.assert_allclose(found.series[0].mean, found.series[0].x, atol=1e-12)
    np.testing.assert_allclose(found.series[1].mean, -found.series[1].x, atol=1e-12)


def test_without_a_partner_every_mark_is_a_plain_mean(crossed: Attribution) -> None:
    found = bin_dependence(crossed, COLUMNS, "age")
    series = found.series[0]
    assert found.feature == "age"
    assert series.n.sum() == found.n == 900
    assert np.average(series.mean, weights=series.n) == pytest.approx(crossed.values[:, 0].mean())
    assert np.average(series.x, weights=series.n) == pytest.approx(
        np.asarray(crossed.feature_values)[:, 0].mean()
    )


def test_the_interval_is_that_of_a_mean(crossed: Attribution) -> None:
    found = bin_dependence(crossed, COLUMNS, "sex")
    own = np.asarray(crossed.feature_values)
    women = crossed.values[own[:, 1] == 0, 1]
    error = women.std(ddof=1) / np.sqrt(len(women))
    assert found.series[0].high[0] - found.series[0].mean[0] == pytest.approx(1.959964 * error)


def test_thirds_of_a_number_hold_a_third_each(crossed: Attribution) -> None:
    found = bin_dependence(crossed, COLUMNS, "sex", partner="age")
    assert [series.label for series in found.series] == ["low", "middle", "high"]
    assert [int(series.n.sum()) for series in found.series] == [300, 300, 300]


def test_no_mark_is_of_fewer_than_eleven_and_a_small_level_is_not_left_over() -> None:
    """Prevents a level with three patients from being all patients less those drawn."""
    own = np.column_stack(
        [np.arange(400.0), np.zeros(400), np.repeat([0, 1, 2, 3], [300, 67, 30, 3])]
    )
    found = bin_dependence(made(np.ones((400, 3)), own), COLUMNS, "site")
    assert found.series[0].x.tolist() == [0.0, 1.0]
    assert found.n_hidden == 33
    rng = np.random.default_rng(3)
    own[:, 0] = rng.exponential(size=400)
    for feature, partner in (("age", "site"), ("age", "sex"), ("site", "age")):
        table = bin_dependence(made(np.ones((400, 3)), own), COLUMNS, feature, partner=partner)
        assert all((series.n >= 11).all() for series in table.series)


def test_what_was_not_measured_is_counted_and_not_drawn(crossed: Attribution) -> None:
    own = np.array(crossed.feature_values)
    own[:100, 0] = np.nan
    own[100:150, 1] = np.nan
    found = bin_dependence(made(np.array(crossed.values), own), COLUMNS, "age", partner="sex")
    assert (found.n, found.n_missing, found.n_hidden) == (800, 100, 50)
    assert sum(int(series.n.sum()) for series in found.series) == 750
    assert len(found.to_frame()) == sum(len(series.x) for series in found.series)


def test_spread_runs_over_all_series(crossed: Attribution) -> None:
    found = bin_dependence(crossed, COLUMNS, "age", partner="sex")
    both = np.concatenate([series.mean for series in found.series])
    assert found.spread == pytest.approx(both.max() - both.min())


def test_what_cannot_be_drawn_is_refused(crossed: Attribution) -> None:
    with pytest.raises(SettingsError, match="another one"):
        bin_dependence(crossed, COLUMNS, "age", partner="age")
    with pytest.raises(SettingsError, match="feature of the model"):
        bin_dependence(crossed, COLUMNS, "nothing")
    blank = made(np.zeros((50, 3)), np.full((50, 3), np.nan))
    with pytest.raises(UnsupportedError, match="fewer than 11"):
        bin_dependence(blank, COLUMNS, "age")
