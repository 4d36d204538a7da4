"""One group of patients by its sums: risks, outcomes and attributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from explainers.attribution.attribution_sums import AttributionSums
from explainers.core.arrays import FloatArray
from explainers.core.subgroup import Slice
from explainers.errors import SettingsError
from explainers.performance.risk_bins import RiskBins
from explainers.performance.risk_sums import OutcomeSums, RiskSums


@dataclass(frozen=True)
class GroupSums:
    """The sums of one group.

    Attributes
    ----------
    risk : RiskSums or None
        None where the group is withheld.
    attribution : AttributionSums or None
        Of the same patients; None where there are no attributions, or they are withheld.
    """

    risk: RiskSums | None
    attribution: AttributionSums | None = None

    @property
    def known_risk(self) -> RiskSums:
        """The sums of risks and outcomes; SettingsError where they are withheld."""
        if self.risk is None:
            raise SettingsError("the sums of this group are withheld")
        return self.risk

    def __add__(self, other: GroupSums) -> GroupSums:
        """Sums of both; what either withholds is withheld."""
        risk = attribution = None
        if self.risk is not None and other.risk is not None:
            risk = self.risk + other.risk
        if self.attribution is not None and other.attribution is not None:
            attribution = self.attribution + other.attribution
        return GroupSums(risk, attribution)

    def rounded(self, bits: int) -> GroupSums:
        """Every sum to the nearest multiple of ``2^-bits``; counts stay."""
        risk, attribution = self.risk, self.attribution
        if risk is not None:
            risk = replace(risk, events=risk.events.rounded(bits), others=risk.others.rounded(bits))
        if attribution is not None:
            attribution = attribution.rounded(bits)
        return GroupSums(risk, attribution)

    def without_bins(self) -> GroupSums:
        """The same with the bins withheld."""
        if self.risk is None:
            return self
        return replace(self, risk=replace(self.risk, bins=None))

    def coarsened(self, edges: FloatArray) -> GroupSums:
        """With wider bins."""
        if self.risk is None or self.risk.bins is None:
            return self
        return replace(self, risk=replace(self.risk, bins=self.risk.bins.coarsened(edges)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON; edges of bins are left to the whole."""
        record: dict[str, Any] = {"withheld": self.risk is None}
        if self.risk is not None:
            record["events"] = self.risk.events.to_dict()
            record["others"] = self.risk.others.to_dict()
            if self.risk.bins is not None:
                record["bins"] = [
                    counts.astype(np.int64).tolist()
                    for counts in (self.risk.bins.events, self.risk.bins.others)
                ]
        if self.attribution is not None:
            record["attribution"] = self.attribution.to_dict()
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], edges: FloatArray) -> GroupSums:
        """Inverse of :meth:`to_dict`, given the edges of the bins."""
        attribution = None
        if "attribution" in record:
            attribution = AttributionSums.from_dict(record["attribution"])
        if record["withheld"]:
            return cls(None, attribution)
        bins = RiskBins(edges, *record["bins"]) if "bins" in record else None
        events, others = (OutcomeSums.from_dict(record[name]) for name in ("events", "others"))
        return cls(RiskSums(events, others, bins), attribution)


NamedSums = tuple[tuple[Slice, GroupSums], ...]
