"""What stands for a study in a cache key: digests, never the patients themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from explainers.core.study import Study

StudyKey = tuple[str, str, str, str, float, float, int]


def study_key(study: Study) -> StudyKey:
    """Digests and choices that decide every result of a study."""
    return (
        study.model.digest,
        study.cohort.digest,
        study.reference.digest,
        study.outcome,
        study.threshold,
        study.declared_threshold,
        study.seed,
    )


def study_text(study: Study) -> str:
    """The same as one text: Streamlit takes a tuple apart, part by part, at each look-up."""
    return "|".join(map(str, study_key(study)))


BY_DIGEST: dict[type | str, Callable[[Any], Any]] = {Study: study_text}
