"""Anchors: a rule that holds the model's answer for nearly all patients it covers.

Ribeiro, Singh and Guestrin (2018), AAAI 32: a beam search over conditions that the patient meets,
in which KL-LUCB (Kaufmann and Kalyanakrishnan 2013, COLT) decides which rules are worth sampling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from explainers.attribution.anchor_search import (
    AnchorCondition,
    AnchorSettings,
    Rules,
    Search,
    covered_by,
)
from explainers.core.arrays import BoolArray
from explainers.core.estimate import Estimate
from explainers.core.provenance import Provenance
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.disclosure.persons import floor_in_rows
from explainers.uncertainty.wilson import proportion_interval


@dataclass(frozen=True)
class Anchor:
    """A rule that the patient meets, and how far it holds.

    Attributes
    ----------
    conditions : tuple of AnchorCondition
        All must hold; empty where the model answers alike for nearly everybody.
    is_above : bool
        The side of the threshold that the rule holds: whether the risk is at or above it.
    precision : Estimate
        Share of invented patients who meet the rule and are on that side; fresh draws, not those
        of the search.
    coverage : Estimate
        Share of the held-out patients who meet the rule; suppressed where fewer than 11 do.
    observed_precision : Estimate
        Share on that side among the other held-out patients who meet the rule; suppressed where
        fewer than 11 do.
    is_anchor : bool
        Whether the lower limit of ``precision`` reaches the precision asked for; if not, the rule
        is the best one found and must be called so.
    settings : AnchorSettings
    provenance : Provenance
    """

    conditions: tuple[AnchorCondition, ...]
    is_above: bool
    precision: Estimate
    coverage: Estimate
    observed_precision: Estimate
    is_anchor: bool
    provenance: Provenance
    settings: AnchorSettings = field(default_factory=AnchorSettings)

    def in_words(self, columns: Sequence[Column]) -> tuple[str, ...]:
        """The conditions in the schema's words."""
        by_name = {column.name: column for column in columns}
        return tuple(
            condition.in_words(by_name[condition.feature]) for condition in self.conditions
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        estimates = ("precision", "coverage", "observed_precision")
        return {
            "conditions": [asdict(condition) for condition in self.conditions],
            "is_above": self.is_above,
            **{name: getattr(self, name).to_dict() for name in estimates},
            "is_anchor": self.is_anchor,
            "settings": asdict(self.settings),
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Anchor:
        """Inverse of :meth:`to_dict`."""
        return cls(
            conditions=tuple(AnchorCondition(**entry) for entry in record["conditions"]),
            is_above=record["is_above"],
            precision=Estimate.from_dict(record["precision"]),
            coverage=Estimate.from_dict(record["coverage"]),
            observed_precision=Estimate.from_dict(record["observed_precision"]),
            is_anchor=record["is_anchor"],
            settings=AnchorSettings(**record["settings"]),
            provenance=Provenance.from_dict(record["provenance"]),
        )


def find_anchor(study: Study, patient_id: str, *, settings: AnchorSettings | None = None) -> Anchor:
    """Find a short rule under which the model keeps this patient's side of the threshold.

    The estimand of the precision: draw a reference patient; where they break a condition, replace
    that input by the value of a random reference patient who meets it; the share of such patients
    on the same side of the threshold. So all inputs outside the rule keep the joint distribution
    of the reference patients, and those inside lose it, as in the paper.

    Parameters
    ----------
    study : Study
    patient_id : str
    settings : AnchorSettings, optional

    Raises
    ------
    NotFoundError
        When there is no such patient.
    """
    chosen = settings or AnchorSettings()
    row = study.rows_of([patient_id])[0]
    rules = Rules.around(study, row)
    arms = Search(study, rules, chosen, np.random.default_rng(study.seed))
    picked, hits = arms.run()
    covered = covered_by(study, rules, picked)
    same_side = (study.risk >= study.threshold) == rules.is_above
    own_place = np.array(study.cohort.patient_ids, dtype=object) == patient_id
    floor = floor_in_rows(study.cohort)
    precision = _share("anchor_precision", hits, chosen.n_final, chosen.confidence)
    return Anchor(
        conditions=tuple(rules.conditions[at] for at in picked),
        is_above=rules.is_above,
        precision=precision,
        coverage=_coverage(covered, chosen.confidence, floor),
        observed_precision=_observed(same_side[covered & ~own_place], chosen.confidence, floor),
        is_anchor=(precision.low or 0.0) >= chosen.precision,
        settings=chosen,
        provenance=study.provenance("anchors", **asdict(chosen)),
    )


def _share(metric: str, hits: int, n: int, level: float) -> Estimate:
    interval = proportion_interval(hits, n, level)
    return Estimate(
        metric=metric,
        value=hits / n,
        low=interval.low,
        high=interval.high,
        n=n,
        n_events=hits,
        interval_method=interval.method,
        level=level,
    )


def _coverage(covered: BoolArray, level: float, floor: int) -> Estimate:
    """Withheld where the rule singles out a few people."""
    if 0 < covered.sum() < floor:
        return Estimate.suppressed(
            "anchor_coverage",
            f"Withheld: the rule covers fewer than {floor} held-out patients.",
        )
    return _share("anchor_coverage", int(covered.sum()), len(covered), level)


def _observed(same_side: BoolArray, level: float, floor: int) -> Estimate:
    """The rule among real patients; withheld where it covers too few to be a group."""
    if len(same_side) < floor:
        return Estimate.suppressed(
            "anchor_observed_precision",
            f"Withheld: the rule covers fewer than {floor} other held-out patients.",
        )
    return _share("anchor_observed_precision", int(same_side.sum()), len(same_side), level)
