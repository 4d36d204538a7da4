"""How far patients are from each other. There are two answers, because there are two questions.

"Who is like this patient?" looks at what was measured in both and lets the rest be: not having been
asked about smoking makes nobody unlike the others. That is :class:`PatientSpace`, a mean over
shared inputs in standard deviations, quick enough for a million patients at every click.

"Is this patient unlike those the model has learnt from?" must count a missing value as something a
patient has, must not be dominated by one skewed input, and must see a value ten times the largest
known one as far away. That is :class:`ScoreSpace`, Euclidean in normal scores, with coordinates
that say what is missing.
"""

from explainers.distances.patient_space import (
    PatientSpace,
    build_attribution_space,
    build_space,
    kth_smallest,
)
from explainers.distances.score_space import (
    NumberAxis,
    ScoreSpace,
    is_graded,
    nearest_distances,
    squared_distances,
)

__all__ = [
    "NumberAxis",
    "PatientSpace",
    "ScoreSpace",
    "build_attribution_space",
    "build_space",
    "is_graded",
    "kth_smallest",
    "nearest_distances",
    "squared_distances",
]
