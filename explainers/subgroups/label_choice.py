"""What the choice of the outcome does to who is selected, and both ways of correcting it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from explainers.core.arrays import BoolArray, IntArray
from explainers.core.cohort import Cohort
from explainers.core.schema import Grouping
from explainers.core.study import Study
from explainers.core.subgroup import Slice
from explainers.disclosure.persons import floor_in_rows
from explainers.errors import SettingsError, UnsupportedError
from explainers.models.bundle import Bundle
from explainers.subgroups.candidate_labels import (
    UNTESTED,
    RankedPatients,
    candidate_outcomes,
    rank_by_outcomes,
)
from explainers.subgroups.label_comparison import (
    ComparedGroups,
    LabelComparison,
    LabelSettings,
)
from explainers.subgroups.label_results import LabelChoice
from explainers.subgroups.released_shares import release_shares
from explainers.subgroups.selection_sample import SelectionSample
from explainers.subgroups.selections import Ranked, rank_patients
from explainers.subgroups.share_ladder import RankedGroups, ShareLadder
from explainers.subgroups.slices import NOT_RECORDED, make_slices

__all__ = ["LabelChoice", "LabelSettings", "compare_labels", "compare_ranked", "group_members"]

# Of the order of equal scores. Another seed would be another ladder, and the two be subtracted.
TIES = 0


def compare_labels(bundle: Bundle, cohort: Cohort, settings: LabelSettings) -> LabelChoice:
    """Train one recipe for several outcomes and compare whom each selects.

    Parameters
    ----------
    bundle : Bundle
        Its recipe is trained, its held-out patients are ranked.
    cohort : Cohort
        The very patients the bundle was trained from.
    settings : LabelSettings

    Returns
    -------
    LabelChoice
        Fit to be shown: what is too small, or would give away what is too small, is suppressed.

    Raises
    ------
    UnsupportedError
        "Label bias untested": one outcome only, no recipe, no attribute, or too few events.
    NotFoundError
        When the cohort is not the one the bundle was trained on.
    SettingsError, SchemaError
        When fewer people than the floor would be selected or left out; for outcomes or an attribute
        that the schema does not have.

    References
    ----------
    Obermeyer, Powers, Vogeli, Mullainathan 2019, Science 366:447.
    """
    schema = cohort.schema
    outcomes = candidate_outcomes(schema, settings.outcomes)
    if not schema.groups:
        raise UnsupportedError(f"{UNTESTED}: the cohort has no attribute to tell groups apart by")
    return compare_ranked(bundle, rank_by_outcomes(bundle, cohort, outcomes), settings)


def compare_ranked(
    bundle: Bundle, patients: RankedPatients, settings: LabelSettings
) -> LabelChoice:
    """The same for patients who have a score for each outcome already.

    Parameters
    ----------
    bundle : Bundle
    patients : RankedPatients
        With every outcome that can be trained for: the shares, the groups and who is hidden follow
        from all of them, whichever are asked for, so that two answers cannot be subtracted.
    settings : LabelSettings

    Raises
    ------
    UnsupportedError, SettingsError, SchemaError
        As :func:`compare_labels`.
    """
    schema = patients.cohort.schema
    by = schema.group(settings.by or schema.groups[0].name).name
    settings = replace(settings, by=by, floor=floor_in_rows(patients.cohort, settings.floor))
    places, members = group_members(bundle, patients.cohort, by)
    groups = _groups(patients, schema.group(by), (places, members), settings.floor)
    asked = candidate_outcomes(schema, settings.outcomes)
    chosen = patients.positions_of(asked)
    patients = patients.only(asked)
    ranked = _rank(patients, [groups.orders[at] for at in chosen], members, settings)
    ladder = _ladder(groups, ranked).of_labels(chosen)
    groups = groups.merged(ladder.parts)
    shown = ComparedGroups(
        places=tuple(place.label for place in groups.places),
        reference=groups.reference.label,
        ladder=ladder,
    )
    ranked = replace(
        ranked,
        members=groups.members.astype(np.float64),
        favoured=shown.position,
        n_selected=ladder.nearest(settings.top),
    )
    sample = SelectionSample.of(
        ranked,
        floor=settings.floor,
        level=settings.level,
        n_resamples=settings.n_resamples,
        seed=settings.seed,
    )
    return LabelComparison(bundle, patients, settings, shown, sample).result()


def group_members(bundle: Bundle, cohort: Cohort, by: str) -> tuple[tuple[str, ...], BoolArray]:
    """Labels (g) of the groups that have patients, and who belongs to which, (n, g)."""
    study = Study(bundle.model, cohort, cohort, bundle.facts.outcome, bundle.facts.threshold)
    slices = [(place, member) for place, member in make_slices(study, [by]) if member.any()]
    return tuple(place.label for place, _ in slices), np.column_stack([own for _, own in slices])


def _rank(
    patients: RankedPatients,
    orders: Sequence[IntArray],
    members: BoolArray,
    settings: LabelSettings,
) -> Ranked:
    """One ranking for each outcome, and a last one by recorded need; not released yet."""
    n = len(patients.need)
    n_selected = round(settings.top * n)
    if min(n_selected, n - n_selected) < settings.floor:
        raise SettingsError(
            f"at least {settings.floor} people must be selected, and as many not",
            value=f"{settings.top:.1%} of {n:,} patients",
            remedy="Select another share.",
        )
    by_need_model = np.empty(n, dtype=np.int64)
    by_need_model[orders[1]] = np.arange(n)
    return Ranked(
        orders=(*orders, rank_patients(patients.need, by_need_model)),
        members=members.astype(np.float64),
        labels=patients.labels,
        need=patients.need,
        favoured=-1,
        n_selected=n_selected,
        belonging=patients.cohort.clusters,
    )


def _groups(
    patients: RankedPatients,
    by: Grouping,
    named: tuple[tuple[str, ...], BoolArray],
    floor: int,
) -> RankedGroups:
    places, members = named
    ties = np.random.default_rng(TIES).permutation(len(members))
    return RankedGroups(
        orders=tuple(rank_patients(score, ties) for score in patients.scores.T),
        labels=patients.labels,
        members=members,
        places=tuple(Slice(((by.name, label),)) for label in places),
        reference=Slice(((by.name, by.reference),)),
        floor=floor,
        n_bands=sum(label != NOT_RECORDED for label in places) if by.cuts else 0,
    )


def _ladder(groups: RankedGroups, ranked: Ranked) -> ShareLadder:
    ladder = release_shares(groups, ranked.orders[-1], ranked.need)
    if ladder is None:
        raise UnsupportedError(
            f"{UNTESTED}: at no share are enough people selected to tell of them",
            value=f"{groups.n:,} patients",
            remedy="Use a cohort with more patients.",
        )
    return ladder
