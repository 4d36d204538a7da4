"""Codes among true values: found as heaps, and told from caps, peaks, round numbers and doses."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.checks.heaps import find_heaps

N = 4000


def ages(share: float, code: float) -> np.ndarray:
    rng = np.random.default_rng(1)
    values = rng.normal(58.0, 12.0, N).round()
    return np.where(rng.random(N) < share, code, values)


@pytest.mark.parametrize(("code", "share"), [(99.0, 0.01), (88.0, 0.02), (77.0, 0.05)])
def test_a_code_among_true_values_is_found(code: float, share: float) -> None:
    """Prevents a code from passing as a value because somebody may really have it."""
    assert find_heaps(ages(share, code), 10) == [code]


def test_a_code_that_few_have_is_not_named() -> None:
    """Prevents one patient's own value from being shown."""
    assert find_heaps(ages(0.0005, 99.0), 10) == []


def test_values_converted_from_other_units_are_looked_at() -> None:
    """Prevents uneven gaps of a conversion from hiding a code."""
    coarse = np.random.default_rng(2).normal(60.0, 8.0, N).round()
    values = np.where(np.arange(N) % 10 == 0, 88.0, (1.6 * coarse).round())
    assert find_heaps(values, 1) == [88.0]


def draw(kind: str, rng: np.random.Generator) -> np.ndarray:
    narrow = rng.normal(88.0, 8.0, N)
    return {
        "peak": narrow.round(),
        "even": (narrow / 2.0).round() * 2.0,
        "round numbers": np.where(
            rng.random(N) < 0.3, (narrow / 5.0).round() * 5.0, narrow.round()
        ),
        "whole numbers": np.where(rng.random(N) < 0.4, narrow.round(), narrow.round(1)),
        "cap in the tail": np.minimum(rng.normal(80.0, 12.0, N).round(), 99.0),
        "cap in the middle": np.minimum(rng.normal(99.0, 15.0, N).round(), 99.0),
        "saturation": np.minimum((101.0 - rng.exponential(3.0, N)).round(), 100.0),
        "doses": rng.choice([25.0, 50.0, 75.0, 88.0, 100.0, 112.0, 125.0], N),
        "long tail": rng.lognormal(4.3, 0.5, N).round(),
        "coarser": (0.9 * rng.normal(90.0, 12.0, N).round()).round(),
        "finer": (1.6 * rng.normal(60.0, 8.0, N).round()).round(),
        "constant": np.full(N, 99.0),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "peak",
        "even",
        "round numbers",
        "whole numbers",
        "cap in the tail",
        "cap in the middle",
        "saturation",
        "doses",
        "long tail",
        "coarser",
        "finer",
        "constant",
    ],
)
def test_what_recurs_for_reasons_of_its_own_is_no_code(kind: str) -> None:
    """Prevents false alarms where a usual code is an ordinary value."""
    rng = np.random.default_rng(3)
    assert [found for _ in range(20) if (found := find_heaps(draw(kind, rng), 1))] == []
