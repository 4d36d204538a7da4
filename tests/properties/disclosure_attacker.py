"""An attacker who puts what is published about one cohort into equations.

Integer programming asks for the least and the most that every small count could be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd
import pytest
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
)
from explainers.disclosure import SMALLEST_CELL
from explainers.uncertainty import proportion_interval

LEVELS = {"first": ("a", "b", "c"), "second": ("u", "v")}
EVENT, OTHER, UNLABELLED = 0, 1, 2
DECLARED = 0.5
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


def draw_with_empty_crossings(seed: int, n: int) -> pd.DataFrame:
    """The same where nobody, or hardly anybody, is in a certain group of both attributes."""
    rng = np.random.default_rng(seed)
    patients = draw_patients(seed, n).assign(extra=1.0)
    for _ in range(rng.integers(1, 3)):
        first, second = (rng.choice(levels) for levels in LEVELS.values())
        (other,) = (label for label in LEVELS["second"] if label != second)
        is_both = (patients["first"] == first) & (patients["second"] == second)
        patients.loc[np.flatnonzero(is_both)[rng.integers(0, 3) :], "second"] = other
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


def attacker_of(patients: pd.DataFrame, edges: Iterable[float]) -> Attacker:
    """An attacker who knows that everybody has an outcome on record."""
    attacker = Attacker(patients, tuple(sorted(edges)))
    attacker.learn(attacker.people({}, [UNLABELLED]), 0)
    return attacker


def groups_between(
    attacker: Attacker,
    sides: Iterable[tuple[float, float]],
    kinds: Iterable[tuple[int, ...]] = ((EVENT,), (OTHER,), (EVENT, OTHER)),
) -> list[tuple[object, np.ndarray]]:
    """Everybody and each group, with each outcome, between risks: whom the attacker looks for."""
    return [
        ((conditions, kind, side), attacker.people(conditions, kind, side))
        for conditions in every_group()
        for kind in kinds
        for side in sides
    ]
