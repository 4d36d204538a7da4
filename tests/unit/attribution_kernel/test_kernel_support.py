"""When the kernel answers, and when another engine does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explainers.attribution.kernel import build_tables, choose_engine, supports_kernel
from explainers.attribution.kernel.support import most_features_on_a_path
from explainers.errors import UnsupportedError

Function = Callable[..., Any]


def test_one_patient_is_not_worth_building_tables(make_trees: Function) -> None:
    """shap answers one patient before the tables are built."""
    trees = make_trees(0, n_features=4, n_trees=5)
    assert choose_engine(1, trees, None) == "shap"
    assert choose_engine(100_000, trees, None) == "kernel"


def test_deep_trees_with_reference_patients_go_to_shap(
    make_trees: Function, make_patients: Function
) -> None:
    trees = make_trees(15, n_features=40, n_trees=2, depth=13, n_cuts=40)
    assert most_features_on_a_path(trees) > 11
    assert choose_engine(100_000, trees, make_patients(2, 10, 40)) == "shap"
    assert choose_engine(100_000, trees, None) == "kernel"


def test_path_dependent_needs_covers(make_trees: Function, make_patients: Function) -> None:
    """Without covers every ratio is 0 / 0, and every value a silent zero or NaN."""
    trees = make_trees(3, n_features=4, n_trees=5)
    bare = replace(trees, cover=np.zeros(len(trees.cover)))
    assert "training weight" in supports_kernel(bare, None).reason
    with pytest.raises(UnsupportedError, match="training weight"):
        build_tables(bare)
    assert supports_kernel(bare, make_patients(4, 3, 4)).is_supported


def test_no_reference_patients_is_not_the_other_game(make_trees: Function) -> None:
    """An empty reference must not be taken for path-dependent."""
    trees = make_trees(5, n_features=4, n_trees=5)
    assert not supports_kernel(trees, np.empty((0, 4))).is_supported
