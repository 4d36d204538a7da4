"""What registering a scoring service asks for: leave to send, a check that it keeps, its cost."""

from __future__ import annotations

import time
from importlib import import_module

from explainers.core.arrays import FloatArray
from explainers.core.cohort import Cohort
from explainers.core.encoding import encode
from explainers.core.model import RiskModel
from explainers.core.schema import Column
from explainers.models.http_endpoint import parse_endpoint
from explainers.models.outside_file import OutsideModel


def model_file(outside: OutsideModel, columns: tuple[Column, ...], patients: Cohort) -> bytes:
    """The model file of a bundle with these features.

    Raises
    ------
    BundleError
        When the file cannot be made one.
    ServiceError
        When a service may not be asked about patients, or does not answer as it should.
    """
    if not outside.sends_to:
        return outside.for_columns(columns)
    model = import_module("explainers.models.http_model")
    matrix = encode(patients.frame, columns)
    endpoint = parse_endpoint(outside.content)
    content: bytes = model.agree(endpoint, columns, matrix, outside.sending_confirmed_by)
    return content


def timed_risk(model: RiskModel, patients: Cohort) -> tuple[FloatArray, float]:
    """Risk (n,) of all patients, and the seconds that it took for one."""
    began = time.perf_counter()
    risk = model.predict_risk(patients.frame)
    return risk, (time.perf_counter() - began) / max(len(risk), 1)


def sending_doubts(outside: OutsideModel, model: RiskModel, seconds: float) -> tuple[str, ...]:
    """That values leave the machine, and what explaining one patient asks for."""
    if not outside.sends_to:
        return ()
    n = int(getattr(model, "predictions_per_patient", 0))
    cost = (
        f"The reasons on a patient's screen ask it about up to {n:,} made-up patients:"
        f" {n * seconds:,.0f} seconds at the speed of now. Other pages ask for more."
    )
    return (*sending_limit(outside), cost)


def sending_limit(outside: OutsideModel) -> tuple[str, ...]:
    """What everybody who opens the model has to know; nothing for models that are scored here."""
    if not outside.sends_to:
        return ()
    return (f"Every value that it uses of a patient is sent to {outside.sends_to} to be scored.",)
