"""Venn-Abers prediction: two isotonic fits for every score, at the price of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explainers.core.arrays import FloatArray, IntArray, frozen_floats
from explainers.errors import SettingsError


@dataclass(frozen=True)
class VennAbers:
    """Inductive Venn-Abers predictor (Vovk and Petej 2014; Vovk, Petej and Fedorova 2015).

    For a score, ``low`` is the isotonic fit at that score after adding the patient as a non-event
    and ``high`` after adding them as an event. One of the two is a perfectly calibrated risk in the
    sense of the papers' validity theorem, whatever the model, if patients are exchangeable.

    Attributes
    ----------
    scores : ndarray of shape (k,)
        Distinct calibration scores, ascending.
    between : ndarray of shape (2, k + 1)
        Low and high for a score with i distinct calibration scores below it and none equal.
    tied : ndarray of shape (2, k)
        Low and high for a score equal to the i-th.
    n, n_events : int
        Calibration patients and their events.
    """

    scores: FloatArray
    between: FloatArray
    tied: FloatArray
    n: int
    n_events: int

    @classmethod
    def fit(cls, scores: FloatArray, labels: FloatArray) -> VennAbers:
        """Prepare all answers, at O(n log n).

        Parameters
        ----------
        scores : ndarray of shape (n,)
            Risks, or any score that rises with the risk, of patients the model did not learn from.
        labels : ndarray of shape (n,)
            1 and 0.

        Raises
        ------
        SettingsError
            When there is no patient, or a label is neither 0 nor 1.
        """
        if len(scores) == 0 or not np.isin(labels, (0.0, 1.0)).all():
            raise SettingsError(
                "calibration needs patients with outcomes of 0 or 1",
                value=np.unique(labels)[:5].tolist(),
            )
        distinct, place = np.unique(scores, return_inverse=True)
        weight = np.concatenate([[0.0], np.cumsum(np.bincount(place))])
        events = np.concatenate([[0.0], np.cumsum(np.bincount(place, weights=labels))])
        hulls = _Hulls.of(weight, events)
        at = np.arange(len(weight))
        return cls(
            scores=frozen_floats(distinct),
            between=frozen_floats([hulls.bridge(at, at, label) for label in (0.0, 1.0)]),
            tied=frozen_floats([hulls.bridge(at[:-1], at[1:], label) for label in (0.0, 1.0)]),
            n=len(scores),
            n_events=int(labels.sum()),
        )

    def limits(self, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Low and high (q,) for scores (q,), at O(log n) each."""
        below = np.searchsorted(self.scores, scores, side="left")
        is_tied = np.searchsorted(self.scores, scores, side="right") > below
        tied_at = np.minimum(below, len(self.scores) - 1)
        both = np.where(is_tied, self.tied[:, tied_at], self.between[:, below])
        return both[0], both[1]


def merged_risk(low: FloatArray, high: FloatArray) -> FloatArray:
    """The one risk that loses least, in log loss, against whichever of the two is right.

    ``high / (1 - low + high)``: Vovk, Petej and Fedorova 2015.
    """
    merged: FloatArray = high / (1.0 - low + high)
    return merged


@dataclass(frozen=True)
class _Hulls:
    """Lower convex hulls of every prefix and every suffix of the points (weight, events).

    An isotonic fit is the slope of the lower convex hull of cumulative events over cumulative
    weight. Adding a patient shifts the later points by (1, label), so the fit there is the slope of
    the common tangent of the hulls on either side. The hull of the prefix that ends in j is the
    chain j, before[j], before[before[j]]...; likewise to the right.
    """

    weight: FloatArray
    events: FloatArray
    before: IntArray
    after: IntArray

    @classmethod
    def of(cls, weight: FloatArray, events: FloatArray) -> _Hulls:
        before = _previous_corners(weight, events)
        last = len(weight) - 1
        # Turned by half a circle, a lower hull from the right is an upper one from the left:
        # mirroring the weights instead keeps it lower.
        mirrored = _previous_corners(-weight[::-1], events[::-1])
        return cls(weight, events, before, (last - mirrored)[::-1])

    def bridge(self, left: IntArray, right: IntArray, label: float) -> FloatArray:
        """Slope of the tangent from the prefixes ending in ``left`` to the shifted suffixes."""
        a, b = left.copy(), right.copy()
        while True:
            slope = self._slope(a, b, label)
            lower = self._slope(a, self.after[b], label) < slope
            b = np.where(lower, self.after[b], b)
            slope = np.where(lower, self._slope(a, b, label), slope)
            higher = self._slope(self.before[a], b, label) > slope
            a = np.where(higher, self.before[a], a)
            if not (lower.any() or higher.any()):
                return slope

    def _slope(self, a: IntArray, b: IntArray, label: float) -> FloatArray:
        rise = self.events[b] - self.events[a] + label
        slope: FloatArray = rise / (self.weight[b] - self.weight[a] + 1.0)
        return slope


def _previous_corners(x: FloatArray, y: FloatArray) -> IntArray:
    """Corner before each point on the lower hull of the points up to it; a first point's is itself.

    The chain is climbed from the neighbour, so the work is that of a monotone-chain hull.
    """
    before = np.zeros(len(x), dtype=np.int64)
    xs, ys = x.tolist(), y.tolist()
    stack: list[int] = []
    for at, (x_at, y_at) in enumerate(zip(xs, ys, strict=True)):
        while len(stack) > 1:
            first, middle = stack[-2], stack[-1]
            turn = (xs[middle] - xs[first]) * (y_at - ys[first]) - (ys[middle] - ys[first]) * (
                x_at - xs[first]
            )
            if turn > 0:
                break
            stack.pop()
        before[at] = stack[-1] if stack else at
        stack.append(at)
    return before
