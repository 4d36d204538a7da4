"""The search behind anchors: conditions a patient meets, put together by beam and KL-LUCB."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.encoding import format_value
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.uncertainty.wilson import proportion_interval

Comparison = Literal["at most", "above", "is", "not measured"]

_CUTS = (0.25, 0.5, 0.75)
_BISECTIONS = 30
# Precisions closer to each other than this need not be told apart (epsilon of LUCB).
_CLOSE_ENOUGH = 0.1
# A rule whose estimate is farther below the precision asked for is not examined further.
_HOPEFUL_WITHIN = 0.05


@dataclass(frozen=True)
class AnchorSettings:
    """How a rule is searched for.

    Attributes
    ----------
    precision : float
        Share of covered patients on the same side that a rule shall reach.
    confidence : float
        Confidence that it does, shared by all rules compared.
    max_conditions : int
    beam_width : int
        Rules that are made longer in each round.
    batch : int
        Patients invented at a time for one rule.
    most_samples : int
        Patients invented for one rule at most during the search.
    n_final : int
        Fresh patients for the precision that is reported.

    Raises
    ------
    SettingsError
        When a number lies outside its range.
    """

    precision: float = 0.95
    confidence: float = 0.95
    max_conditions: int = 4
    beam_width: int = 4
    batch: int = 50
    most_samples: int = 500
    n_final: int = 1000

    def __post_init__(self) -> None:
        for name in ("precision", "confidence"):
            if not 0.5 < getattr(self, name) < 1.0:
                raise SettingsError(
                    f"the {name} of an anchor must lie between 0.5 and 1",
                    value=getattr(self, name),
                )
        for name in ("max_conditions", "beam_width", "batch", "most_samples", "n_final"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} must be at least 1", value=getattr(self, name))


@dataclass(frozen=True)
class AnchorCondition:
    """One condition of a rule.

    Attributes
    ----------
    feature : str
    comparison : {"at most", "above", "is", "not measured"}
    value : float or None
        Encoded; None where it is "not measured".
    """

    feature: str
    comparison: Comparison
    value: float | None

    def in_words(self, column: Column) -> str:
        """The condition in the schema's words, such as ``Age above 53 years``."""
        if self.value is None:
            return f"{column.label} not measured"
        return f"{column.label} {self.comparison} {format_value(self.value, column)}"

    def holds(self, values: FloatArray) -> BoolArray:
        """Which encoded values (n,) of the feature meet it."""
        if self.value is None:
            return np.isnan(values)
        if self.comparison == "at most":
            return np.asarray(values <= self.value)
        if self.comparison == "above":
            return np.asarray(values > self.value)
        return np.asarray(values == self.value)


@dataclass(frozen=True)
class Rules:
    """All conditions that the patient meets, and what the reference patients make of them.

    Attributes
    ----------
    conditions : tuple of AnchorCondition, length c
    positions : ndarray of shape (c,)
        Encoded feature of each condition.
    is_met : ndarray of shape (m, c)
        Which reference patients meet which condition.
    is_above : bool
        The patient's side of the threshold.
    """

    conditions: tuple[AnchorCondition, ...]
    positions: IntArray
    is_met: BoolArray
    is_above: bool

    @classmethod
    def around(cls, study: Study, row: FloatArray) -> Rules:
        """The rules that an encoded patient (p,) meets."""
        conditions, positions, met_by = [], [], []
        for at, column in enumerate(study.model.columns):
            for condition in _conditions_of(row[at], study.matrix[:, at], column):
                met = condition.holds(study.reference_matrix[:, at])
                # A condition that everybody meets says nothing; one that nobody meets cannot be
                # sampled.
                if met.any() and not met.all():
                    conditions.append(condition)
                    positions.append(at)
                    met_by.append(met)
        m = len(study.reference_matrix)
        return cls(
            conditions=tuple(conditions),
            positions=np.array(positions, dtype=np.int64),
            is_met=np.array(met_by, dtype=bool).reshape(len(conditions), m).T,
            is_above=bool(study.predict(row[None, :], "risk")[0] >= study.threshold),
        )


def _conditions_of(own: float, values: FloatArray, column: Column) -> list[AnchorCondition]:
    """The conditions on one feature that the patient meets: quartile cuts, level, not measured."""
    if np.isnan(own):
        return [AnchorCondition(column.name, "not measured", None)]
    if not column.is_numeric:
        return [AnchorCondition(column.name, "is", float(own))]
    known = values[~np.isnan(values)]
    cuts = np.unique(np.quantile(known, _CUTS, method="inverted_cdf"))
    return [
        AnchorCondition(column.name, "at most" if own <= cut else "above", float(cut))
        for cut in cuts
    ]


@dataclass
class Search:
    """The beam search; counts of one round live in arrays, one place per rule."""

    study: Study
    rules: Rules
    settings: AnchorSettings
    rng: np.random.Generator

    def run(self) -> tuple[tuple[int, ...], int]:
        """The rule (positions of its conditions) and its hits among the fresh final patients."""
        best: tuple[int, ...] = ()
        beam, means = [best], self._hits([best], self.settings.n_final) / self.settings.n_final
        best_mean = float(means[0])
        for _ in range(self.settings.max_conditions + 1):
            precise = self._precise(beam, means)
            if precise:
                best = max(precise, key=self._coverage)
                break
            if means.max() > best_mean:
                best, best_mean = beam[int(means.argmax())], float(means.max())
            candidates = self._longer(beam)
            if not candidates:
                break
            beam, means = self._most_precise(candidates)
        # The rule was chosen by the draws so far; only new ones are free of that choice.
        return best, int(self._hits([best], self.settings.n_final)[0])

    def _precise(
        self, rules: Sequence[tuple[int, ...]], means: FloatArray
    ) -> list[tuple[int, ...]]:
        """The rules that reach the precision with confidence, looking only where they might."""
        hopeful = [
            rule
            for rule, mean in zip(rules, means, strict=True)
            if mean >= self.settings.precision - _HOPEFUL_WITHIN
        ]
        if not hopeful:
            return []
        finals = self._hits(hopeful, self.settings.n_final)
        return [rule for rule, hits in zip(hopeful, finals, strict=True) if self._is_precise(hits)]

    def _is_precise(self, hits: int) -> bool:
        low = proportion_interval(int(hits), self.settings.n_final, self.settings.confidence).low
        return low >= self.settings.precision

    def _coverage(self, rule: tuple[int, ...]) -> float:
        return float(covered_by(self.study, self.rules, rule).mean())

    def _longer(self, beam: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Each rule with one more condition; weaker conditions on the same side are left out."""
        found = {
            tuple(sorted((*rule, new)))
            for rule in beam
            for new in range(len(self.rules.conditions))
            if not any(self._same_kind(new, old) for old in rule)
        }
        return sorted(found)

    def _same_kind(self, first: int, second: int) -> bool:
        conditions = self.rules.conditions
        return (conditions[first].feature, conditions[first].comparison) == (
            conditions[second].feature,
            conditions[second].comparison,
        )

    def _most_precise(
        self, candidates: list[tuple[int, ...]]
    ) -> tuple[list[tuple[int, ...]], FloatArray]:
        """The most precise rules and their estimates, by KL-LUCB in batches.

        As many chosen rules and rivals as the beam is wide are sampled at a time, the weakest and
        the strongest by their bounds, since one call of the model costs more than its rows.
        """
        width = min(self.settings.beam_width, len(candidates))
        draws = np.full(len(candidates), self.settings.batch)
        hits = self._hits(candidates, self.settings.batch)
        level = np.log(len(candidates) / (1 - self.settings.confidence))
        while width < len(candidates):
            mean = hits / draws
            order = np.argsort(-mean, kind="stable")
            chosen, rivals = order[:width], order[width:]
            low = bernoulli_bound(mean, level / draws, upper=False)
            high = bernoulli_bound(mean, level / draws, upper=True)
            strongest = rivals[np.argsort(-high[rivals], kind="stable")][:width]
            if high[strongest[0]] - low[chosen].min() < _CLOSE_ENOUGH:
                break
            undecided = np.concatenate([chosen, strongest])
            undecided = undecided[draws[undecided] < self.settings.most_samples]
            if len(undecided) == 0:
                break
            rules = [candidates[at] for at in undecided]
            hits[undecided] += self._hits(rules, self.settings.batch)
            draws[undecided] += self.settings.batch
        best = np.argsort(-hits / draws, kind="stable")[:width]
        return [candidates[at] for at in best], (hits / draws)[best]

    def _hits(self, rules: Sequence[tuple[int, ...]], n: int) -> IntArray:
        """How many of n invented patients are on the patient's side, per rule."""
        invented = np.vstack([self._invent(rule, n) for rule in rules])
        is_above = self.study.predict(invented, "risk") >= self.study.threshold
        same = (is_above == self.rules.is_above).reshape(len(rules), n)
        return np.asarray(same.sum(axis=1), dtype=np.int64)

    def _invent(self, rule: tuple[int, ...], n: int) -> FloatArray:
        """Reference patients (n, p) made to meet the rule."""
        reference = self.study.reference_matrix
        drawn = self.rng.integers(len(reference), size=n)
        invented: FloatArray = reference[drawn].copy()
        for position in sorted({int(self.rules.positions[at]) for at in rule}):
            on_feature = [at for at in rule if self.rules.positions[at] == position]
            meets: BoolArray = np.asarray(self.rules.is_met[:, on_feature].all(axis=1))
            donors = np.flatnonzero(meets)
            breaks = np.flatnonzero(~meets[drawn])
            if len(donors):
                chosen = self.rng.choice(donors, len(breaks))
                invented[breaks, position] = reference[chosen, position]
        return invented


def covered_by(study: Study, rules: Rules, rule: tuple[int, ...]) -> BoolArray:
    """Which held-out patients (n,) meet the rule."""
    covered = np.ones(len(study.matrix), dtype=bool)
    for at in rule:
        covered &= rules.conditions[at].holds(study.matrix[:, rules.positions[at]])
    return covered


def bernoulli_bound(mean: FloatArray, level: FloatArray, *, upper: bool) -> FloatArray:
    """The value (k,) farthest from ``mean`` whose Bernoulli divergence stays within ``level``."""
    inner, outer = mean.copy(), np.full(mean.shape, 1.0 if upper else 0.0)
    for _ in range(_BISECTIONS):
        middle = (inner + outer) / 2
        within = _divergence(mean, middle) <= level
        inner, outer = np.where(within, middle, inner), np.where(within, outer, middle)
    return inner


def _divergence(p: FloatArray, q: FloatArray) -> FloatArray:
    """Kullback-Leibler divergence of Bernoulli distributions, elementwise."""
    p, q = np.clip(p, 1e-12, 1 - 1e-12), np.clip(q, 1e-12, 1 - 1e-12)
    return np.asarray(p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)), dtype=np.float64)
