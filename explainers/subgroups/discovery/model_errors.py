"""How far outcomes are from what the model expects, patient by patient, and the test of a group.

The test is the score test of membership in a logistic regression of the outcome on it, with the
model's log-odds as an offset and an intercept that is free, so that a model which is too low for
everybody alike is no fault of any group. It has a closed form: no regression is fitted per group.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import expit, ndtr

from explainers.core.arrays import BoolArray, FloatArray
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.logistic import fit_logistic
from explainers.subgroups.discovery.settings import CRITERIA, Criterion

# Columns of the sums over a group: people, events, and for all of it and for its patients below
# the threshold the events, the events beyond those expected and the variance of these.
N, EVENTS, EXCESS, VARIANCE, EVENTS_BELOW, EXCESS_BELOW, VARIANCE_BELOW = range(7)
N_SUMS = 7


@dataclass(frozen=True)
class Errors:
    """Outcomes of n patients beside the risks they are judged against.

    Attributes
    ----------
    patients : LabelledRisk
    is_below : ndarray of shape (n,)
        Whether the model's own risk is below the threshold.
    adjusted : ndarray of shape (n,)
        The model's risk, moved on the log-odds scale so that as many events are expected as were
        observed.
    """

    patients: LabelledRisk
    is_below: BoolArray
    adjusted: FloatArray

    @classmethod
    def of(cls, patients: LabelledRisk, threshold: float) -> Errors:
        """Errors after the one shift that makes the risks right for everybody together."""
        plain = cls(patients, patients.risk < threshold, patients.risk)
        return plain.shifted(np.ones(len(patients), dtype=bool))

    def shifted(self, is_member: BoolArray) -> Errors:
        """The same with these patients' (n,) risks moved until they are right on the whole."""
        events = self.patients.is_event[is_member]
        risk = np.clip(self.adjusted[is_member], 1e-6, 1.0 - 1e-6)
        if not 0 < int(events.sum()) < len(events):
            return self
        log_odds = np.log(risk / (1.0 - risk))
        fit = fit_logistic(np.ones((len(events), 1)), events, log_odds)
        if fit is None:
            return self
        adjusted = self.adjusted.copy()
        adjusted[is_member] = expit(log_odds + fit.coefficients[0])
        return replace(self, adjusted=adjusted)

    def explained_by(
        self, is_member: BoolArray, criterion: Criterion, explained: BoolArray
    ) -> Errors:
        """The same once a group's own level is known, and that of those no group explains.

        Without the second, everybody else would look too high for a group that is too low.

        Parameters
        ----------
        is_member : ndarray of shape (n,)
            The group.
        criterion : {"too_low", "too_high", "missed"}
            Who of it is moved.
        explained : ndarray of shape (n,)
            Whom this group or one before it explains.
        """
        return self.shifted(self.judged(is_member, criterion)).shifted(~explained)

    @cached_property
    def amounts(self) -> FloatArray:
        """What is summed over a group, (n, 7)."""
        events = self.patients.is_event.astype(np.float64)
        excess, variance = events - self.adjusted, self.adjusted * (1.0 - self.adjusted)
        columns = [np.ones(len(events)), events, excess, variance]
        columns += [column * self.is_below for column in (events, excess, variance)]
        return np.ascontiguousarray(np.column_stack(columns))

    @cached_property
    def everybody(self) -> FloatArray:
        """Sums over all patients, (7,)."""
        total: FloatArray = self.amounts.sum(axis=0)
        return total

    def judged(self, is_member: BoolArray, criterion: Criterion) -> BoolArray:
        """The patients (n,) of a group whom a criterion looks at."""
        return is_member & self.is_below if criterion == "missed" else is_member

    def p_value(self, is_member: BoolArray, criterion: Criterion) -> float:
        """One-sided p-value that a group is off in the direction of the criterion, or further.

        The score test with the first Edgeworth term for skewness, since few events are skewed.

        Parameters
        ----------
        is_member : ndarray of shape (n,)
        criterion : {"too_low", "too_high", "missed"}
        """
        variance = self.amounts[:, VARIANCE]
        judged = self.judged(is_member, criterion)
        weight = judged - variance[judged].sum() / self.everybody[VARIANCE]
        spread = float(np.sqrt((weight**2 * variance).sum()))
        if spread == 0.0:
            return 1.0
        skewness = float((weight**3 * variance * (1.0 - 2.0 * self.adjusted)).sum()) / spread**3
        score = float((weight * self.amounts[:, EXCESS]).sum()) / spread
        side = -1.0 if criterion == "too_high" else 1.0
        return _upper_tail(side * score, side * skewness)


def scores_of(sums: FloatArray, everybody: FloatArray, margin: float) -> FloatArray:
    """Standard scores of k groups by each criterion, positive where the group is served worse.

    Parameters
    ----------
    sums : ndarray of shape (k, 7)
    everybody : ndarray of shape (7,)
    margin : float
        Observed / expected has to be further than this from 1 to count; 0 for the plain score.

    Returns
    -------
    ndarray of shape (k, 3)
        In the order of ``CRITERIA``; minus infinity where the variance is below 1 or is nothing
        beside that of everybody else.
    """
    found = np.full((len(sums), len(CRITERIA)), -np.inf)
    for at, criterion in enumerate(CRITERIA):
        is_missed = criterion == "missed"
        excess = sums[:, EXCESS_BELOW if is_missed else EXCESS]
        variance = sums[:, VARIANCE_BELOW if is_missed else VARIANCE]
        expected = sums[:, EVENTS_BELOW if is_missed else EVENTS] - excess
        left = variance * (1.0 - variance / everybody[VARIANCE])
        usable = (variance >= 1.0) & (left > 1e-9 * everybody[VARIANCE])
        if criterion == "too_high":
            gain = -excess - expected * margin / (1.0 + margin)
        else:
            gain = excess - expected * margin
        found[usable, at] = gain[usable] / np.sqrt(left[usable])
    return found


def _upper_tail(score: float, skewness: float) -> float:
    """Probability of a score at least so high (Edgeworth expansion, first term)."""
    density = math.exp(-0.5 * score * score) / math.sqrt(2.0 * math.pi)
    tail = float(ndtr(-score)) + density * skewness * (score * score - 1.0) / 6.0
    return min(max(tail, 0.0), 1.0)
