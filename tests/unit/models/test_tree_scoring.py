"""Who scores: the library, or compiled code once it is there or would pay."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from explainers.core import Study
from explainers.models import tree_scoring
from explainers.models.tree_scoring import WORK_WORTH_LOADING, TreeScoring
from explainers.models.xgboost_model import XgboostModel


def scoring_of(study: Study) -> TreeScoring:
    assert isinstance(study.model, XgboostModel)
    return TreeScoring(study.model.trees)


def test_little_work_waits_for_no_compiler(
    nhanes_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents the first patient from waiting for half a second of loading."""
    monkeypatch.setattr(tree_scoring, "is_loaded", lambda: False)
    scoring = scoring_of(nhanes_study)
    enough = -(-WORK_WORTH_LOADING // scoring.trees.n_trees)
    assert not scoring.takes_over(1)
    assert not scoring.takes_over(enough // 2)
    assert scoring.takes_over(enough // 2 + 1)
    assert scoring_of(nhanes_study).takes_over(enough)


def test_once_loaded_even_one_patient_is_scored_by_compiled_code(nhanes_study: Study) -> None:
    tree_scoring.load_compiled()
    assert scoring_of(nhanes_study).takes_over(1)


def test_loading_a_model_and_scoring_a_patient_imports_no_compiler() -> None:
    code = (
        "import sys; from explainers.workspace import Workspace; "
        "study = Workspace().open_study('heart-xgboost'); study.predict(study.matrix[:1], 'risk'); "
        "print('numba' in sys.modules)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert finished.stdout.strip() == "False"


def test_xgboost_itself_refuses_what_it_would_not_score(heart_study: Study) -> None:
    """Compiled code would give a number for patients that the library calls wrong."""
    tree_scoring.load_compiled()
    matrix = heart_study.matrix[:3].copy()
    with pytest.raises(ValueError, match="feature names"):
        heart_study.model.score(matrix[:, :5])
    for value in (np.inf, -np.inf, 1e300):
        matrix[1, 0] = value
        with pytest.raises(ValueError, match="inf"):
            heart_study.model.score(matrix)
