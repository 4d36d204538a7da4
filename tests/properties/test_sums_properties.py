"""Sums of parts must be, bit for bit, the sums of all patients together."""

from __future__ import annotations

import json
import math
from functools import reduce

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from explainers.core.exact_sum import ZERO, sum_exactly
from explainers.performance.discrimination import estimate_auroc, estimate_average_precision
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.metrics import METRICS
from explainers.performance.risk_sums import RiskSums, standard_edges, sum_risks
from explainers.performance.summed_metrics import estimate_from_sums

THRESHOLD = 0.3
EDGES = standard_edges([THRESHOLD])
SETTINGS = MetricSettings(THRESHOLD)
finite = st.floats(
    allow_nan=False, allow_infinity=False, width=64, min_value=-1e300, max_value=1e300
)
seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, n: int) -> LabelledRisk:
    """Patients with risks of every size, some of them tied, some at an edge."""
    rng = np.random.default_rng(seed)
    risk = rng.beta(0.3, 0.5, n)
    risk[rng.random(n) < 0.3] = rng.choice([0.0, THRESHOLD, 0.5, 1.0])
    return LabelledRisk(rng.random(n) < 0.4, risk)


def summed(patients: LabelledRisk) -> RiskSums:
    (own,) = sum_risks(patients, np.zeros(len(patients), dtype=np.int64), 1, EDGES)
    return own


def written(sums: RiskSums) -> str:
    bins = sums.known_bins.to_dict()
    return json.dumps([sums.events.to_dict(), sums.others.to_dict(), bins])


@settings(max_examples=60, deadline=None)
@given(st.lists(finite, max_size=40), seeds)
def test_numbers_add_up_to_the_same_in_any_order_and_any_parts(
    numbers: list[float], seed: int
) -> None:
    """Adding doubles gives another last digit for another order."""
    rng = np.random.default_rng(seed)
    values = rng.permutation(np.array(numbers, dtype=np.float64))
    parts = sum_exactly(values, rng.integers(0, 4, len(values)), 4)
    total = reduce(lambda a, b: a + b, rng.permutation(np.array(parts, dtype=object)), ZERO)
    (pooled,) = sum_exactly(np.array(numbers), np.zeros(len(numbers), dtype=np.int64), 1)
    assert total == pooled
    assert float(total) == math.fsum(numbers)


@settings(max_examples=40, deadline=None)
@given(seeds, st.integers(1, 200), st.integers(1, 6))
def test_merged_parts_are_the_pooled_patients_bit_for_bit(seed: int, n: int, n_parts: int) -> None:
    """Hospitals that report in another order would give the board another figure."""
    patients, rng = drawn(seed, n), np.random.default_rng(seed)
    parts = list(sum_risks(patients, rng.integers(0, n_parts, n), n_parts, EDGES))
    pooled = summed(patients)
    for _ in range(2):
        rng.shuffle(parts)
        assert written(reduce(RiskSums.__add__, parts)) == written(pooled)
    for metric in METRICS:
        merged = estimate_from_sums(metric.slug, reduce(RiskSums.__add__, parts), SETTINGS)
        assert merged == estimate_from_sums(metric.slug, pooled, SETTINGS)


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(8, 300))
def test_what_bins_hide_is_within_the_bounds_stated(seed: int, n: int) -> None:
    """The AUROC and the average precision of the patients lie where the bins say they must."""
    patients = drawn(seed, n)
    coarse = summed(patients).known_bins.coarsened(np.array([0.0, *EDGES[50:-50:40], 1.0]))
    sums = summed(patients)
    binned = RiskSums(sums.events, sums.others, coarse)
    for slug, exact in (
        ("auroc", estimate_auroc(patients, SETTINGS)),
        ("average_precision", estimate_average_precision(patients, SETTINGS)),
    ):
        found = estimate_from_sums(slug, binned, SETTINGS)
        if exact.value is not None and found.low is not None and found.high is not None:
            assert found.low - 1e-12 <= exact.value <= found.high + 1e-12
