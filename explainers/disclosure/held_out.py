"""How many patients a model is tested on, in words that give nobody away."""

from __future__ import annotations

import numpy as np

from explainers.core.study import Study
from explainers.disclosure.counts import is_small, round_people


def held_out_size(study: Study) -> str:
    """Number of held-out patients; to the nearest twenty where few of them lack the outcome.

    Exact figures are of those who have it: beside them an exact number of all would tell how many
    do not.
    """
    n = len(study.cohort)
    n_without = n - int(np.count_nonzero(study.is_labelled))
    if is_small(np.array([n_without]))[0]:
        return f"about {int(round_people(n)):,}"
    return f"{n:,}"
