"""Which of the candidates are brought to confirmation: the best, then what it does not explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from explainers.core.arrays import BoolArray, FloatArray
from explainers.subgroups.discovery.model_errors import N_SUMS, Errors, scores_of
from explainers.subgroups.discovery.release import Release
from explainers.subgroups.discovery.search import Candidate
from explainers.subgroups.discovery.settings import CRITERIA
from explainers.subgroups.discovery.tables import Half

# A plain score below this is what every search meets by chance; it would only dilute the others.
LEAST_SCORE = 2.0


def choose_slices(
    half: Half, candidates: tuple[Candidate, ...], release: Release
) -> tuple[Candidate, ...]:
    """Up to ``most_slices`` candidates, each the best for what those before leave unexplained.

    Parameters
    ----------
    half : Half
        The half that was searched.
    candidates : tuple of Candidate
    release : Release
        Of the same half: a candidate that could not be shown is passed over.
    """
    members = [half.members(one.conditions) for one in candidates]
    errors, chosen, shown = half.errors, list[Candidate](), list[BoolArray]()
    sums = _sums(errors.amounts, members)
    waiting = set(range(len(candidates)))
    explained = np.zeros(len(half.rows), dtype=bool)
    while waiting and len(chosen) < half.settings.most_slices:
        rescored = _rescored(half, errors, candidates, sums)
        waiting &= set(rescored)
        order = sorted(
            waiting,
            key=lambda at: (-rescored[at].evidence, len(rescored[at].conditions), at),
        )
        best = next((at for at in order if release.allows(members[at], shown)), None)
        if best is None:
            break
        chosen.append(rescored[best])
        shown.append(members[best])
        waiting.remove(best)
        explained |= errors.judged(members[best], candidates[best].criterion)
        errors = errors.explained_by(members[best], candidates[best].criterion, explained)
        sums = _sums(errors.amounts, members)
    return tuple(chosen)


def _sums(amounts: FloatArray, members: Sequence[BoolArray]) -> FloatArray:
    """Sums of the amounts (n, 7) of each group's members (n,), (k, 7)."""
    return np.array([own.astype(np.float64) @ amounts for own in members]).reshape(-1, N_SUMS)


def _rescored(
    half: Half, errors: Errors, candidates: tuple[Candidate, ...], sums: FloatArray
) -> dict[int, Candidate]:
    """The candidates with their scores against these errors, where enough is left of them."""
    plain = scores_of(sums, errors.everybody, 0.0)
    beyond = scores_of(sums, errors.everybody, half.settings.margin)
    found = {}
    for at, candidate in enumerate(candidates):
        column = CRITERIA.index(candidate.criterion)
        if plain[at, column] >= LEAST_SCORE and beyond[at, column] > 0.0:
            found[at] = replace(candidate, score=float(beyond[at, column]))
    return found
