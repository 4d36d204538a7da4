"""One made-up model with named columns, and attributions on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from explainers.core import Attribution, Column, Provenance, Scale

Columns = tuple[Column, ...]

COLUMNS = (
    Column("age", "Age", "integer", unit="years", concept="Age and sex"),
    Column("sex", "Sex", "category", levels=("women", "men"), concept="Age and sex"),
    Column("bmi", "Body mass index", "number", unit="kg/m²", decimals=1, concept="Body size"),
    Column("waist", "Waist circumference", "number", unit="cm", concept="Body size"),
    Column("smokes", "Smokes", "yes_no"),
    Column("pulse", "Resting pulse", "number", unit="/min", concept="Heart"),
    Column("hdl", "HDL cholesterol", "number", unit="mg/dL", concept="Blood fats"),
    Column("sleep", "Sleep", "number", unit="h", decimals=1),
)
VALUES = (61.0, 1.0, 31.2, 124.0, np.nan, 71.0, 44.0, 6.5)


@pytest.fixture(autouse=True)
def checked_by_plotly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plotly checks every figure drawn here; prevents one that it would refuse or understand else.

    Charts leave the checks out for speed, see ``unchecked_figure``.
    """
    make = go.Figure.__init__

    def make_both(figure: go.Figure, *args: Any, **named: Any) -> None:
        make(figure, *args, **named)
        if named.pop("_validate", True):
            return
        checked = go.Figure.__new__(go.Figure)
        make(checked, *args, **named)
        assert json.loads(figure.to_json()) == json.loads(checked.to_json())
        assert figure.layout.to_plotly_json() == checked.layout.to_plotly_json()

    monkeypatch.setattr(go.Figure, "__init__", make_both)


@pytest.fixture
def columns() -> Columns:
    return COLUMNS


@pytest.fixture
def patient_values() -> tuple[float, ...]:
    return VALUES


@pytest.fixture
def make_attribution() -> Callable[..., Attribution]:
    def make(
        reasons: Sequence[float],
        *,
        baseline: float = 0.196,
        residual: float = 0.0,
        scale: Scale = "risk",
        **changes: Any,
    ) -> Attribution:
        contributions = np.asarray(reasons, dtype=float)
        fields: dict[str, Any] = {
            "values": contributions[None, :],
            "baseline": np.array([baseline]),
            "prediction": np.array([baseline + contributions.sum() + residual]),
            "scale": scale,
            "feature_names": tuple(column.name for column in COLUMNS)[: len(contributions)],
            "patient_ids": ("patient-1",),
            "method": "tree-shap",
            "is_exact": True,
            "provenance": Provenance("model", "cohort", "tree-shap", 0),
            "feature_values": np.array([VALUES[: len(contributions)]]),
        }
        return Attribution(**{**fields, **changes})

    return make


@pytest.fixture
def attribution(make_attribution: Callable[..., Attribution]) -> Attribution:
    return make_attribution([0.03, -0.01, 0.004, 0.051, -0.02, 0.001, 0.02, -0.003])
