"""A bootstrap of patients that pass by in blocks."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.errors import SettingsError
from explainers.uncertainty.streamed_bootstrap import StreamedBootstrap

SIZES = (40, 40, 7)


def test_each_resample_draws_as_many_patients_as_there_are() -> None:
    """Blocks of fixed weight would be a stratified bootstrap, with intervals too narrow."""
    bootstrap = StreamedBootstrap.of(SIZES, 300, seed=0)
    weights = np.hstack([bootstrap.weights(block) for block in range(3)])
    np.testing.assert_array_equal(weights.sum(axis=1), 87)
    assert weights[:, :40].sum(axis=1).std() > 3


def test_means_vary_as_those_of_whole_resamples_do() -> None:
    """The standard error of a mean whose blocks differ is that of all patients together."""
    values = np.concatenate([np.zeros(40), np.ones(40), np.full(7, 5.0)])
    bootstrap = StreamedBootstrap.of(SIZES, 20_000, seed=1)
    weights = np.hstack([bootstrap.weights(block) for block in range(3)])
    means = weights @ values / 87
    assert means.mean() == pytest.approx(values.mean(), abs=0.005)
    assert means.std() == pytest.approx(values.std() / np.sqrt(87), rel=0.02)


def test_weights_are_repeatable_and_differ_between_blocks() -> None:
    bootstrap = StreamedBootstrap.of((30, 30), 100, seed=2)
    np.testing.assert_array_equal(bootstrap.weights(0), bootstrap.weights(0))
    assert (bootstrap.weights(0) != bootstrap.weights(1)).any()
    other = StreamedBootstrap.of((30, 30), 100, seed=3)
    assert (bootstrap.weights(0) != other.weights(0)).any()


def test_no_patient_and_too_few_resamples_are_refused() -> None:
    with pytest.raises(SettingsError, match="at least one patient"):
        StreamedBootstrap.of((0,), 100, seed=0)
    with pytest.raises(SettingsError, match="resamples"):
        StreamedBootstrap.of((10,), 10, seed=0)
