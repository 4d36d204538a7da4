"""Label sets with a promised coverage, each patient judged by others.

They need nothing but exchangeable patients; see ``docs/methods/conformal.md`` for what that does
and does not promise for one patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from explainers.core.arrays import (
    BoolArray,
    FloatArray,
    from_json_numbers,
    frozen_floats,
    to_json_numbers,
)
from explainers.core.estimate import Estimate
from explainers.core.study import Study
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.errors import SettingsError
from explainers.uncertainty.calibration_split import FEWEST_OF_A_KIND, split_patients
from explainers.uncertainty.interval import tail_of
from explainers.uncertainty.wilson import proportion_interval

GroupLabels = npt.NDArray[np.object_] | pd.Categorical

EVERYBODY = "everybody"
NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class LabelSets:
    """Which outcomes cannot be excluded for each patient.

    Attributes
    ----------
    p_values : ndarray of shape (n, 2)
        Conformal p-value of "no event" and of "event".
    level : float
        Promised share of patients whose true outcome is in their set.
    """

    p_values: FloatArray
    level: float

    def __post_init__(self) -> None:
        tail_of(self.level)
        object.__setattr__(self, "p_values", frozen_floats(self.p_values))

    @property
    def contains(self) -> BoolArray:
        """Whether "no event" and "event" are in the set, (n, 2)."""
        return self.p_values > 1.0 - self.level

    @property
    def sizes(self) -> FloatArray:
        """Outcomes in the set, (n,): 1 is an answer, 2 is "cannot tell", 0 is "like neither"."""
        sizes: FloatArray = self.contains.sum(axis=1).astype(np.float64)
        return sizes

    def covers(self, labels: FloatArray) -> BoolArray:
        """Whether the set of each patient (n,) has their label (n,) of 0 or 1."""
        return self.contains[np.arange(len(labels)), labels.astype(np.int64)]

    def to_frame(self) -> pd.DataFrame:
        """One row per patient: p_no_event, p_event, has_no_event, has_event."""
        contains = self.contains
        return pd.DataFrame(
            {
                "p_no_event": self.p_values[:, 0],
                "p_event": self.p_values[:, 1],
                "has_no_event": contains[:, 0],
                "has_event": contains[:, 1],
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {"p_values": to_json_numbers(self.p_values), "level": self.level}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> LabelSets:
        """Inverse of :meth:`to_dict`."""
        return cls(from_json_numbers(record["p_values"]), record["level"])


@dataclass(frozen=True)
class ConformalLabels:
    """Split conformal predictor of a binary outcome (Vovk, Gammerman and Shafer 2005).

    Attributes
    ----------
    strangeness : Mapping[(int, str), ndarray]
        Ascending strangeness of the calibration patients of each kind: label (-1 where labels are
        pooled) and group.
    by_class : bool
        Whether coverage is promised among events and among non-events, not only overall.
    """

    strangeness: Mapping[tuple[int, str], FloatArray]
    by_class: bool

    @classmethod
    def fit(
        cls,
        risk: FloatArray,
        labels: FloatArray,
        *,
        groups: GroupLabels | None = None,
        by_class: bool = True,
    ) -> ConformalLabels:
        """Learn from calibration patients how strange a true label looks.

        Parameters
        ----------
        risk, labels : ndarray of shape (n,)
            Risks, and outcomes of 0 and 1.
        groups : sequence of length n, optional
            Group of each patient; coverage is then promised within each.
        by_class : bool

        Raises
        ------
        SettingsError
            When a kind of patient has fewer than 20 calibration patients.
        """
        names = _group_names(groups, len(risk))
        own = _strangeness(risk)[np.arange(len(risk)), labels.astype(np.int64)]
        kinds = labels.astype(np.int64) if by_class else np.full(len(risk), -1)
        found = {
            (kind, name): np.sort(own[(kinds == kind) & (names == name)])
            for kind in ((0, 1) if by_class else (-1,))
            for name in sorted(set(names))
        }
        for (kind, name), values in found.items():
            if len(values) < FEWEST_OF_A_KIND:
                raise SettingsError(
                    f"each kind of patient needs {FEWEST_OF_A_KIND} calibration patients",
                    value={"group": name, "label": kind, "patients": len(values)},
                    remedy="Merge groups, or promise coverage overall only.",
                )
        return cls(found, by_class)

    def p_values(self, risk: FloatArray, groups: GroupLabels | None = None) -> FloatArray:
        """Conformal p-values (n, 2): share of calibration patients of the kind as strange.

        Raises
        ------
        SettingsError
            When a group has no calibration patients.
        """
        names = _group_names(groups, len(risk))
        strangeness = _strangeness(risk)
        p_values = np.empty((len(risk), 2))
        for name in sorted(set(names)):
            at = names == name
            for label in (0, 1):
                kind = (label if self.by_class else -1, name)
                if kind not in self.strangeness:
                    raise SettingsError("no calibration patient is of this group", value=name)
                known = self.strangeness[kind]
                reached = len(known) - np.searchsorted(known, strangeness[at, label], side="left")
                p_values[at, label] = (1.0 + reached) / (1.0 + len(known))
        return p_values


def estimate_label_sets(
    study: Study,
    *,
    level: float = 0.9,
    group_name: str | None = None,
    by_class: bool = True,
    seed: int | None = None,
) -> LabelSets:
    """Label set of every patient, each from the half they are not in; raises as its parts do."""
    split = split_patients(study.is_labelled, seed=study.seed if seed is None else seed)
    names = None if group_name is None else study.cohort.group_labels(group_name)
    groups = np.array(_group_names(names, len(study.risk)), dtype=object)
    p_values = np.empty((len(study.risk), 2))
    for part in (split.swapped(), split):
        at = part.is_calibration
        predictor = ConformalLabels.fit(
            study.risk[at], study.labels[at], groups=groups[at], by_class=by_class
        )
        p_values[~at] = predictor.p_values(study.risk[~at], groups[~at])
    return LabelSets(p_values, level)


def estimate_coverage(covered: BoolArray, labels: FloatArray, level: float = 0.95) -> Estimate:
    """Share of patients whose set has their outcome, with its interval.

    Parameters
    ----------
    covered : ndarray of shape (n,)
        From :meth:`LabelSets.covers`.
    labels : ndarray of shape (n,)
    level : float
        Confidence level of the interval, not of the sets.
    """
    n, n_events = len(covered), int(labels.sum())
    if n == 0:
        return Estimate.not_estimable("label_set_coverage", "no labelled patient", n=0, n_events=0)
    interval = proportion_interval(int(covered.sum()), n, level)
    return Estimate(
        metric="label_set_coverage",
        value=float(covered.mean()),
        low=interval.low,
        high=interval.high,
        n=n,
        n_events=n_events,
        interval_method=interval.method,
        level=level,
    )


def compare_coverage(study: Study, sets: LabelSets, group_name: str) -> SubgroupTable:
    """Coverage of the label sets overall and in each group of an attribute."""
    group = study.cohort.schema.group(group_name)
    at = study.is_labelled
    labels = study.labels[at]
    covered = LabelSets(sets.p_values[at], sets.level).covers(labels)
    names = _group_names(study.cohort.group_labels(group_name), len(study.risk))[at]
    return SubgroupTable(
        metric="label_set_coverage",
        overall=estimate_coverage(covered, labels),
        groups=tuple(
            (
                Slice(((group.name, label),)),
                estimate_coverage(covered[names == label], labels[names == label]),
            )
            for label in group.labels
        ),
        reference_group=group.reference,
    )


def _strangeness(risk: FloatArray) -> FloatArray:
    """How little probability the model gives to "no event" and to "event", (n, 2)."""
    return np.column_stack([risk, 1.0 - risk])


def _group_names(groups: GroupLabels | None, n: int) -> npt.NDArray[np.object_]:
    if groups is None:
        return np.full(n, EVERYBODY, dtype=object)
    names = np.array(groups, dtype=object)
    names[pd.isna(names)] = NOT_RECORDED
    return names
