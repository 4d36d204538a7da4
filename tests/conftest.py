"""Fixtures that many tests share; all of them are immutable."""

from __future__ import annotations

import pytest

from explainers.core import Study
from explainers.workspace import Workspace


@pytest.fixture(scope="session")
def workspace() -> Workspace:
    """The built-in cohorts and models only."""
    return Workspace()


@pytest.fixture(scope="session")
def nhanes_study(workspace: Workspace) -> Study:
    """Boosted trees on people; race is a group and not a feature."""
    return workspace.open_study("diabetes-xgboost")


@pytest.fixture(scope="session")
def logistic_study(workspace: Workspace) -> Study:
    """The same people and outcome by an additive model."""
    return workspace.open_study("diabetes-logistic")


@pytest.fixture(scope="session")
def heart_study(workspace: Workspace) -> Study:
    """Boosted trees with many missing values."""
    return workspace.open_study("heart-xgboost")


@pytest.fixture(scope="session")
def forest_study(workspace: Workspace) -> Study:
    """A forest, whose raw score is a probability."""
    return workspace.open_study("heart-forest")
