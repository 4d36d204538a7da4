"""What the patient screen says about how far a prediction and its reasons can be believed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.view_models.rounding import listed
from dashboard.wording import plain, say
from explainers.charts.ranking import input_label
from explainers.charts.wording import format_percent
from explainers.core.encoding import format_value
from explainers.core.schema import Column
from explainers.reliability.bootstrapped_reasons import BootstrappedReasons
from explainers.reliability.out_of_distribution import VERY_UNUSUAL_SHARE, UnusualPatient
from explainers.reliability.stability import StabilityReport
from explainers.uncertainty.risk_intervals import RiskIntervals

N_NAMED = 3


def unusual_warnings(patient: UnusualPatient, columns: Sequence[Column]) -> tuple[str, ...]:
    """What is unusual about a patient among those the model learnt from, one sentence each."""
    lines = []
    new = [_named(patient, at, columns) for at in np.flatnonzero(patient.is_new).tolist()]
    if new:
        lines.append(say("patient.beyond_training", names=plain(listed(new))))
    if patient.familiarity != "usual":
        largest = np.argsort(-patient.distance_shares, kind="stable")[:N_NAMED].tolist()
        lines.append(
            say(
                "patient.unusual",
                familiarity=patient.familiarity,
                n=f"{patient.n_fitted:,}",
                share=format_percent(patient.combination_share),
                names=plain(listed([_named(patient, at, columns) for at in largest])),
            )
        )
    if patient.pair is not None and patient.pair.share <= VERY_UNUSUAL_SHARE:
        names = patient.feature_names
        pair = [names.index(name) for name in (patient.pair.first, patient.pair.second)]
        lines.append(
            say(
                "patient.unusual_pair",
                names=plain(listed([_named(patient, at, columns) for at in pair])),
                share=format_percent(patient.pair.share),
            )
        )
    return tuple(lines)


def is_very_unusual(patient: UnusualPatient) -> bool:
    """Whether reasons for this patient need a warning of their own."""
    return patient.familiarity == "very unusual"


def _named(patient: UnusualPatient, at: int, columns: Sequence[Column]) -> str:
    column = columns[at]
    return f"{column.label} {format_value(float(patient.feature_values[at]), column)}"


def interval_sentence(intervals: RiskIntervals, patient_id: str) -> str:
    """The two recalibrated risks of one patient, whose distance is the doubt of recalibration."""
    low, high = intervals.patient(patient_id)
    return say(
        "patient.risk_interval",
        low=format_percent(low),
        high=format_percent(high),
        n=f"{intervals.n_calibration:,}",
    )


def stability_sentence(report: StabilityReport) -> str:
    """How many of the largest inputs stay when the method is asked again with other seeds."""
    frame = report.to_frame()
    top = frame[frame["rank"] <= report.k]
    return say(
        "patient.lime_stability",
        n=report.n_repeats,
        k=report.k,
        kept=f"{top['top_share'].sum():.1f}",
        sign=_share(float(top["sign_share"].mean())),
    )


def _share(share: float) -> str:
    return say("patient.lime_all") if share == 1.0 else format_percent(share)


def refits_sentence(refits: BootstrappedReasons, columns: Sequence[Column]) -> str:
    """The range of risks, and which of the largest reasons can be relied on."""
    frame = refits.to_frame()
    top = frame[frame["rank"] <= refits.k]
    is_firm = (top["low"] > 0) | (top["high"] < 0)
    low, high = refits.risk_interval
    said = [
        say(
            "refits.risk",
            n=refits.n_refits,
            level=f"{refits.level:.0%}",
            low=format_percent(low),
            high=format_percent(high),
        )
    ]
    for key, wanted in (("firm", is_firm), ("loose", ~is_firm)):
        labels = [input_label(name, columns) for name in top["feature"][wanted]]
        if labels:
            said.append(say(f"refits.{key}", names=plain(listed(labels))))
    return " ".join(said)
