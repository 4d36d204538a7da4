"""The family ``http``: a model that a service scores, of which nothing else is known.

Every explanation asks it about thousands of made-up patients. So each is asked only once, and no
call is without bound. Whether it is still the model that was registered, it is asked at each
loading: ten made-up patients must have the risks that they had.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.schema import Column
from explainers.errors import BundleError, ServiceError
from explainers.models.fitted import FittedModel, Identity
from explainers.models.http_client import ScoringClient, Value
from explainers.models.http_endpoint import Agreement, Endpoint, read_agreed, write_agreed

N_CHECKED = 10
SEED = 0
# Between two answers about the same patients, by a service that computes in single precision; as
# a share of the risk, since a model whose risks are all small can change too.
RELATIVE_DIFFERENCE, ABSOLUTE_DIFFERENCE = 1e-4, 1e-8
MOST_PATIENTS_AT_ONCE = 200_000
MOST_KEPT = 300_000


@dataclass(frozen=True, eq=False)
class HttpModel(FittedModel):
    """A service that answers with risks.

    Attributes
    ----------
    prediction_budget : int
        Predictions that one method should ask for to explain one patient.
    """

    family: ClassVar[str] = "http"
    prediction_budget: ClassVar[int] = 20_000

    _client: ScoringClient
    _kept: dict[bytes, float] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def host(self) -> str:
        """Where patients' values are sent."""
        return self._client.endpoint.host

    @property
    def predictions_per_patient(self) -> int:
        """Most that the reasons on a patient's screen ask for, with 100 reference patients.

        One method within the budget, which many features raise; another on a twentieth of that;
        and the twenty repeats that show how stable it is.
        """
        own = self.prediction_budget * max(1.0, len(self.columns) / 25)
        return round(own + 1.25 * self.prediction_budget)

    def score(self, matrix: FloatArray) -> FloatArray:
        """Probability (n,) of encoded patients (n, p), by the service; each is asked but once.

        Raises
        ------
        ServiceError
            When there are more than 200,000 new ones, or the service gives no answer of use.
        """
        keys = [row.tobytes() for row in np.ascontiguousarray(matrix, dtype=np.float64)]
        with self._lock:
            answers = {key: self._kept.get(key) for key in keys}
        new = [key for key, risk in answers.items() if risk is None]
        if len(new) > MOST_PATIENTS_AT_ONCE:
            raise ServiceError(
                f"a service is asked about at most {MOST_PATIENTS_AT_ONCE:,} patients at once",
                value=len(new),
                remedy="Register a sample of the patients.",
            )
        asked = self._ask(new)
        self._keep(asked)
        answers.update(asked)
        return np.array([answers[key] for key in keys], dtype=np.float64)

    def _ask(self, new: list[bytes]) -> dict[bytes, float]:
        if not new:
            return {}
        rows = np.frombuffer(b"".join(new)).reshape(len(new), -1)
        risks = self._client.ask(to_json(rows, self.columns))
        return dict(zip(new, risks.tolist(), strict=True))

    def _keep(self, asked: dict[bytes, float]) -> None:
        with self._lock:
            if len(self._kept) + len(asked) > MOST_KEPT:
                self._kept.clear()
            self._kept.update(asked)


def load(content: bytes, identity: Identity) -> HttpModel:
    """Load a service, and see whether it is the one that was registered.

    Raises
    ------
    BundleError
        When the file is damaged, or does not fit the bundle's features or link.
    ServiceError
        When the host is not allowed, or the service gives no answer or another than it did.
    """
    endpoint, agreement = read_agreed(content)
    if len(endpoint.inputs) != len(identity.columns) or identity.link.score_kind != "probability":
        raise BundleError(
            f"a service must take the {len(identity.columns)} features of its bundle, and its link"
            " say that it answers with probabilities",
            value=len(endpoint.inputs),
            remedy="Register it again.",
        )
    client = ScoringClient(endpoint)
    patients = np.array(agreement.patients, dtype=np.float64)
    risks = client.ask(to_json(patients, identity.columns))
    then = np.array(agreement.risks)
    if not _are_same(risks, then):
        raise ServiceError(
            f"the service at {endpoint.host} answers differently than when it was registered, so"
            " it is another model",
            value=f"risks differ by up to {np.abs(risks - then).max():.6f}",
            remedy="Register it again under another name, and look at its evaluation afresh.",
        )
    return HttpModel(identity, client)


def agree(
    endpoint: Endpoint, columns: tuple[Column, ...], matrix: FloatArray, confirmed_by: str
) -> bytes:
    """Ask a service about made-up patients, twice; the model file of its bundle.

    Parameters
    ----------
    endpoint : Endpoint
    columns : tuple of Column, length p
    matrix : ndarray of shape (n, p)
        Encoded patients, from whose values the range of the made-up ones is taken; no patient
        and no value of one is kept.
    confirmed_by : str
        Who says that patients' values may be sent there.

    Raises
    ------
    ServiceError
        When nobody confirmed, the host is not allowed, or the service answers differently when it
        is asked again.
    """
    if not confirmed_by.strip():
        raise ServiceError(
            "patients' values leave this machine: somebody has to confirm that they may",
            value=endpoint.host,
            remedy="Name who confirms it, with --confirm-sending NAME.",
        )
    client = ScoringClient(endpoint)
    patients = _made_up(columns, matrix)
    first = client.ask(to_json(patients, columns))
    again = client.ask(to_json(patients[::-1], columns))[::-1]
    if not _are_same(first, again):
        raise ServiceError(
            "a service must answer the same for the same patients, whoever is asked about before",
            value=f"risks differ by up to {np.abs(first - again).max():.6f}",
            remedy="Look for random numbers, or for a scaling by the patients of the request.",
        )
    now = datetime.now(tz=UTC).isoformat(timespec="seconds")
    kept = tuple(
        tuple(None if np.isnan(one) else float(one) for one in row) for row in patients.tolist()
    )
    return write_agreed(endpoint, Agreement(confirmed_by, now, kept, tuple(first.tolist())))


def _are_same(first: FloatArray, second: FloatArray) -> bool:
    return np.allclose(first, second, rtol=RELATIVE_DIFFERENCE, atol=ABSOLUTE_DIFFERENCE)


def to_json(matrix: FloatArray, columns: tuple[Column, ...]) -> list[list[Value]]:
    """Encoded patients (n, p) as a service is sent them.

    Numbers as they are, levels by their text, yes and no as true and false, null where nothing was
    measured.
    """
    return [
        [_to_json(float(value), column) for value, column in zip(row, columns, strict=True)]
        for row in matrix
    ]


def _to_json(value: float, column: Column) -> Value:
    if np.isnan(value):
        return None
    if column.kind == "category":
        return column.levels[int(value)]
    if column.kind == "yes_no":
        return bool(value)
    return int(value) if value.is_integer() else value


def _made_up(columns: tuple[Column, ...], matrix: FloatArray) -> FloatArray:
    """Ten patients who are nobody: each value drawn on its own from the usual range."""
    rng = np.random.default_rng(SEED)
    made = np.empty((N_CHECKED, len(columns)))
    for at, column in enumerate(columns):
        values = matrix[~np.isnan(matrix[:, at]), at]
        if column.is_numeric:
            low, high = np.quantile(values, [0.05, 0.95]) if len(values) else (0.0, 1.0)
            drawn = rng.uniform(low, high, N_CHECKED)
            made[:, at] = np.round(drawn) if column.kind == "integer" else _shortened(drawn)
        else:
            made[:, at] = rng.integers(len(column.levels), size=N_CHECKED)
    return made


def _shortened(values: FloatArray) -> FloatArray:
    """Four digits of each."""
    return np.array([float(f"{value:.4g}") for value in values])
