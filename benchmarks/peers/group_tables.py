"""fairlearn: metrics by group with a bootstrap."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame  # type: ignore[import-not-found]
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from benchmarks.measurement import measure_work
from benchmarks.peers.exchange import read_request, write_answer

Metric = Callable[[np.ndarray, np.ndarray], float]


def metrics_at(threshold: float) -> dict[str, Metric]:
    """Plain functions of outcomes (n,) and risks (n,), as quick as NumPy makes them."""
    harm = threshold / (1.0 - threshold)

    def net_benefit(ill: np.ndarray, risk: np.ndarray) -> float:
        flagged = risk >= threshold
        return float((flagged & ill).mean() - (flagged & ~ill).mean() * harm)

    return {
        "prevalence": lambda ill, _risk: float(ill.mean()),
        "auroc": roc_auc_score,
        "oe_ratio": lambda ill, risk: float(ill.sum() / risk.sum()),
        "sensitivity": lambda ill, risk: float((risk[ill] >= threshold).mean()),
        "specificity": lambda ill, risk: float((risk[~ill] < threshold).mean()),
        "ppv": lambda ill, risk: float(ill[risk >= threshold].mean()),
        "npv": lambda ill, risk: float((~ill[risk < threshold]).mean()),
        "brier": brier_score_loss,
        "scaled_brier": lambda ill, risk: float(
            1.0 - np.square(risk - ill).mean() / (ill.mean() * (1.0 - ill.mean()))
        ),
        "net_benefit": net_benefit,
        "standardized_net_benefit": lambda ill, risk: net_benefit(ill, risk) / float(ill.mean()),
        "average_precision": average_precision_score,
    }


def main() -> None:
    """Make the table without and with some resamples."""
    folder, request = read_request()
    patients = pd.read_csv(folder / "patients.csv", float_precision="round_trip")
    known = metrics_at(request["threshold"])
    arguments: dict[str, Any] = {
        "metrics": {slug: known[slug] for slug in request["metrics"]},
        "y_true": (patients["ill"] == "yes").to_numpy(),
        "y_pred": patients["risk"].to_numpy(),
        "sensitive_features": patients[["site", "sex"]].astype(str),
    }
    warnings.simplefilter("ignore")
    table, without = measure_work(lambda: MetricFrame(**arguments))
    _, cost = measure_work(
        lambda: (
            MetricFrame(
                **arguments,
                n_boot=request["n_resamples"],
                ci_quantiles=[0.025, 0.975],
                random_state=0,
            ).by_group_ci
        )
    )
    groups = pd.MultiIndex.from_tuples([tuple(group) for group in request["groups"]])
    values = table.by_group.reindex(groups)[request["metrics"]].to_numpy(dtype=float).T
    write_answer(
        folder,
        cost,
        ("fairlearn", "scikit-learn", "numpy", "pandas"),
        without_resamples=without.to_dict(),
        values=values.tolist(),
    )


if __name__ == "__main__":
    main()
