"""One patient against a cohort of a million: server time of everything on the patient screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.comparison import OURS, Aim, Comparison, Line
from benchmarks.made_up_patients import make_study
from benchmarks.measurement import Cost, in_fresh_process, measure_work
from benchmarks.screens.pieces import Piece, kept_pieces, patient_pieces
from benchmarks.sizes import Sizes

MOST_SECONDS = 0.5
N_REPEATS = 3
SEED = 0
NOTE = (
    "Figures are drawn, the browser's part is not counted. The aim is on processor time, which is"
    " what a server has to spend."
)

Costs = list[tuple[str, Cost]]


def compare_one_patient(sizes: Sizes) -> Iterator[Comparison]:
    """What is kept for a model, and what each patient then takes."""
    kept, clicked = in_fresh_process(_measure_here, sizes.large_cohort)
    n = f"{sizes.large_cohort:,}"
    total = _total(clicked)
    aim = Aim(f"at most {1000 * MOST_SECONDS:.0f} ms", total.cpu_seconds <= MOST_SECONDS)
    yield Comparison(
        f"the patient screen for one patient among {n}",
        (Line(f"{OURS}, all of it", total, aim=aim), *_lines(clicked)),
        note=NOTE,
    )
    yield Comparison(
        f"what is computed once for a model on {n} patients, and kept",
        (Line(f"{OURS}, all of it", _total(kept)), *_lines(kept)),
        note="The first patient waits for what of this is not there yet.",
    )


def _measure_here(n_patients: int) -> tuple[Costs, Costs]:
    study, made = measure_work(lambda: make_study(n_patients, SEED))
    results: dict[str, Any] = {}
    kept = _measure(kept_pieces(study), results, 1)
    ids = study.cohort.patient_ids
    # The first patient loads packages and compiled code; the second is like all that follow.
    _measure(patient_pieces(study, ids[0], results), {}, 1)
    clicked = _measure(patient_pieces(study, ids[len(ids) // 2], results), {}, N_REPEATS)
    return [("digest of the patients, and making them up", made), *kept], clicked


def _measure(pieces: Sequence[Piece], results: dict[str, Any], n_repeats: int) -> Costs:
    costs = []
    for piece in pieces:
        results[piece.name], cost = measure_work(piece.compute, n_repeats)
        costs.append((piece.name, cost))
    return costs


def _total(costs: Costs) -> Cost:
    total = Cost(0.0, 0.0, 0.0)
    for _, cost in costs:
        total = total.plus(cost)
    return total


def _lines(costs: Costs) -> list[Line]:
    return [Line(name, cost) for name, cost in sorted(costs, key=lambda one: -one[1].cpu_seconds)]
