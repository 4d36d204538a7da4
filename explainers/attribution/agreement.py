"""Whether two methods give the same reasons for one patient (Krishna et al. 2022)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from explainers.core.arrays import BoolArray, FloatArray
from explainers.core.attribution import Attribution
from explainers.errors import SettingsError

# Below this share of the leading reasons shared with the same sign, methods count as disagreeing:
# with five reasons, fewer than three. Then most of what one method puts first, the other does not
# put first or points the other way, and a sentence of reasons would depend on the method chosen.
DISAGREEMENT_LEVEL = 0.6

# A sentence of reasons names this many; where the other method has one of them among as many and
# points it the other way, the sentence would contradict what is shown beside it.
N_LEADING = 3


@dataclass(frozen=True)
class Agreement:
    """How far two attributions of the same patient agree.

    Attributes
    ----------
    first_method, second_method : str
        Slugs.
    n_top : int
        Reasons compared: the k largest by absolute contribution, fewer where neither method has k
        contributions other than 0.
    feature_agreement : float
        Share of the top reasons that both methods have.
    rank_agreement : float
        Share that both have at the same rank.
    sign_agreement : float
        Share that both have with the same sign.
    signed_rank_agreement : float
        Share that both have at the same rank with the same sign.
    rank_correlation : float
        Spearman correlation of the absolute contributions of all features; NaN where one method
        gives all of them the same size.
    opposed : tuple of str
        Features among the top reasons of both, with opposite signs.
    leading_opposed : tuple of str
        Those of them among the three largest contributions of both.
    """

    first_method: str
    second_method: str
    n_top: int
    feature_agreement: float
    rank_agreement: float
    sign_agreement: float
    signed_rank_agreement: float
    rank_correlation: float
    opposed: tuple[str, ...]
    leading_opposed: tuple[str, ...]

    @property
    def methods_disagree(self) -> bool:
        """Whether signs agree below :data:`DISAGREEMENT_LEVEL`, or a leading one is opposed."""
        return self.sign_agreement < DISAGREEMENT_LEVEL or bool(self.leading_opposed)

    @property
    def n_shared(self) -> int:
        """Number of top reasons that both methods have."""
        return round(self.feature_agreement * self.n_top)

    @property
    def n_same_sign(self) -> int:
        """Number of top reasons that both methods have with the same sign."""
        return round(self.sign_agreement * self.n_top)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON; a correlation that does not exist is None."""
        correlation = None if np.isnan(self.rank_correlation) else self.rank_correlation
        return {**asdict(self), "rank_correlation": correlation}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Agreement:
        """Inverse of :meth:`to_dict`."""
        correlation = record["rank_correlation"]
        return cls(
            **{
                **record,
                "rank_correlation": float("nan") if correlation is None else correlation,
                "opposed": tuple(record["opposed"]),
                "leading_opposed": tuple(record["leading_opposed"]),
            }
        )


def compare_attributions(first: Attribution, second: Attribution, k: int = 5) -> Agreement:
    """Compare two attributions of the same patient.

    Parameters
    ----------
    first, second : Attribution
        Of one patient, on one scale, over the same features.
    k : int
        How many of the largest contributions are compared; a screen shows five.

    Raises
    ------
    SettingsError
        When ``k`` is below 1, or the two are not of the same single patient, scale and features.
    """
    _require_comparable(first, second, k)
    values = np.stack([first.values[0], second.values[0]])
    n_top = min(k, int((values != 0).sum(axis=1).max()))
    tops = [_top(row, n_top) for row in values]
    in_both = [name for name in tops[0] if name in tops[1]]
    same_sign = np.sign(values[0]) == np.sign(values[1])
    opposed = [at for at in in_both if not same_sign[at]]
    leading = set(tops[0][:N_LEADING]) & set(tops[1][:N_LEADING])
    same_place = [ours for ours, theirs in zip(*tops, strict=False) if ours == theirs]
    return Agreement(
        first_method=first.method,
        second_method=second.method,
        n_top=n_top,
        feature_agreement=_share(len(in_both), n_top),
        rank_agreement=_share(len(same_place), n_top),
        sign_agreement=_share(_count(same_sign, in_both), n_top),
        signed_rank_agreement=_share(_count(same_sign, same_place), n_top),
        rank_correlation=_rank_correlation(np.abs(values)),
        opposed=tuple(first.feature_names[at] for at in opposed),
        leading_opposed=tuple(first.feature_names[at] for at in opposed if at in leading),
    )


def _require_comparable(first: Attribution, second: Attribution, k: int) -> None:
    if k < 1:
        raise SettingsError("at least one reason must be compared", value=k)
    for name in ("patient_ids", "scale", "feature_names"):
        if getattr(first, name) != getattr(second, name):
            raise SettingsError(
                f"attributions can be compared only where they have the same {name}",
                value=(getattr(first, name), getattr(second, name)),
            )
    if len(first.patient_ids) != 1:
        raise SettingsError(
            "attributions are compared for one patient at a time",
            value=len(first.patient_ids),
            remedy="Take one with Attribution.patient.",
        )


def _top(values: FloatArray, n_top: int) -> list[int]:
    """Positions of the largest absolute contributions; one of exactly 0 is no reason."""
    order = np.argsort(-np.abs(values), kind="stable")[:n_top]
    return [int(at) for at in order if values[at] != 0]


def _count(holds: BoolArray, positions: list[int]) -> int:
    return int(holds[positions].sum()) if positions else 0


def _share(count: int, n_top: int) -> float:
    """Share of the top reasons; two methods that both see no reason agree."""
    return count / n_top if n_top else 1.0


def _rank_correlation(sizes: FloatArray) -> float:
    ranks = rankdata(sizes, axis=1)
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).sum(axis=1)).prod()
    return float((centred[0] * centred[1]).sum() / spread) if spread > 0 else float("nan")
