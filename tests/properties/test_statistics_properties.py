"""Statistics that must hold for any patients, and an attacker on what is published of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from explainers.core import (
    Cohort,
    CohortFacts,
    Column,
    Condition,
    Estimate,
    Grouping,
    Link,
    Outcome,
    Schema,
    Study,
    SubgroupTable,
)
from explainers.disclosure import SMALLEST_CELL, merge_small_bins
from explainers.performance.metrics import METRICS, estimate_metric
from explainers.subgroups import compare_groups
from explainers.uncertainty import newcombe_interval, proportion_interval

COUNT_METRICS = ("prevalence", "auroc", "sensitivity", "specificity", "ppv", "npv")
# Every count that a reader might want: which of TP, FN, FP and TN it adds up.
SUMS = {
    "n": (1, 1, 1, 1),
    "events": (1, 1, 0, 0),
    "others": (0, 0, 1, 1),
    "TP": (1, 0, 0, 0),
    "FN": (0, 1, 0, 0),
    "FP": (0, 0, 1, 0),
    "TN": (0, 0, 0, 1),
    "flagged": (1, 0, 1, 0),
    "unflagged": (0, 1, 0, 1),
}
LEVELS = {"first": ("a", "b", "c", "d", "e"), "second": ("u", "v", "w")}
LINK = Link("probability")
RISK = Column("risk", "Risk", "number")

counts = st.one_of(st.integers(0, 13), st.integers(8, 25), st.integers(0, 60))
cells = st.tuples(counts, counts, counts, counts)


@dataclass(frozen=True)
class ColumnModel:
    """Its prediction is the column ``risk``."""

    name: str = "column"
    version: str = "1"
    family: str = "test"
    digest: str = "0"
    columns: tuple[Column, ...] = (RISK,)
    link: Link = LINK
    feature_names: tuple[str, ...] = ("risk",)

    def score(self, matrix: np.ndarray) -> np.ndarray:
        return matrix[:, 0]

    def predict_risk(self, frame: pd.DataFrame) -> np.ndarray:
        return frame["risk"].to_numpy(dtype=np.float64)


def study_of(groups: dict[tuple[str, ...], tuple[int, int, int, int]]) -> Study:
    """A study in which each group has the given TP, FN, FP and TN at a threshold of 0.5."""
    names = tuple(LEVELS)[: len(next(iter(groups)))]
    rows = [
        (*key, "yes" if kind < 2 else "no", 0.9 if kind in (0, 2) else 0.1)
        for key, own in groups.items()
        for kind in range(4)
        for _ in range(own[kind])
    ]
    frame = pd.DataFrame(rows, columns=[*names, "ill", "risk"])
    frame.index = pd.Index([f"p{row}" for row in range(len(frame))])
    used = {name: tuple(dict.fromkeys(key[at] for key in groups)) for at, name in enumerate(names)}
    for name in names:
        frame[name] = pd.Categorical(frame[name], categories=list(used[name]))
    columns = [Column(n, n, "category", role="attribute", levels=LEVELS[n]) for n in names]
    schema = Schema(
        CohortFacts("made-up", "Made up", ""),
        "patient",
        (RISK, Column("ill", "Ill", "yes_no", role="outcome"), *columns),
        (Outcome("ill", "Ill", "are ill", "now", (Condition("ill", equals="yes"),)),),
        tuple(Grouping(n, n, n, used[n][0], used[n]) for n in names),
    )
    cohort = Cohort(frame, schema)
    return Study(ColumnModel(), cohort, cohort.select(["p0"]), "ill", 0.5)


def denominator(estimate: Estimate) -> int:
    """How many patients a published share rests on, found from its interval alone."""
    for among in range(1, (estimate.n or 0) + 1):
        successes = round(estimate.value * among)
        if abs(successes / among - estimate.value) < 1e-12:
            limits = proportion_interval(successes, among)
            if (limits.low, limits.high) == (estimate.low, estimate.high):
                return among
    pytest.fail("a published share must rest on some number of patients")


def flags_of(estimate: Estimate) -> dict[str, int]:
    """Counts by flag that a published estimate, or the reason for its absence, gives away."""
    if estimate.value is None:
        reasons = {"Nobody here is flagged": "flagged", "Everybody here is flagged": "unflagged"}
        return {name: 0 for words, name in reasons.items() if words in estimate.reason}
    if estimate.metric == "sensitivity":
        return {"TP": round(estimate.value * estimate.n_events)}
    if estimate.metric == "specificity":
        return {"TN": round(estimate.value * (estimate.n - estimate.n_events))}
    if estimate.metric in ("ppv", "npv"):
        among = denominator(estimate)
        names = ("flagged", "TP") if estimate.metric == "ppv" else ("unflagged", "TN")
        return {names[0]: among, names[1]: round(estimate.value * among)}
    return {}


class Reader:
    """Knows every published estimate, and bounds the counts behind the hidden ones."""

    def __init__(self, keys: list[tuple[str, ...]], names: tuple[str, ...]) -> None:
        self.keys, self.names = keys, names
        self.rows: list[np.ndarray] = []
        self.totals: list[float] = []

    def row(self, conditions: dict[str, str], parts: tuple[int, ...]) -> np.ndarray:
        """Coefficients on the counts of all groups of one sum over the groups that fit."""
        fits = [
            all(key[self.names.index(name)] == label for name, label in conditions.items())
            for key in self.keys
        ]
        return np.outer(np.array(fits, dtype=float), parts).ravel()

    def learn(self, table: SubgroupTable) -> None:
        self.learn_one({}, table.overall)
        for place, estimate in table.groups:
            self.learn_one(dict(place.conditions), estimate)

    def learn_one(self, conditions: dict[str, str], estimate: Estimate) -> None:
        if estimate.n is None or estimate.n_events is None:
            return
        found = {"n": estimate.n, "events": estimate.n_events}
        for name, total in (found | flags_of(estimate)).items():
            self.rows.append(self.row(conditions, SUMS[name]))
            self.totals.append(float(total))

    def most(self, conditions: dict[str, str], name: str) -> float:
        """The largest whole number that a count can be, given all that was learned."""
        wanted = self.row(conditions, SUMS[name])
        n_patients = 2000.0
        rows = np.array(self.rows).reshape(-1, len(wanted))
        known = LinearConstraint(rows, self.totals, self.totals) if self.rows else ()
        solved = milp(
            -wanted,
            constraints=known,
            bounds=Bounds(0.0, n_patients),
            integrality=np.ones(len(wanted)),
        )
        assert solved.success
        return float(-solved.fun)


def attack(groups: dict[tuple[str, ...], tuple[int, int, int, int]]) -> None:
    """Read every table of these attributes, alone and crossed, and try to find small counts."""
    names = tuple(LEVELS)[: len(next(iter(groups)))]
    study = study_of(groups)
    reader = Reader(list(groups), names)
    for by in [[name] for name in names] + [list(names)] * (len(names) > 1):
        for table in compare_groups(study, by, COUNT_METRICS):
            reader.learn(table)
    labels = [[None, *dict.fromkeys(key[at] for key in groups)] for at in range(len(names))]
    truth = np.array(list(groups.values())).ravel()
    for chosen in product(*labels):
        conditions = {n: label for n, label in zip(names, chosen, strict=True) if label}
        for name, parts in SUMS.items():
            value = int(reader.row(conditions, parts) @ truth)
            if 0 < value < SMALLEST_CELL:
                assert reader.most(conditions, name) >= SMALLEST_CELL, (conditions, name, value)


@settings(max_examples=60, deadline=None)
@given(st.lists(cells, min_size=2, max_size=5))
def test_no_small_count_follows_from_a_table_by_one_attribute(
    rows: list[tuple[int, int, int, int]],
) -> None:
    """Whole-number reasoning from all that is shown cannot even tell that a count is small."""
    assume(np.sum(rows) > 0)
    attack({(LEVELS["first"][at],): row for at, row in enumerate(rows)})


@settings(max_examples=25, deadline=None)
@given(st.lists(cells, min_size=6, max_size=6))
def test_no_small_count_follows_from_crossed_tables_with_their_margins(
    rows: list[tuple[int, int, int, int]],
) -> None:
    """The tables of each attribute are published too, and add equations."""
    assume(np.sum(rows) > 0)
    keys = list(product(LEVELS["first"][:2], LEVELS["second"]))
    attack(dict(zip(keys, rows, strict=True)))


def test_the_attacker_finds_what_primary_suppression_alone_leaves_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An attacker that never succeeds would prove nothing."""
    groups = {("a",): (3, 2, 40, 40), ("b",): (40, 40, 40, 40), ("c",): (30, 30, 30, 30)}
    attack(groups)
    monkeypatch.setattr(
        "explainers.disclosure.suppression._protect", lambda _published, hidden, *_rest: hidden
    )
    with pytest.raises(AssertionError):
        attack(groups)


samples = st.integers(0, 2**32 - 1).flatmap(
    lambda seed: st.tuples(st.just(seed), st.integers(4, 120), st.integers(1, 3))
)


def drawn(seed: int, n: int, decimals: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels with both outcomes at least twice, and risks with ties."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.4).astype(float)
    labels[:4] = [0.0, 0.0, 1.0, 1.0]
    return labels, rng.random(n).round(decimals)


@settings(max_examples=40, deadline=None)
@given(samples)
def test_every_metric_is_estimated_with_its_interval_or_says_why_not(
    sample: tuple[int, int, int],
) -> None:
    """A NaN or an interval beside its value reaches the screen as a number."""
    labels, risk = drawn(*sample)
    for metric in METRICS:
        estimate = estimate_metric(metric.slug, labels, risk, 0.3)
        if estimate.is_estimated:
            assert np.isfinite([estimate.value, estimate.low, estimate.high]).all()
            assert estimate.low - 1e-9 <= estimate.high
        else:
            assert estimate.reason
        assert estimate.n == len(labels)


@settings(max_examples=40, deadline=None)
@given(samples)
def test_metrics_do_not_depend_on_the_order_of_patients(sample: tuple[int, int, int]) -> None:
    """A tie broken by row order makes a figure change when the file is sorted."""
    labels, risk = drawn(*sample)
    order = np.random.default_rng(0).permutation(len(labels))
    for metric in METRICS:
        first = estimate_metric(metric.slug, labels, risk, 0.3)
        second = estimate_metric(metric.slug, labels[order], risk[order], 0.3)
        assert (first.value is None) == (second.value is None)
        if first.value is not None:
            assert first.value == pytest.approx(second.value, rel=1e-7, abs=1e-9), metric.slug


@settings(max_examples=40, deadline=None)
@given(samples)
def test_auroc_mirrors_when_risks_or_labels_are_turned_round(
    sample: tuple[int, int, int],
) -> None:
    """Ties that count for one side only break the mirror."""
    labels, risk = drawn(*sample)
    assume(np.ptp(risk) > 0)
    value = estimate_metric("auroc", labels, risk, None).value
    assert estimate_metric("auroc", labels, 1 - risk, None).value == pytest.approx(1 - value)
    assert estimate_metric("auroc", 1 - labels, risk, None).value == pytest.approx(1 - value)
    assert estimate_metric("auroc", labels, risk**2, None).value == pytest.approx(value)


@given(st.integers(1, 400), st.floats(0, 1), st.floats(0.5, 0.999))
def test_proportion_intervals_contain_the_share_and_mirror(
    n: int, share: float, level: float
) -> None:
    successes = round(share * n)
    interval = proportion_interval(successes, n, level)
    mirrored = proportion_interval(n - successes, n, level)
    assert 0.0 <= interval.low <= successes / n <= interval.high <= 1.0
    assert (interval.low, interval.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low))


@given(st.integers(1, 200), st.integers(1, 200), st.floats(0, 1), st.floats(0, 1))
def test_newcombe_contains_the_difference_and_changes_sign(
    n_first: int, n_second: int, first: float, second: float
) -> None:
    """Swapping the groups swaps and negates the limits; a normal interval may leave [-1, 1]."""
    one, two = (round(first * n_first), n_first), (round(second * n_second), n_second)
    interval, swapped = newcombe_interval(one, two), newcombe_interval(two, one)
    difference = one[0] / one[1] - two[0] / two[1]
    assert -1.0 - 1e-9 <= interval.low <= difference + 1e-12
    assert difference - 1e-12 <= interval.high <= 1.0 + 1e-9
    assert (interval.low, interval.high) == pytest.approx((-swapped.high, -swapped.low))


@given(st.lists(st.tuples(counts, counts), max_size=30), st.integers(11, 40))
def test_merged_bins_are_never_small_and_lose_nobody(
    bins: list[tuple[int, int]], floor: int
) -> None:
    table = np.array(bins, dtype=np.int64).reshape(-1, 2)
    starts = merge_small_bins(table, floor)
    totals = table.sum(axis=0)
    if starts is None:
        assert ((totals > 0) & (totals < floor)).any()
        return
    if not len(table):
        return
    merged = np.add.reduceat(table, starts[:-1], axis=0)
    assert ((merged == 0) | (merged >= floor)).all()
    assert (merged.sum(axis=0) == totals).all()


def test_every_metric_that_reveals_flags_needs_the_threshold() -> None:
    """A metric at a threshold that is missing from suppression would leak TP, FN, FP or TN."""
    for metric in METRICS:
        assert "cases" in metric.reveals
        assert (len(metric.reveals) > 1) == metric.needs_threshold
