"""A model's performance by group as sums: parts of a cohort and hospitals add up to the whole.

Counts are whole numbers and sums are exact, so what is added gives, bit for bit, what all patients
together would have given, in whatever order. Sums hold small counts; :meth:`AuditSums.suppressed`
makes what may leave the place where the patients are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from explainers.attribution.attribution_sums import sum_attributions
from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.core.study import Study
from explainers.core.subgroup import Slice, SubgroupTable
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.errors import SettingsError
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.performance.risk_sums import EDGES_VERSION, standard_edges, sum_risks
from explainers.subgroups.disaggregation import DEFAULT_METRICS, group_positions
from explainers.subgroups.outcome_counts import reference_slice
from explainers.subgroups.slices import make_slices
from explainers.subgroups.sums.groups import GroupSums, NamedSums
from explainers.subgroups.sums.release import release_groups
from explainers.subgroups.sums.tables import Summed, tables_from_sums

FORMAT = "pellucid-audit-sums-1"


@dataclass(frozen=True)
class AuditSums:
    """Everybody and each group by their sums.

    Attributes
    ----------
    model_digest, outcome : str
        The model and what it predicts.
    thresholds : tuple of float
        People can be counted at these. The first is the one declared for the model, which figures
        are shown at without regard to the others.
    edges, group_edges : ndarray of shape (b + 1,)
        Edges of the bins of risk, of everybody and of the groups; those of the groups are among
        those of everybody, and the same before release.
    everybody : GroupSums
    groups : tuple of (Slice, GroupSums)
        Every patient is in exactly one.
    reference : Slice
        The group that others are compared with.
    floor : int
        Smallest count that may be shown, where small ones are withheld; 0 where none is.
    """

    model_digest: str
    outcome: str
    thresholds: tuple[float, ...]
    edges: FloatArray
    group_edges: FloatArray
    everybody: GroupSums
    groups: NamedSums
    reference: Slice
    floor: int = 0

    def __add__(self, other: AuditSums) -> AuditSums:
        """Sums of both sets of patients, who must be different people.

        What either withholds of a group is withheld of that group in the sum too: the figures
        would be of other patients than the group's name says.

        Raises
        ------
        SettingsError
            For another model, outcome, thresholds, edges of bins, groups or reference; or where
            one was released and the other was not.
        """
        self._check_same("model_digest", "outcome", "thresholds", "reference", other=other)
        if bool(self.floor) != bool(other.floor):
            raise SettingsError(
                "released sums and unreleased ones cannot be added: their difference would give"
                " away what was withheld",
                remedy="Add before release, or release every part.",
            )
        self._check_edges(other)
        places = [[place.conditions for place, _ in each.groups] for each in (self, other)]
        if places[0] != places[1]:
            raise SettingsError(
                "sums can be added where their groups are the same, in the same order",
                value=sorted(set(places[0]) ^ set(places[1])) or "another order",
                remedy="Declare the same groups in the schema of every part.",
            )
        groups = tuple(
            (place, own + theirs)
            for (place, own), (_, theirs) in zip(self.groups, other.groups, strict=True)
        )
        everybody, floor = self.everybody + other.everybody, min(self.floor, other.floor)
        return replace(self, everybody=everybody, groups=groups, floor=floor)

    def _check_same(self, *names: str, other: AuditSums) -> None:
        for name in names:
            own, theirs = getattr(self, name), getattr(other, name)
            if own != theirs:
                raise SettingsError(
                    f"sums can be added where their {name.replace('_', ' ')} is the same",
                    value=(own, theirs),
                )

    def _check_edges(self, other: AuditSums) -> None:
        for name in ("edges", "group_edges"):
            own, theirs = getattr(self, name), getattr(other, name)
            if not np.array_equal(own, theirs):
                raise SettingsError(
                    "sums can be added where the edges of their bins of risk are the same",
                    value=(len(own), len(theirs)),
                    remedy="Coarsen every part to the edges that all of them share.",
                )

    def coarsened(self, edges: ArrayLike, group_edges: ArrayLike | None = None) -> AuditSums:
        """The same with wider bins.

        Parameters
        ----------
        edges : array-like of shape (b + 1,)
            Edges to keep, 0 and 1 among them.
        group_edges : array-like, optional
            Those to keep of the groups, some of the above; all of them without it.

        Raises
        ------
        SettingsError
            When an edge is not among ours.
        """
        kept = np.unique(np.asarray(edges, dtype=np.float64))
        of_groups = kept if group_edges is None else np.unique(np.asarray(group_edges, np.float64))
        return replace(
            self,
            edges=kept,
            group_edges=of_groups,
            everybody=self.everybody.coarsened(kept),
            groups=tuple((place, own.coarsened(of_groups)) for place, own in self.groups),
        )

    def suppressed(self, floor: int = SMALLEST_CELL) -> AuditSums:
        """What may leave the place where the patients are.

        Groups are withheld as in every table at the declared threshold. Bins are released of
        groups that have five times the floor with and without the outcome, so wide that each
        count is 0 or at least the floor, in every such group and in all others together. Files of
        the same patients by other attributes, thresholds and floors can be held against each
        other: where bins end does not depend on the other thresholds, bins that somebody made
        wider end at the declared one only, and so do those of groups by two attributes. Sums are
        rounded, so that their last digits are nobody's fingerprint.

        Raises
        ------
        SettingsError
            When the floor is lower than 11, or these sums were released already.
        """
        if self.floor:
            raise SettingsError("these sums were released already", value=self.floor)
        released = release_groups(self._summed, self.edges, self.thresholds[0], floor)
        return replace(
            self,
            edges=released.edges,
            group_edges=released.group_edges,
            everybody=released.everybody,
            groups=released.groups,
            floor=floor,
        )

    def metrics(
        self,
        slugs: Sequence[str] = DEFAULT_METRICS,
        threshold: float | None = None,
        level: float = 0.95,
        seed: int = 0,
    ) -> tuple[SubgroupTable, ...]:
        """Estimate metrics for everybody and each group, one table per metric, fit to be shown.

        Parameters
        ----------
        slugs : sequence of str
            Of :data:`~explainers.performance.metrics.METRICS`.
        threshold : float, optional
            One of ours, or an edge of the bins; the declared one without it. Figures at two
            thresholds could be subtracted, so at any other than that one they are those of the
            released sums.
        level, seed
            Of the intervals.

        Raises
        ------
        SettingsError
            For an unknown metric, or a threshold at which nobody was counted.
        """
        at = self.thresholds[0] if threshold is None else threshold
        if at not in self.thresholds and at not in self.edges[1:-1]:
            raise SettingsError(
                "people are counted at the declared thresholds and the edges of bins only",
                value=at,
                remedy=f"They are {', '.join(map(str, self.thresholds))}, and the `edges`.",
            )
        if at != self.thresholds[0] and not self.floor:
            return self.suppressed().metrics(slugs, at, level, seed)
        settings = MetricSettings(at, level, seed)
        return tables_from_sums(self._summed, slugs, settings, self.floor)

    @property
    def _summed(self) -> Summed:
        return Summed(self.everybody, self.groups, self.reference)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {
            "format": FORMAT,
            "edges_version": EDGES_VERSION,
            "model_digest": self.model_digest,
            "outcome": self.outcome,
            "thresholds": list(self.thresholds),
            "edges": self.edges.tolist(),
            "group_edges": self.group_edges.tolist(),
            "reference": dict(self.reference.conditions),
            "floor": self.floor,
            "everybody": self.everybody.to_dict(),
            "groups": [
                {"slice": dict(place.conditions), **own.to_dict()} for place, own in self.groups
            ],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> AuditSums:
        """Inverse of :meth:`to_dict`; SettingsError where it was written by another version."""
        written = (record.get("format"), record.get("edges_version"))
        if written != (FORMAT, EDGES_VERSION):
            raise SettingsError(
                f"sums must have the format {FORMAT} with bins of {EDGES_VERSION}", value=written
            )
        edges, group_edges = (
            np.asarray(record[name], dtype=np.float64) for name in ("edges", "group_edges")
        )
        groups = tuple(
            (Slice(tuple(entry["slice"].items())), GroupSums.from_dict(entry, group_edges))
            for entry in record["groups"]
        )
        return cls(
            record["model_digest"],
            record["outcome"],
            tuple(record["thresholds"]),
            edges,
            group_edges,
            GroupSums.from_dict(record["everybody"], edges),
            groups,
            Slice(tuple(record["reference"].items())),
            record["floor"],
        )


def sum_study(
    study: Study,
    by: Sequence[str],
    thresholds: Sequence[float] = (),
    attribution: Attribution | None = None,
) -> AuditSums:
    """Reduce a study's labelled patients to sums by group.

    Parameters
    ----------
    study : Study
    by : sequence of str
        One or two attributes; two are crossed.
    thresholds : sequence of float
        At which people are to be counted beside the study's declared threshold, which is first.
    attribution : Attribution, optional
        Of the study's patients, in the same order; those without a label are left out here too.

    Raises
    ------
    SettingsError
        For a threshold outside (0, 1), attributes that cannot be crossed, or attributions of
        other patients; or where rows belong together, since sums do not remember whose they are.
    """
    _check_independent(study)
    declared = tuple(dict.fromkeys((study.declared_threshold, *thresholds)))
    if not 0.0 < min(declared) <= max(declared) < 1.0:
        raise SettingsError("a threshold must lie between 0 and 1, both excluded", value=declared)
    slices = make_slices(study, by)
    position = group_positions(slices)[study.is_labelled]
    edges = standard_edges(declared)
    patients = LabelledRisk.of_study(study)
    groups = [GroupSums(own) for own in sum_risks(patients, position, len(slices), edges)]
    if attribution is not None:
        if attribution.patient_ids != study.cohort.patient_ids:
            raise SettingsError("attributions must be of the study's patients, in the same order")
        places = np.where(study.is_labelled, group_positions(slices), -1)
        sums = sum_attributions(attribution, places, len(slices))
        groups = [replace(own, attribution=each) for own, each in zip(groups, sums, strict=True)]
    return AuditSums(
        study.model.digest,
        study.outcome,
        declared,
        edges,
        edges,
        reduce(GroupSums.__add__, groups),
        tuple((place, own) for (place, _), own in zip(slices, groups, strict=True)),
        reference_slice(study, by),
    )


def _check_independent(study: Study) -> None:
    """Two parts may hold the same person; intervals from their sums would be too narrow."""
    if study.cohort.clusters is not None:
        raise SettingsError(
            "sums cannot tell which rows belong together, so intervals from them would be too"
            " narrow",
            value=study.cohort.schema.person or study.cohort.schema.site,
            remedy="Use the tables by group, or keep one row of each person.",
        )


def shared_edges(parts: Sequence[AuditSums]) -> tuple[FloatArray, FloatArray]:
    """Edges that every part has, of everybody and of groups, as ``coarsened`` takes them."""
    edges = reduce(np.intersect1d, (part.edges for part in parts))
    return edges, reduce(np.intersect1d, (edges, *(part.group_edges for part in parts)))
