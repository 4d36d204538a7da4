"""How many patients are held out, told so that nobody can count those without an outcome."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from explainers.core import Study
from explainers.disclosure.held_out import held_out_size


@pytest.fixture
def labelled(logistic_study: Study) -> Study:
    """1,200 patients who all have the outcome recorded."""
    ids = np.array(logistic_study.cohort.patient_ids)[logistic_study.is_labelled][:1200]
    return replace(logistic_study, cohort=logistic_study.cohort.select(list(ids)))


def without_outcome(study: Study, n: int) -> Study:
    """The same patients, of whom the first n lack what the outcome is read from."""
    outcome = next(one for one in study.cohort.schema.outcomes if one.name == study.outcome)
    frame = study.cohort.frame.copy()
    for condition in outcome.any_of:
        frame.loc[frame.index[:n], condition.column] = np.nan
    return replace(study, cohort=replace(study.cohort, frame=frame))


@pytest.mark.parametrize("n_without", [0, 1, 4, 10, 11, 30])
def test_no_number_between_one_and_ten_follows(labelled: Study, n_without: int) -> None:
    """Prevents those without an outcome from being counted by subtraction."""
    study = without_outcome(labelled, n_without)
    n_labelled = int(np.count_nonzero(study.is_labelled))
    assert n_labelled == 1200 - n_without
    told = held_out_size(study)
    if not 1 <= n_without <= 10:
        assert told == "1,200"
        return
    nearest = int(told.removeprefix("about ").replace(",", ""))
    feasible = [n - n_labelled for n in range(nearest - 9, nearest + 10) if n >= n_labelled]
    assert n_without in feasible
    assert not all(1 <= n <= 10 for n in feasible)
