"""Results that hold interactions."""

from __future__ import annotations

import numpy as np
import pytest

from explainers.core.interaction import Interactions, MeanInteractions
from explainers.core.provenance import Provenance
from explainers.errors import SettingsError

PROVENANCE = Provenance("m", "c", "made-up", 0)
MATRICES = np.array([[[1.0, 0.5], [0.5, 2.0]], [[-1.0, 0.0], [0.0, 3.0]]])


def interactions() -> Interactions:
    return Interactions(
        values=MATRICES,
        baseline=np.array([1.0, 1.0]),
        prediction=np.array([5.0, 3.0]),
        scale="log-odds",
        feature_names=("age", "bmi"),
        patient_ids=("a", "b"),
        provenance=PROVENANCE,
    )


def test_contributions_are_row_sums_and_main_effects_the_diagonal() -> None:
    found = interactions()
    np.testing.assert_array_equal(found.contributions(), [[1.5, 2.5], [-1, 3]])
    np.testing.assert_array_equal(found.main_effects(), [[1, 2], [-1, 3]])
    np.testing.assert_array_equal(found.residual(), [0, 0])


def test_one_patient_keeps_their_own_matrix() -> None:
    """The first row shown for every patient would go unnoticed on a screen."""
    alone = interactions().patient("b")
    np.testing.assert_array_equal(alone.values, MATRICES[1:])
    assert alone.prediction[0] == 3
    with pytest.raises(SettingsError, match="patient"):
        interactions().patient("c")


def test_the_frame_names_feature_and_partner_of_each_entry() -> None:
    frame = interactions().to_frame()
    assert len(frame) == 8
    row = frame[(frame.patient_id == "a") & (frame.feature == "bmi") & (frame.partner == "age")]
    assert row["interaction"].tolist() == [0.5]


def test_a_shape_that_does_not_fit_is_refused() -> None:
    with pytest.raises(SettingsError, match="shape"):
        MeanInteractions(
            values=np.ones((2, 3)),
            n_patients=1,
            scale="log-odds",
            feature_names=("age", "bmi"),
            provenance=PROVENANCE,
        )


def test_the_diagonal_is_nobodys_partner() -> None:
    """Main effects are larger than interactions: every feature would be its own partner."""
    sizes = np.array([[9.0, 1.0, 0.0], [1.0, 9.0, 0.0], [0.0, 0.0, 9.0]])
    means = MeanInteractions(
        values=sizes,
        n_patients=4,
        scale="log-odds",
        feature_names=("age", "bmi", "sex"),
        provenance=PROVENANCE,
    )
    assert means.partner_of("age") == "bmi"
    assert means.partner_of("sex") is None
    assert means.to_frame()["mean_size"].tolist() == [1, 0, 0]
    with pytest.raises(SettingsError, match="feature"):
        means.partner_of("waist")
