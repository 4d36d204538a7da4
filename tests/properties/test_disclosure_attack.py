"""An attacker who reads every screen about one cohort, and what may not follow from them all.

Each published figure becomes an equation on how many people are in which group, with which outcome,
between which thresholds. Integer programming then asks for the least and the most that every small
count could be: nobody may learn that it lies between 1 and 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from explainers.checks import Inspection
from explainers.checks.group_found_less import GroupFoundLess
from explainers.checks.group_miscalibrated import GroupMiscalibrated
from explainers.checks.missingness import MissingnessPredictsOutcome
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
    Slice,
    Study,
)
from explainers.disclosure import SMALLEST_CELL, Decision
from explainers.performance.curves import NoCurve, risk_distribution, roc_curve
from explainers.performance.risk_bins import RiskBins
from explainers.subgroups import compare_groups
from explainers.subgroups.disaggregation import estimate_everybody
from explainers.subgroups.released_thresholds import released_thresholds, snap_threshold
from explainers.subgroups.representation import (
    compare_missingness,
    compare_representation,
    described_patients,
)
from explainers.subgroups.threshold_counts import count_by_threshold
from explainers.subgroups.thresholds import PER, try_thresholds
from explainers.uncertainty import proportion_interval

LEVELS = {"first": ("a", "b", "c"), "second": ("u", "v")}
CHOICES: tuple[tuple[str, ...], ...] = (("first",), ("second",), ("first", "second"))
# All other metrics give away the same counts, by the families they reveal.
SLUGS = ("prevalence", "sensitivity", "specificity", "ppv", "npv")
EVENT, OTHER, UNLABELLED = 0, 1, 2
DECLARED, ASKED = 0.5, (0.31, 0.56)
MOST_PEOPLE = 5000.0
LINK = Link("probability")
RISK, EXTRA = Column("risk", "Risk", "number"), Column("extra", "Extra", "number")


@dataclass(frozen=True)
class ColumnModel:
    """Its prediction is the column ``risk``."""

    name: str = "column"
    version: str = "1"
    family: str = "test"
    digest: str = "0"
    columns: tuple[Column, ...] = (RISK, EXTRA)
    link: Link = LINK
    feature_names: tuple[str, ...] = ("risk", "extra")

    def score(self, matrix: np.ndarray) -> np.ndarray:
        return matrix[:, 0]

    def predict_risk(self, frame: pd.DataFrame) -> np.ndarray:
        return frame["risk"].to_numpy(dtype=np.float64)


def draw_patients(seed: int, n: int, *, share_unlabelled: float = 0.0) -> pd.DataFrame:
    """Patients in groups of very different size, with risks of 20 levels that say something."""
    rng = np.random.default_rng(seed)
    patients = pd.DataFrame(
        {
            name: rng.choice(levels, n, p=rng.dirichlet([0.7] * len(levels)))
            for name, levels in LEVELS.items()
        }
    )
    is_ill = rng.random(n) < rng.choice([0.15, 0.3, 0.5])
    drawn = rng.beta(2, 3, n) + rng.choice([0.0, 0.25]) * is_ill
    patients["risk"] = (np.clip(drawn, 0.02, 0.98) * 20).round() / 20 + 0.01
    patients["risk"] = patients["risk"].clip(0.01, 0.99)
    patients["extra"] = np.where(rng.random(n) < 0.15, np.nan, 1.0)
    patients["ill"] = np.where(is_ill, "yes", "no")
    patients.loc[rng.random(n) < share_unlabelled, "ill"] = None
    return patients


def study_of(patients: pd.DataFrame) -> Study:
    """The model on these patients, at the declared threshold."""
    frame = patients.copy()
    frame.index = pd.Index([f"p{row}" for row in range(len(frame))])
    for name, levels in LEVELS.items():
        frame[name] = pd.Categorical(frame[name], categories=list(levels))
    frame["ill"] = pd.Categorical(frame["ill"], categories=["no", "yes"])
    columns = [Column(n, n, "category", role="attribute", levels=LEVELS[n]) for n in LEVELS]
    schema = Schema(
        CohortFacts("made-up", "Made up", ""),
        "patient",
        (RISK, EXTRA, Column("ill", "Ill", "yes_no", role="outcome"), *columns),
        (Outcome("ill", "Ill", "are ill", "now", (Condition("ill", equals="yes"),)),),
        tuple(Grouping(n, n, n, levels[0], levels) for n, levels in LEVELS.items()),
    )
    cohort = Cohort(frame, schema)
    return Study(ColumnModel(), cohort, cohort.select(["p0"]), "ill", DECLARED)


@dataclass
class Attacker:
    """Equations on counts by both attributes, outcome, risk and whether a value is missing.

    Attributes
    ----------
    edges : tuple of float
        Every threshold at which anything is counted.
    """

    patients: pd.DataFrame
    edges: tuple[float, ...]
    rows: list[np.ndarray] = field(default_factory=list)
    totals: list[float] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, ...]:
        n_gaps = 2 if self.patients["extra"].isna().any() else 1
        return (*(len(levels) for levels in LEVELS.values()), 3, len(self.edges) + 1, n_gaps)

    @cached_property
    def truth(self) -> np.ndarray:
        """How many people there really are in each cell."""
        kind = self.patients["ill"].map({"yes": EVENT, "no": OTHER}).fillna(UNLABELLED)
        at = [pd.Categorical(self.patients[n], categories=LEVELS[n]).codes for n in LEVELS]
        between = np.searchsorted(self.edges, self.patients["risk"], side="right")
        gap = self.patients["extra"].isna().to_numpy().astype(int)
        counts = np.zeros(self.shape)
        np.add.at(counts, (*at, kind.to_numpy(dtype=int), between, gap), 1)
        return counts.ravel()

    def people(
        self,
        conditions: Mapping[str, str],
        kinds: Iterable[int] = (EVENT, OTHER),
        risks: tuple[float, float] = (0.0, 1.0),
        gap: int | None = None,
    ) -> np.ndarray:
        """Which cells a set of people is made of."""
        mask = np.zeros(self.shape)
        groups = [
            [levels.index(conditions[name])] if name in conditions else list(range(len(levels)))
            for name, levels in LEVELS.items()
        ]
        low, high = (0.0, *self.edges), (*self.edges, 1.0)
        bins = [at for at in range(len(low)) if risks[0] <= low[at] and high[at] <= risks[1]]
        gaps = list(range(self.shape[-1])) if gap is None else [gap]
        mask[np.ix_(*groups, list(kinds), bins, gaps)] = 1.0
        return mask.ravel()

    def learn(self, who: np.ndarray, total: float) -> None:
        assert round(total) == pytest.approx(who @ self.truth, abs=1e-6), "a wrong equation"
        self.rows.append(who)
        self.totals.append(float(round(total)))

    def learn_estimate(
        self, conditions: Mapping[str, str], estimate: Estimate, threshold: float
    ) -> None:
        """What a statistic of a group, or the reason for its absence, gives away."""
        if estimate.n is None or estimate.n_events is None:
            return
        self.learn(self.people(conditions), estimate.n)
        self.learn(self.people(conditions, [EVENT]), estimate.n_events)
        above, below = (threshold, 1.0), (0.0, threshold)
        if estimate.value is None:
            if "is flagged" in estimate.reason:
                side = above if "Nobody" in estimate.reason else below
                self.learn(self.people(conditions, risks=side), 0)
            return
        if estimate.metric == "sensitivity":
            found = estimate.value * estimate.n_events
            self.learn(self.people(conditions, [EVENT], above), found)
        if estimate.metric == "specificity":
            spared = estimate.value * (estimate.n - estimate.n_events)
            self.learn(self.people(conditions, [OTHER], below), spared)
        if estimate.metric in ("ppv", "npv"):
            side, kind = (above, EVENT) if estimate.metric == "ppv" else (below, OTHER)
            among = denominator(estimate)
            self.learn(self.people(conditions, risks=side), among)
            self.learn(self.people(conditions, [kind], side), estimate.value * among)

    def table_with(self, who: np.ndarray, sign: float) -> np.ndarray:
        """A table that fits all equations and has the most (1) or the fewest (-1) such people."""
        rows, totals = self.equations()
        solved = milp(
            -sign * who,
            constraints=LinearConstraint(rows, totals, totals) if len(rows) else (),
            bounds=Bounds(0.0, MOST_PEOPLE),
            integrality=np.ones(len(who)),
        )
        assert solved.success, solved.message
        return np.asarray(solved.x.round())

    def equations(self) -> tuple[np.ndarray, np.ndarray]:
        """All that was learnt, each equation once."""
        known = {row.tobytes(): at for at, row in enumerate(self.rows)}
        kept = list(known.values())
        return np.array(self.rows)[kept], np.array(self.totals)[kept]

    def pinned(self, targets: Iterable[tuple[object, np.ndarray]]) -> list[tuple[object, float]]:
        """Small counts that are sure to be of 1 to 10 people."""
        truth, found = self.truth, []
        small = {
            who.tobytes(): (name, who) for name, who in targets if 0 < who @ truth < SMALLEST_CELL
        }
        while small:
            name, who = small.pop(next(iter(small)))
            tables = [self.table_with(who, 1.0)]
            if who @ tables[0] < SMALLEST_CELL:
                tables.append(self.table_with(who, -1.0))
            if all(is_small(who @ table) for table in tables):
                found.append((name, who @ truth))
            # A table that clears one count clears others on the way.
            small = {
                key: one
                for key, one in small.items()
                if all(is_small(one[1] @ table) for table in tables)
            }
        return found


def is_small(value: float) -> bool:
    return 0.5 < value < SMALLEST_CELL - 0.5


def denominator(estimate: Estimate) -> int:
    """How many patients a published share rests on, found from its interval alone."""
    for among in range(1, (estimate.n or 0) + 1):
        successes = round((estimate.value or 0.0) * among)
        if abs(successes / among - (estimate.value or 0.0)) < 1e-12:
            limits = proportion_interval(successes, among)
            if (limits.low, limits.high) == (estimate.low, estimate.high):
                return among
    pytest.fail("a published share must rest on some number of patients")


def every_group() -> list[dict[str, str]]:
    """Everybody, each group of one attribute and each of both."""
    choices = [[None, *levels] for levels in LEVELS.values()]
    return [
        {name: label for name, label in zip(LEVELS, chosen, strict=True) if label}
        for chosen in product(*choices)
    ]


def read_groups_screen(attacker: Attacker, study: Study, by: tuple[str, ...]) -> None:
    """Every table by these attributes, at the declared threshold and at those somebody tries."""
    snapped = [snap_threshold(study, wanted, by) for wanted in ASKED]
    for threshold in (DECLARED, *snapped, ASKED[0]):
        tried = study.with_threshold(threshold)
        for table in compare_groups(tried, by, SLUGS):
            attacker.learn_estimate({}, table.overall, threshold)
            for place, estimate in table.groups:
                attacker.learn_estimate(dict(place.conditions), estimate, threshold)


def read_laboratory(attacker: Attacker, study: Study, by: str) -> None:
    """People per 1,000 at every threshold on offer, and the counts behind decision curves."""
    counts = count_by_threshold(study, by)
    for threshold in counts.thresholds:
        for row in try_thresholds(counts, threshold):
            conditions, n = dict(row.place.conditions), row.found.n or 0
            sides = [(EVENT, 1), (EVENT, 0), (OTHER, 1), (OTHER, 0)]
            for (kind, is_above), people in zip(sides, row.people, strict=True):
                side = (threshold, 1.0) if is_above else (0.0, threshold)
                who = attacker.people(conditions, [kind], side)
                attacker.learn(who, (people.value or 0.0) * n / PER)
    for place, bins in ((Slice(), counts.everybody), *counts.groups):
        if isinstance(bins, RiskBins):
            learn_bins(attacker, dict(place.conditions), bins.edges, bins.events, bins.others)


def learn_bins(
    attacker: Attacker,
    conditions: Mapping[str, str],
    edges: np.ndarray,
    events: np.ndarray,
    others: np.ndarray,
) -> None:
    for at, side in enumerate(pairwise(edges)):
        attacker.learn(attacker.people(conditions, [EVENT], side), events[at])
        attacker.learn(attacker.people(conditions, [OTHER], side), others[at])


def read_model_screen(attacker: Attacker, study: Study) -> None:
    """Performance, histogram and ROC of everybody."""
    for estimate in estimate_everybody(study, SLUGS):
        attacker.learn_estimate({}, estimate, study.threshold)
    bars = risk_distribution(study.labels, study.risk, threshold=study.threshold)
    learn_bins(attacker, {}, bars.edges, bars.events, bars.non_events)
    roc = roc_curve(study.labels, study.risk, threshold=study.threshold)
    if not isinstance(roc, NoCurve):
        is_event = study.labels == 1.0
        falling = count_by_threshold(study).everybody
        assert isinstance(falling, RiskBins)
        for at, edge in enumerate(falling.edges[::-1]):
            above = (float(edge), 1.0)
            attacker.learn(attacker.people({}, [EVENT], above), roc.y[at] * is_event.sum())
            attacker.learn(attacker.people({}, [OTHER], above), roc.x[at] * (~is_event).sum())


def thresholds_of(study: Study) -> tuple[float, ...]:
    """Every threshold at which any screen counts."""
    edges = {DECLARED, *ASKED}
    for by in ((), *CHOICES):
        edges |= {*released_thresholds(study, by)}
    everybody = count_by_threshold(study).everybody
    if isinstance(everybody, RiskBins):
        edges |= {*everybody.thresholds}
    return tuple(sorted(edges))


@cache
def sides_of(edges: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    """Below and above each threshold, and between each two."""
    ends = (0.0, *edges, 1.0)
    return tuple((low, high) for low in ends for high in ends if low < high)


samples = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from((70, 150, 300, 600)))


@settings(max_examples=3, deadline=None)
@given(samples)
def test_no_small_count_follows_from_all_thresholds_and_both_attributes(
    sample: tuple[int, int],
) -> None:
    """Prevents two attribute selections or two thresholds from being subtracted."""
    patients = draw_patients(*sample).assign(extra=1.0)
    study = study_of(patients)
    attacker = Attacker(patients, thresholds_of(study))
    attacker.learn(attacker.people({}, [UNLABELLED]), 0)
    read_model_screen(attacker, study)
    for by in CHOICES:
        read_groups_screen(attacker, study, by)
    for name in LEVELS:
        read_laboratory(attacker, study, name)
    read_checks(attacker, study)
    targets = (
        ((conditions, kinds, side), attacker.people(conditions, kinds, side))
        for conditions in every_group()
        for kinds in ((EVENT,), (OTHER,), (EVENT, OTHER))
        for side in sides_of(attacker.edges)
    )
    assert attacker.pinned(targets) == []


@settings(max_examples=5, deadline=None)
@given(samples, st.sampled_from((0.01, 0.03, 0.1)))
def test_no_small_count_follows_from_who_is_in_the_data(
    sample: tuple[int, int], share_unlabelled: float
) -> None:
    """Prevents patients without an outcome or a value from being counted by subtraction."""
    patients = draw_patients(*sample, share_unlabelled=share_unlabelled)
    study = study_of(patients)
    attacker = Attacker(patients, (DECLARED,))
    for by in CHOICES:
        for table in compare_groups(study, by, SLUGS):
            attacker.learn_estimate({}, table.overall, DECLARED)
            for place, estimate in table.groups:
                attacker.learn_estimate(dict(place.conditions), estimate, DECLARED)
    for name in LEVELS:
        read_representation(attacker, study, name)
    for finding in MissingnessPredictsOutcome().run(Inspection(study)).findings:
        for gap, estimate in zip((1, 0), finding.evidence[:2], strict=True):
            attacker.learn(attacker.people({}, gap=gap), estimate.n or 0)
            attacker.learn(attacker.people({}, [EVENT], gap=gap), estimate.n_events or 0)
    kinds = ((EVENT,), (OTHER,), (EVENT, OTHER), (UNLABELLED,), (EVENT, OTHER, UNLABELLED))
    targets = (
        ((conditions, kind, gap), attacker.people(conditions, kind, gap=gap))
        for conditions in every_group()
        for kind in kinds
        for gap in (None, *range(attacker.shape[-1]))
    )
    assert attacker.pinned(targets) == []


def read_representation(attacker: Attacker, study: Study, by: str) -> None:
    """Shares of the groups, and of those who lack a value."""
    described = described_patients(study)
    for row in compare_representation(described, by, described, outcome=study.outcome):
        who = attacker.people({by: row.place.label}, row_kinds(study))
        if row.share.n is not None and row.share.n_events is not None:
            attacker.learn(who, row.share.n_events)
            attacker.learn(attacker.people({}, row_kinds(study)), row.share.n)
    for _, table in compare_missingness(study, by):
        for place, estimate in ((Slice(), table.overall), *table.groups):
            own = dict(place.conditions)
            if estimate.n is not None and estimate.n_events is not None:
                attacker.learn(attacker.people(own, row_kinds(study)), estimate.n)
                attacker.learn(attacker.people(own, row_kinds(study), gap=1), estimate.n_events)


def row_kinds(study: Study) -> tuple[int, ...]:
    return (EVENT, OTHER) if study.is_labelled.any() else (UNLABELLED,)


def test_the_attacker_succeeds_where_thresholds_are_not_snapped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An attacker that never succeeds would prove nothing."""
    patients = draw_patients(0, 600).assign(extra=1.0)
    study = study_of(patients)
    assert attack_two_thresholds(study, patients) == []
    monkeypatch.setattr(Decision, "hiding_flags", lambda self, **_: self)
    assert attack_two_thresholds(study, patients) != []


def attack_two_thresholds(study: Study, patients: pd.DataFrame) -> list[tuple[object, float]]:
    """Read the groups by one attribute at the declared threshold and at one just beside it."""
    attacker = Attacker(patients, (DECLARED, 0.5125))
    for threshold in attacker.edges:
        for table in compare_groups(study.with_threshold(threshold), ["first"], SLUGS):
            for place, estimate in ((Slice(), table.overall), *table.groups):
                attacker.learn_estimate(dict(place.conditions), estimate, threshold)
    return attacker.pinned(
        ((label, kind), attacker.people({"first": label}, [kind], attacker.edges))
        for label in LEVELS["first"]
        for kind in (EVENT, OTHER)
    )


def read_checks(attacker: Attacker, study: Study) -> None:
    """Evidence of the checks on groups."""
    for check in (GroupFoundLess(), GroupMiscalibrated()):
        for finding in check.run(Inspection(study)).findings:
            name, _, label = finding.affected.partition(": ")
            for estimate in finding.evidence:
                own = {name: label} if not estimate.metric.endswith("_gap") else {}
                if estimate.metric != "sensitivity_gap":
                    attacker.learn_estimate(own, estimate, study.threshold)
