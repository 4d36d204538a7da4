"""Which other feature each feature interacts with most, over many patients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd

from explainers.attribution.interactions import TreeInteractions
from explainers.attribution.pair_engines import PairSource
from explainers.core.arrays import FloatArray
from explainers.core.estimate import Estimate
from explainers.core.link import Scale
from explainers.core.provenance import Provenance
from explainers.core.study import Study
from explainers.errors import SettingsError
from explainers.uncertainty.bootstrap import percentile_interval
from explainers.uncertainty.streamed_bootstrap import StreamedBootstrap

STRENGTH = "mean_absolute_interaction"
SHARE = "share_of_interactions"
N_RESAMPLES = 500
NONE_AT_ALL = "The model lets this feature interact with no other."


@dataclass(frozen=True)
class Partner:
    """The strongest partner of one feature.

    Attributes
    ----------
    feature : str
    partner : str or None
        None where the feature interacts with no other.
    strength : Estimate
        Mean of |half of the interaction|, in the unit of the table's scale.
    share : Estimate
        Part of the feature's interactions that is with this partner: its strength by the sum of
        those of all partners, in [0, 1].
    recurrence : float
        Share of the bootstrap resamples in which the same partner is the strongest, in [0, 1];
        NaN without a partner. The intervals are of this pair, however it was chosen.
    """

    feature: str
    partner: str | None
    strength: Estimate
    share: Estimate
    recurrence: float


@dataclass(frozen=True)
class PartnerTable:
    """The strongest partner of each feature.

    Attributes
    ----------
    partners : tuple of Partner, length p
        In matrix order.
    n_patients : int
    scale : {"risk", "log-odds"}
    provenance : Provenance
    """

    partners: tuple[Partner, ...]
    n_patients: int
    scale: Scale
    provenance: Provenance

    def ranking(self) -> tuple[Partner, ...]:
        """Partners by strength, largest first; features without one last."""
        sizes = [partner.strength.value or 0.0 for partner in self.partners]
        order = np.argsort(-np.array(sizes), kind="stable")
        return tuple(self.partners[at] for at in order)

    def to_frame(self) -> pd.DataFrame:
        """One row per feature: feature, partner, strength, share with limits, recurrence."""
        return pd.DataFrame(
            [
                {
                    "feature": each.feature,
                    "partner": each.partner,
                    **_columns("strength", each.strength),
                    **_columns("share", each.share),
                    "recurrence": each.recurrence,
                }
                for each in self.partners
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "partners": [
                {
                    "feature": each.feature,
                    "partner": each.partner,
                    "strength": each.strength.to_dict(),
                    "share": each.share.to_dict(),
                    "recurrence": None if each.partner is None else each.recurrence,
                }
                for each in self.partners
            ],
            "n_patients": self.n_patients,
            "scale": self.scale,
            "provenance": self.provenance.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> PartnerTable:
        """Inverse of :meth:`to_dict`."""
        if record["scale"] not in get_args(Scale):
            raise SettingsError("a scale must be risk or log-odds", value=record["scale"])
        return cls(
            partners=tuple(
                Partner(
                    feature=entry["feature"],
                    partner=entry["partner"],
                    strength=Estimate.from_dict(entry["strength"]),
                    share=Estimate.from_dict(entry["share"]),
                    recurrence=np.nan if entry["recurrence"] is None else entry["recurrence"],
                )
                for entry in record["partners"]
            ),
            n_patients=record["n_patients"],
            scale=record["scale"],
            provenance=Provenance.from_dict(record["provenance"]),
        )


def strongest_partners(
    study: Study,
    rows: FloatArray,
    method: TreeInteractions | None = None,
    *,
    scale: Scale = "log-odds",
    n_resamples: int = N_RESAMPLES,
    level: float = 0.95,
) -> PartnerTable:
    """For each feature the other one with which it interacts most, over a cohort.

    Patients pass by in blocks, so that the interactions are never held together.

    Parameters
    ----------
    study : Study
    rows : ndarray of shape (n, p)
        Encoded patients, at least two.
    method : TreeInteractions, optional
        Default: interventional.
    scale : {"log-odds", "risk"}
    n_resamples : int
        Bootstrap resamples of the patients, at least 100; seeded by the study.
    level : float
        Confidence level of the intervals, which reflect the choice of patients and not the choice
        of reference patients or the training of the model.

    Raises
    ------
    UnsupportedError
        As :meth:`TreeInteractions.explain`.
    SettingsError
        When there are fewer than two patients, or too few resamples.
    """
    if len(rows) < 2:
        raise SettingsError("partners are chosen by a mean over at least two", value=len(rows))
    method = method or TreeInteractions()
    source = method.open(study, len(rows), scale)
    means, draws = _resampled_means(source, rows, n_resamples, study.seed)
    size = abs(study.model.link.slope)
    names = study.model.feature_names
    chooser = _Chooser(source, size * means, size * draws, len(rows), level)
    return PartnerTable(
        partners=tuple(chooser.choose(own, names) for own in range(len(names))),
        n_patients=len(rows),
        scale=scale,
        provenance=method.provenance(study, source, n_resamples=n_resamples, level=level),
    )


def _resampled_means(
    source: PairSource, rows: FloatArray, n_resamples: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Mean sizes of all pairs, (pairs,), and of each resample, (n_resamples, pairs)."""
    blocks = source.blocks(*rows.shape)
    number = {block.start: at for at, block in enumerate(blocks)}
    sizes = [block.stop - block.start for block in blocks]
    bootstrap = StreamedBootstrap.of(sizes, n_resamples, seed)

    def add_up(block: slice, halves: FloatArray) -> tuple[FloatArray, FloatArray]:
        found = np.abs(halves)
        return found.sum(axis=1), bootstrap.weights(number[block.start]) @ found.T

    means = np.zeros(len(source.pairs))
    draws = np.zeros((n_resamples, len(source.pairs)))
    for part, drawn in source.map(rows, add_up):
        means += part
        draws += drawn
    return means / len(rows), draws / len(rows)


@dataclass(frozen=True, eq=False)
class _Chooser:
    """Mean sizes of all pairs, and of each resample, from which partners are chosen."""

    source: PairSource
    means: FloatArray
    draws: FloatArray
    n: int
    level: float

    def choose(self, own: int, names: tuple[str, ...]) -> Partner:
        """The strongest partner of the feature at ``own``."""
        mine = np.flatnonzero((self.source.pairs == own).any(axis=1))
        if not self.means[mine].any():
            return self._without(names[own])
        means, draws = self.means[mine], self.draws[:, mine]
        best = int(np.argmax(means))
        totals = draws.sum(axis=1)
        shares = np.divide(
            draws[:, best], totals, out=np.full(len(totals), np.nan), where=totals > 0
        )
        partner = int(self.source.pairs[mine[best]].sum()) - own
        return Partner(
            feature=names[own],
            partner=names[partner],
            strength=self._estimate(STRENGTH, float(means[best]), draws[:, best]),
            share=self._estimate(SHARE, float(means[best] / means.sum()), shares),
            recurrence=float(((np.argmax(draws, axis=1) == best) & (totals > 0)).mean()),
        )

    def _without(self, feature: str) -> Partner:
        strength, share = (
            Estimate(
                metric=metric,
                value=None,
                low=None,
                high=None,
                n=self.n,
                n_events=None,
                interval_method="",
                level=self.level,
                status="not_estimable",
                reason=NONE_AT_ALL,
            )
            for metric in (STRENGTH, SHARE)
        )
        return Partner(feature, None, strength, share, np.nan)

    def _estimate(self, metric: str, value: float, draws: FloatArray) -> Estimate:
        interval = percentile_interval(draws, self.level)
        return Estimate(
            metric=metric,
            value=value,
            low=interval.low,
            high=interval.high,
            n=self.n,
            n_events=None,
            interval_method=interval.method,
            level=self.level,
        )


def _columns(name: str, estimate: Estimate) -> dict[str, float | None]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
