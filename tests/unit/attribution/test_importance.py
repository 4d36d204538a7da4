"""Mean size of contributions over patients."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.attribution.importance import ImportanceTable, global_importance
from explainers.core import Attribution, CohortFacts, Column, Provenance, Schema
from explainers.core.arrays import FloatArray
from explainers.errors import SettingsError


def attribution(values: FloatArray, seed: int = 0) -> Attribution:
    n = len(values)
    return Attribution(
        values=values,
        baseline=np.zeros(n),
        prediction=values.sum(axis=1),
        scale="risk",
        feature_names=("weight", "waist"),
        patient_ids=tuple(str(at) for at in range(n)),
        method="made-up",
        is_exact=True,
        provenance=Provenance("m", "c", "made-up", seed),
    )


def test_opposite_contributions_of_different_patients_do_not_cancel() -> None:
    """A mean of signed contributions would call a strong input unimportant."""
    table = global_importance(attribution(np.array([[2.0, 0.0], [-2.0, 1.0]])))
    assert [estimate.value for estimate in table.estimates] == [2, 0.5]
    assert table.ranking() == ("weight", "waist")
    assert table.n_patients == 2


def test_contributions_to_one_concept_cancel_within_a_patient() -> None:
    """Adding sizes would count two inputs that undo each other as twice as important."""
    schema = Schema(
        facts=CohortFacts("c", "C", "C"),
        patient_id="id",
        columns=(
            Column("weight", "Weight", "number", concept="Body"),
            Column("waist", "Waist", "number", concept="Body"),
        ),
    )
    opposite = attribution(np.array([[2.0, -2.0], [1.0, -1.0]])).by_concept(schema)
    table = global_importance(opposite)
    assert table.feature_names == ("Body",)
    assert table.estimates[0].value == 0


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    """Resampling values instead of patients, or a wrong percentile, would miss the level."""
    rng = np.random.default_rng(0)
    truth = np.sqrt(2 / np.pi)
    covered = [
        estimate.low <= truth <= estimate.high
        for seed in range(150)
        for estimate in global_importance(
            attribution(rng.normal(size=(80, 2)), seed), n_resamples=200
        ).estimates
    ]
    assert 0.90 < np.mean(covered) < 0.98


def test_the_seed_of_the_attribution_makes_the_interval_repeatable() -> None:
    values = np.random.default_rng(0).normal(size=(30, 2))
    first, again = global_importance(attribution(values)), global_importance(attribution(values))
    assert first.estimates == again.estimates
    assert global_importance(attribution(values, seed=1)).estimates != first.estimates


def test_one_patient_has_no_mean_over_patients() -> None:
    with pytest.raises(SettingsError, match="at least two patients"):
        global_importance(attribution(np.ones((1, 2))))


def test_a_round_trip_and_a_frame_keep_everything() -> None:
    table = global_importance(attribution(np.array([[2.0, 0.0], [-2.0, 1.0]])))
    assert ImportanceTable.from_dict(table.to_dict()) == table
    frame = table.to_frame()
    assert list(frame["feature"]) == ["weight", "waist"]
    assert list(frame["value"]) == [2, 0.5]
    with pytest.raises(SettingsError, match="risk or log-odds"):
        ImportanceTable.from_dict({**table.to_dict(), "scale": "odds"})
