"""The groups a model serves worst, found without naming them and confirmed on other patients."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from explainers.core.arrays import BoolArray, FloatArray, IntArray
from explainers.core.progress import Meter, Progress
from explainers.core.study import Study
from explainers.disclosure.counts import SMALLEST_CELL
from explainers.disclosure.persons import floor_in_rows
from explainers.performance.labelled_risk import LabelledRisk
from explainers.performance.metric import MetricSettings
from explainers.subgroups.discovery.attributes import Attribute, list_attributes
from explainers.subgroups.discovery.choice import choose_slices
from explainers.subgroups.discovery.figures import searched_figures, slice_figures
from explainers.subgroups.discovery.halves import split_halves, strata_of
from explainers.subgroups.discovery.model_errors import EVENTS, EXCESS, VARIANCE, Errors
from explainers.subgroups.discovery.release import Release
from explainers.subgroups.discovery.results import Detectable, Discovery, FoundSlice
from explainers.subgroups.discovery.search import Candidate, search_crossed
from explainers.subgroups.discovery.settings import SearchSettings
from explainers.subgroups.discovery.shown import Patients, Shown, decide_slices
from explainers.subgroups.discovery.tables import Conditions, Half
from explainers.subgroups.discovery.tree import grow_tree
from explainers.uncertainty.multiplicity import holm, simultaneous_level

METHOD = "slice-discovery"
DEFAULT_SETTINGS = SearchSettings()
SHARES = (0.05, 0.10, 0.25)
POWER = 0.80
TOO_FEW = (
    "Nothing was searched: each half of the held-out patients needs at least {least:.0f} patients"
    " with and without the outcome for groups of a size that may be shown."
)
SHARED_PERSONS = (
    "Nothing was searched: rows are parted into two halves, and here a person may stand in both."
)
NO_ATTRIBUTES = "Nothing was searched: no attribute or input divides these patients."


@dataclass(frozen=True)
class _Halves:
    """The labelled patients of a study, in two halves; their rows are those among the labelled."""

    search: Half
    confirm: Half
    search_rows: IntArray
    confirm_rows: IntArray
    release: Release

    def whole(self, conditions: Conditions) -> BoolArray:
        """Which of all labelled patients meet the conditions."""
        found = np.zeros(len(self.search_rows) + len(self.confirm_rows), dtype=bool)
        found[self.search_rows] = self.search.members(conditions)
        found[self.confirm_rows] = self.confirm.members(conditions)
        return found


def discover_slices(
    study: Study,
    settings: SearchSettings = DEFAULT_SETTINGS,
    floor: int = SMALLEST_CELL,
    progress: Progress | None = None,
) -> Discovery:
    """Search one half of the labelled patients for badly served groups, and ask the other half.

    Parameters
    ----------
    study : Study
        Its seed decides who is in which half.
    settings : SearchSettings
    floor : int
        Smallest count that may be shown, 11 or more.
    progress : callable, optional
        Told after each number of conditions, after the tree and after the confirmation.

    Returns
    -------
    Discovery
        Fit to be shown. Where nothing could be searched, it says why.

    Raises
    ------
    SettingsError
        For a floor below 11, or labels and risks that are none.
    """
    floor = floor_in_rows(study.cohort, floor)
    meter = Meter(settings.depth + 2, progress)
    patients = LabelledRisk.of_study(study)
    attributes, left_out = list_attributes(
        study.cohort, study.model.columns, settings.most_attributes
    )
    reason = SHARED_PERSONS if study.cohort.persons is not None else ""
    if reason := reason or _obstacle(patients, attributes, settings):
        return _nothing(study, settings, attributes, left_out, reason)
    halves = _halves(study, patients, attributes, settings, floor)
    crossed = search_crossed(halves.search, meter)
    parts, n_parts = grow_tree(halves.search, crossed.n_looked_at)
    meter.add(1)
    release = halves.release.foreseen(halves.search_rows)
    chosen = choose_slices(halves.search, (*crossed.candidates, *parts), release)
    found, n_withheld = _confirm(study, halves, chosen, floor)
    meter.add(1)
    return Discovery(
        slices=found,
        n_withheld=n_withheld,
        n_searched=len(halves.search.rows),
        n_confirming=len(halves.confirm.rows),
        attributes=tuple(attribute.pattern.label for attribute in attributes),
        left_out=left_out,
        n_candidates=crossed.n_looked_at,
        n_tree_parts=n_parts,
        detectable=_detectable(halves.confirm.errors, settings),
        provenance=study.provenance(METHOD, floor=floor, **settings.to_dict()),
    )


def _obstacle(
    patients: LabelledRisk, attributes: tuple[Attribute, ...], settings: SearchSettings
) -> str:
    """Why nothing can be searched, or ""."""
    # A group and everybody else, in either half.
    least = 2 * settings.fewest_expected
    if min(patients.n_events, patients.n_others) < 2 * least:
        return TOO_FEW.format(least=least)
    return "" if attributes else NO_ATTRIBUTES


def _halves(
    study: Study,
    patients: LabelledRisk,
    attributes: tuple[Attribute, ...],
    settings: SearchSettings,
    floor: int,
) -> _Halves:
    strata = strata_of(patients.is_event, patients.risk >= study.threshold)
    labelled = np.flatnonzero(study.is_labelled)
    rows = split_halves(strata, study.seed)
    search, confirm = (
        Half(
            attributes,
            labelled[own],
            Errors.of(LabelledRisk(patients.is_event[own], patients.risk[own]), study.threshold),
            settings,
        )
        for own in rows
    )
    release = Release.of(study.cohort, study.is_labelled, patients.is_event, floor)
    return _Halves(search, confirm, *rows, release)


def _confirm(
    study: Study, halves: _Halves, chosen: tuple[Candidate, ...], floor: int
) -> tuple[tuple[FoundSlice, ...], int]:
    """Every chosen group tested on the other half; those that may be shown, and how many not."""
    errors, settings = halves.confirm.errors, halves.confirm.settings
    members = [halves.confirm.members(one.conditions) for one in chosen]
    shown = _shown(study, halves, chosen, floor)
    is_shown = [bool(families) for families in shown]
    p_values = _p_values(errors, chosen, members)
    adjusted = holm(np.where(is_shown, p_values, 1.0))
    level = simultaneous_level(settings.level, max(len(chosen), 1))
    wide = MetricSettings(study.threshold, level, study.seed)
    plain = MetricSettings(study.threshold, settings.level, study.seed)
    found = [
        FoundSlice(
            traits=tuple(halves.search.attributes[at].trait(bins) for at, bins in one.conditions),
            criterion=one.criterion,
            method=one.method,
            p_value=float(p_value),
            is_confirmed=bool(p_value <= 1.0 - settings.level),
            searched=searched_figures(
                halves.search.errors.patients,
                halves.search.members(one.conditions),
                (plain, families, floor),
            ),
            confirmed=slice_figures(errors.patients, own, (wide, families, floor)),
        )
        for one, own, p_value, families in zip(chosen, members, adjusted, shown, strict=True)
        if families
    ]
    found.sort(key=lambda one: one.p_value)
    return tuple(found), len(chosen) - len(found)


def _p_values(
    errors: Errors, chosen: tuple[Candidate, ...], members: list[BoolArray]
) -> FloatArray:
    """Of each group, for what those brought before it do not explain: one fault is told once."""
    explained = np.zeros(len(errors.adjusted), dtype=bool)
    found = []
    for one, own in zip(chosen, members, strict=True):
        found.append(errors.p_value(own, one.criterion))
        explained |= errors.judged(own, one.criterion)
        errors = errors.explained_by(own, one.criterion, explained)
    return np.array(found)


def _shown(
    study: Study, halves: _Halves, chosen: tuple[Candidate, ...], floor: int
) -> tuple[Shown, ...]:
    """What of each group may be shown beside the others and every table."""
    is_confirming = np.zeros(len(halves.search_rows) + len(halves.confirm_rows), dtype=bool)
    is_confirming[halves.confirm_rows] = True
    known = LabelledRisk.of_study(study)
    patients = Patients(study, is_confirming, known.is_event, known.risk >= study.threshold, floor)
    made_of = {at for one in chosen for at, _ in one.conditions}
    attributes = [one.pattern for at, one in enumerate(halves.search.attributes) if at in made_of]
    return decide_slices(
        patients,
        [halves.whole(one.conditions) for one in chosen],
        [one.attribute for one in attributes if one.is_group],
    )


def _detectable(errors: Errors, settings: SearchSettings) -> tuple[Detectable, ...]:
    """The weakest fault confirmed with the power stated, in groups like everybody else.

    Normal approximation to the power of the score test, at the strictest level of Holm's method.
    """
    n, events, excess, variance = (
        float(errors.everybody[at]) for at in (0, EVENTS, EXCESS, VARIANCE)
    )
    reach = float(ndtri(1.0 - (1.0 - settings.level) / settings.most_slices) + ndtri(POWER))
    found = []
    for share in SHARES:
        spread = math.sqrt(share * (1.0 - share) * variance)
        beyond = reach * spread / ((1.0 - share) * share * (events - excess))
        found.append(Detectable(share, round(share * n), 1.0 + beyond))
    return tuple(found)


def _nothing(
    study: Study,
    settings: SearchSettings,
    attributes: tuple[Attribute, ...],
    left_out: tuple[str, ...],
    reason: str,
) -> Discovery:
    labels = tuple(attribute.pattern.label for attribute in attributes)
    provenance = study.provenance(METHOD, **settings.to_dict())
    return Discovery((), 0, 0, 0, labels, left_out, (), 0, (), provenance, reason)
