"""Do the reasons name what the model uses: deletion and insertion against random orders.

Inputs are replaced by those of the reference patients, one patient at a time, and the prediction is
averaged over them; see ``docs/methods/faithfulness.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

from explainers.core.arrays import FloatArray, IntArray
from explainers.core.attribution import Attribution
from explainers.core.curve import Curve
from explainers.core.estimate import Estimate
from explainers.core.provenance import Provenance
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.reliability.averages import estimate_mean
from explainers.uncertainty.bootstrap import bootstrap_mean_intervals
from explainers.uncertainty.wilson import proportion_interval

# Rows predicted in one go.
CHUNK_ROWS = 100_000
FEWEST_ORDERS = 10
_CURVES = ("deletion", "insertion", "random_deletion", "random_insertion")
_ESTIMATES = ("deletion_advantage", "insertion_advantage", "orders_beaten")


@dataclass(frozen=True)
class FaithfulnessReport:
    """Deletion and insertion by the reasons' order and by random orders.

    Attributes
    ----------
    method : str
    deletion, insertion : Curve
        Mean prediction over the share of inputs replaced, or restored, in the order of the reasons:
        those that raise the prediction most come first.
    random_deletion, random_insertion : Curve
        The same in random orders, with the band described in ``band``.
    deletion_advantage, insertion_advantage : Estimate
        Area between random and own curve, in the unit of the scale; positive where the reasons are
        better than chance, 0 for reasons without content.
    orders_beaten : Estimate
        Share of random orders whose area between insertion and deletion is smaller.
    band : str
        What the bands and intervals are over: patients, or the random orders of a single patient.
    provenance : Provenance
    """

    method: str
    deletion: Curve
    insertion: Curve
    random_deletion: Curve
    random_insertion: Curve
    deletion_advantage: Estimate
    insertion_advantage: Estimate
    orders_beaten: Estimate
    band: str
    provenance: Provenance

    @property
    def is_better_than_random(self) -> bool:
        """Whether the intervals of both advantages lie above 0."""
        return all(
            estimate.low is not None and estimate.low > 0
            for estimate in (self.deletion_advantage, self.insertion_advantage)
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "method": self.method,
            **{name: getattr(self, name).to_dict() for name in (*_CURVES, *_ESTIMATES)},
            "band": self.band,
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> FaithfulnessReport:
        """Inverse of :meth:`to_dict`."""
        return cls(
            **{
                **record,
                **{name: Curve.from_dict(record[name]) for name in _CURVES},
                **{name: Estimate.from_dict(record[name]) for name in _ESTIMATES},
                "provenance": Provenance.from_dict(record["provenance"]),
            }
        )


def estimate_faithfulness(
    study: Study, attribution: Attribution, *, n_orders: int = 40, n_reference: int = 25
) -> FaithfulnessReport:
    """Deletion and insertion of the attribution's patients.

    Parameters
    ----------
    study : Study
    attribution : Attribution
        Contributions of the model's features, with their values.
    n_orders : int
        Random orders per patient, at least 10.
    n_reference : int
        Reference patients to average over; the first ones where the study has more.

    Raises
    ------
    SettingsError
        When the attribution is not one of the model's own features, or there are too few orders.
    """
    rows = attribution.feature_values
    if rows is None or attribution.feature_names != study.model.feature_names:
        raise SettingsError(
            "faithfulness needs the contributions of the model's own inputs",
            value=attribution.feature_names[:3],
        )
    if n_orders < FEWEST_ORDERS:
        raise SettingsError(
            f"a comparison with chance needs at least {FEWEST_ORDERS} orders", value=n_orders
        )
    reference = study.reference_matrix[:n_reference]
    curves = np.stack(
        [
            _patient_curves(
                study,
                row,
                reference,
                _orders(
                    values, n_orders, np.random.default_rng([study.seed, crc32(name.encode())])
                ),
                attribution,
            )
            for row, values, name in zip(
                rows, attribution.values, attribution.patient_ids, strict=True
            )
        ]
    )
    return _report(study, attribution, curves, n_reference=len(reference))


def _orders(values: FloatArray, n_orders: int, rng: np.random.Generator) -> IntArray:
    """Step (1 + n_orders, p) at which each input is replaced: by the reasons, then at random.

    Each patient has random orders of their own: shared ones would make the comparison lucky or
    unlucky for everybody at once, which no interval over patients would show.
    """
    p = len(values)
    own = np.empty(p, dtype=np.int64)
    own[np.argsort(-values, kind="stable")] = np.arange(p)
    return np.vstack([own, rng.permuted(np.tile(np.arange(p), (n_orders, 1)), axis=1)])


def _patient_curves(
    study: Study,
    row: FloatArray,
    reference: FloatArray,
    orders: IntArray,
    attribution: Attribution,
) -> FloatArray:
    """Deletion and insertion curves, (2, 1 + n_orders, p + 1)."""
    p = len(row)
    steps = np.arange(p + 1)[None, :, None]
    parts = []
    for at in _chunks(len(orders), 2 * (p + 1) * len(reference)):
        is_reached = orders[at][:, None, :] < steps
        takes_own = np.stack([~is_reached, is_reached])[:, :, :, None, :]
        mixed = np.where(takes_own, row, reference)
        predictions = study.predict(mixed.reshape(-1, p), attribution.scale)
        parts.append(predictions.reshape(mixed.shape[:-1]).mean(axis=-1))
    return np.concatenate(parts, axis=1)


def _chunks(n_orders: int, rows_per_order: int) -> Iterator[slice]:
    size = max(1, CHUNK_ROWS // rows_per_order)
    for start in range(0, n_orders, size):
        yield slice(start, start + size)


def _report(
    study: Study, attribution: Attribution, curves: FloatArray, *, n_reference: int
) -> FaithfulnessReport:
    """Summarise curves of shape (n, 2, 1 + n_orders, p + 1)."""
    areas = (curves[..., 1:] + curves[..., :-1]).mean(axis=-1) / 2
    # Low deletion and high insertion are good: turn both so that more is better.
    gains = areas * np.array([-1.0, 1.0])[:, None]
    totals = gains.sum(axis=1)
    beaten = (totals[:, 1:] < totals[:, :1]).mean(axis=1)
    own, chance = curves[:, :, 0], curves[:, :, 1:]
    label = f"Prediction ({attribution.scale})"
    names = ("deletion", "insertion")
    single = len(curves) == 1
    advantages = [
        _advantage_of_one(name, gains[0, at], study.seed)
        if single
        else estimate_mean(
            f"{name}_advantage",
            gains[:, at, 0] - gains[:, at, 1:].mean(axis=1),
            unit="patients",
            seed=study.seed,
        )
        for at, name in enumerate(names)
    ]
    drawn = [
        (
            _curve(own[:, at], f"Share of inputs {verb}", label, study.seed),
            _chance_curve(chance[0, at], f"Share of inputs {verb}", label)
            if single
            else _curve(chance[:, at].mean(axis=1), f"Share of inputs {verb}", label, study.seed),
        )
        for at, verb in enumerate(("replaced", "restored"))
    ]
    n_orders = chance.shape[2]
    return FaithfulnessReport(
        method=attribution.method,
        deletion=drawn[0][0],
        insertion=drawn[1][0],
        random_deletion=drawn[0][1],
        random_insertion=drawn[1][1],
        deletion_advantage=advantages[0],
        insertion_advantage=advantages[1],
        orders_beaten=_beaten_by_one(beaten[0], n_orders)
        if single
        else estimate_mean("orders_beaten", beaten, unit="patients", seed=study.seed),
        band="random orders" if single else "patients",
        provenance=study.provenance(
            attribution.method, n_orders=n_orders, n_reference=n_reference, measure="faithfulness"
        ),
    )


def _curve(values: FloatArray, x_label: str, y_label: str, seed: int) -> Curve:
    """Mean of patients' curves (n, m) with a bootstrap band over patients; none for one patient."""
    band = (None, None) if len(values) < 2 else bootstrap_mean_intervals(values, seed=seed)
    return Curve(
        x=np.linspace(0.0, 1.0, values.shape[1]),
        y=values.mean(axis=0),
        x_label=x_label,
        y_label=y_label,
        n=len(values),
        low=band[0],
        high=band[1],
    )


def _chance_curve(values: FloatArray, x_label: str, y_label: str) -> Curve:
    """Mean of one patient's random curves (n_orders, m), with the middle 95% of them."""
    low, high = np.quantile(values, [0.025, 0.975], axis=0)
    x = np.linspace(0.0, 1.0, values.shape[1])
    return Curve(x, values.mean(axis=0), x_label, y_label, 1, low, high)


def _advantage_of_one(name: str, gains: FloatArray, seed: int) -> Estimate:
    """Own gain over the mean of random ones; the interval is where single random orders fall."""
    differences = gains[0] - gains[1:]
    low, high = np.quantile(differences, [0.025, 0.975])
    return Estimate(
        metric=f"{name}_advantage",
        value=float(differences.mean()),
        low=float(low),
        high=float(high),
        n=1,
        n_events=None,
        interval_method=f"Middle 95% of {len(differences)} random orders, seed {seed}",
    )


def _beaten_by_one(share: float, n_orders: int) -> Estimate:
    interval = proportion_interval(round(share * n_orders), n_orders)
    return Estimate(
        metric="orders_beaten",
        value=float(share),
        low=interval.low,
        high=interval.high,
        n=n_orders,
        n_events=None,
        interval_method=f"{interval.method}, over random orders",
    )
