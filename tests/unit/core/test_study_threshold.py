"""A study at another threshold."""

from __future__ import annotations

from explainers.core import Study


def test_another_threshold_predicts_nobody_anew(logistic_study: Study) -> None:
    """Prevents seconds of predicting a million patients at each move of a threshold."""
    moved = logistic_study.with_threshold(0.31)
    assert moved.threshold == 0.31
    assert logistic_study.threshold != 0.31
    for name in ("matrix", "reference_matrix", "risk", "labels"):
        kept = getattr(logistic_study, name)
        assert getattr(logistic_study.with_threshold(0.32), name) is kept
