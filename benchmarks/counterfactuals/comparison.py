"""Counterfactuals, ours beside those of dice-ml: who answers, how well, and how soon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.comparison import OURS, Aim, Comparison, Line, ratio
from benchmarks.counterfactuals.dice import METHODS, ask_dice
from benchmarks.counterfactuals.judgement import Found, Judgement, Method, ask, judge
from benchmarks.made_up_patients import MODEL
from benchmarks.measurement import in_fresh_process
from benchmarks.peer_environment import has_peers
from benchmarks.sizes import Sizes
from explainers.alternatives import (
    CounterfactualSettings,
    SeenPatients,
    describe_seen_patients,
    find_counterfactuals,
)
from explainers.core import Study
from explainers.core.arrays import FloatArray
from explainers.workspace import Workspace

N_ANSWERS = 4
SEED = 0
# dice-ml knows neither clinical directions nor concepts, so the first of ours is not held to them.
SAME_QUESTION = CounterfactualSettings(n_answers=N_ANSWERS, allow_unexpected=True, each_alone=True)
OTHER_QUESTIONS = {
    f"{OURS}, at any distance from real patients": replace(SAME_QUESTION, usual_share=1.0),
    f"{OURS}, tied inputs together": replace(SAME_QUESTION, each_alone=False),
    f"{OURS}, as the dashboard asks": CounterfactualSettings(n_answers=N_ANSWERS),
}
NOTE = (
    "The first line is asked what dice-ml is asked. Answered: patients with a valid answer. Valid:"
    " crosses the threshold, by values of actionable inputs inside the range seen. Changes: inputs"
    " that differ, mean over answers; linked once: weight, body mass index and waist count as one."
    " Sets: different sets of changed inputs per patient. Cost: median sum of changes in robust"
    " deviations. Usual: no farther from real patients than 95% of these are. Contradictory: inputs"
    " that follow from each other, such as weight and body mass index, do not fit. Torn: an input"
    " departs from its concept by more than in 95% of patients, and more than before. The dashboard"
    " also holds to the directions that the schema gives, and moves closely tied inputs together."
)


def compare_counterfactuals(sizes: Sizes) -> Iterator[Comparison]:
    """The same patients above the threshold, by every method there is."""
    ours, *others = judge_all(sizes.counterfactual_patients, SEED)
    lines = [Line(OURS, ours[0].cost, note=_quality(ours[1]))]
    versions: dict[str, str] = {}
    for found, judgement, of in others:
        versions |= of
        is_peer = found.method not in OTHER_QUESTIONS
        is_met = _is_better(ours[1], judgement)
        aim = Aim("ours at least as valid, sparse, plausible and fast", is_met)
        lines.append(
            Line(
                found.method,
                found.cost,
                ratio=ratio(ours[0].cost, found.cost) if is_peer else None,
                aim=aim if is_peer else None,
                note=_quality(judgement),
            )
        )
    n = len(ours[0].answers)
    title = f"counterfactuals, {n} patients of {MODEL}, {N_ANSWERS} answers each"
    yield Comparison(title, tuple(lines), note=NOTE, versions=versions)


def judge_all(n_patients: int, seed: int) -> list[tuple[Found, Judgement, dict[str, str]]]:
    """Answers and their judgement, ours first; of dice-ml where its environment is there."""
    study = Workspace().open_study(MODEL)
    seen = describe_seen_patients(study)
    rows = draw_rows(study, n_patients, seed)
    questions = {OURS: SAME_QUESTION, **OTHER_QUESTIONS}
    found: list[tuple[Found, dict[str, str]]] = [
        (in_fresh_process(ask_ours, rows, name, how), {}) for name, how in questions.items()
    ]
    if has_peers():
        found += [ask_dice(study, seen, rows, method, N_ANSWERS) for method in METHODS]
    return [(each, judge(each, rows, study, seen), versions) for each, versions in found]


def draw_rows(study: Study, n: int, seed: int) -> FloatArray:
    """A seeded draw of patients above the threshold; complete ones, as dice-ml needs them."""
    fit = np.flatnonzero(~np.isnan(study.matrix).any(axis=1) & (study.risk >= study.threshold))
    drawn = np.random.default_rng(seed).choice(fit, min(n, len(fit)), replace=False)
    rows: FloatArray = study.matrix[np.sort(drawn)]
    return rows


def ask_ours(rows: FloatArray, name: str, settings: CounterfactualSettings) -> Found:
    """Our answers; what describes the seen patients is made before, as dice-ml's explainer is."""
    study = Workspace().open_study(MODEL)
    method = _ours(study, describe_seen_patients(study), settings)
    method(rows[0])  # what is made on the first call, such as compiled code, is not counted
    return ask(name, method, rows)


def _ours(study: Study, seen: SeenPatients, settings: CounterfactualSettings) -> Method:
    def answer(row: FloatArray) -> FloatArray:
        found = find_counterfactuals(study, row, settings=settings, seen=seen).answers
        return np.array([one.row for one in found]).reshape(len(found), len(row))

    return answer


def _is_better(ours: Judgement, theirs: Judgement) -> bool:
    """On validity, sparsity, plausibility and time; no worse than equal on any."""
    if not theirs.n_counterfactuals:
        return ours.n_counterfactuals > 0
    return (
        ours.answered >= theirs.answered
        and ours.valid >= theirs.valid
        and ours.n_changed <= theirs.n_changed
        and ours.usual >= theirs.usual
        and ours.milliseconds_median <= theirs.milliseconds_median
    )


def _quality(judged: Judgement) -> str:
    if not judged.n_counterfactuals:
        return "no answer"
    return (
        f"answered {judged.answered:.0%}, valid {judged.valid:.0%}, changes {judged.n_changed:.2f}"
        f" (linked once {judged.n_linked:.2f}), sets {judged.n_sets:.1f}, cost {judged.cost:.1f},"
        f" usual {judged.usual:.0%}, contradictory {judged.contradictory:.0%},"
        f" torn {judged.torn:.0%}, {judged.milliseconds_median:,.0f} ms each"
    )
