"""Asking a scoring service over HTTP, by httpx, an optional package.

Nothing of the environment decides where a request goes: no proxies, no credentials from files, no
redirects. An answer is read up to a size and a time, and is a list of risks or nothing.
"""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.errors import ServiceError
from explainers.models.http_endpoint import Endpoint
from explainers.models.optional_package import absence_of

try:
    import httpx
except (ImportError, OSError) as absence:
    raise absence_of("httpx", absence, extra="http") from absence

CA_VARIABLE = "PELLUCID_ENDPOINT_CA"
N_TRIES = 3
SECONDS_BEFORE_NEXT_TRY = 0.2
# An answer's fixed part, and the most that one risk can take.
MOST_BYTES = 65_536
MOST_BYTES_A_PATIENT = 64

Value = float | int | str | bool | None


@dataclass(frozen=True)
class ScoringClient:
    """Asks one service; no connection outlives a question.

    Parameters
    ----------
    endpoint : Endpoint
        Its host is checked against those allowed when the client is made.
    """

    endpoint: Endpoint
    _wait: float = field(default=SECONDS_BEFORE_NEXT_TRY, repr=False)

    def __post_init__(self) -> None:
        self.endpoint.require_allowed()

    def ask(self, patients: Sequence[list[Value]]) -> FloatArray:
        """Risks (n,) of patients, each its inputs in order, a batch at a time on one connection.

        Raises
        ------
        ServiceError
            When the service does not answer in time, or not with as many risks between 0 and 1.
        """
        size = self.endpoint.batch_size
        with self._open() as client:
            parts = [
                self._ask_batch(client, patients[start : start + size])
                for start in range(0, len(patients), size)
            ]
        return np.concatenate(parts) if parts else np.empty(0)

    def _ask_batch(self, client: httpx.Client, patients: Sequence[list[Value]]) -> FloatArray:
        body = json.dumps(
            {"features": list(self.endpoint.inputs), "patients": patients}, allow_nan=False
        ).encode("utf-8")
        most = MOST_BYTES + MOST_BYTES_A_PATIENT * len(patients)
        for at in range(N_TRIES):
            status, content = self._post(client, body, most)
            if status < 500:
                break
            if at + 1 < N_TRIES:
                time.sleep(self._wait * 2**at)
        self._require_success(status)
        return self._risks(content, len(patients))

    def _post(self, client: httpx.Client, body: bytes, most: int) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        token = self.endpoint.token()
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            with client.stream("POST", self.endpoint.url, content=body, headers=headers) as answer:
                return answer.status_code, self._read(answer, most)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            raise self._unanswered(error) from error

    def _unanswered(self, error: Exception) -> ServiceError:
        refused = _refused_certificate(error)
        if refused is not None:
            return self._failed(
                "a scoring service must show a valid certificate of an authority trusted here",
                refused.verify_message,
                f"Where it is of your own authority, start Pellucid with {CA_VARIABLE} naming the"
                " file of that authority's certificate (PEM). Nothing was sent.",
            )
        return self._failed(
            "a scoring service must answer in time",
            type(error).__name__,
            "See whether it runs, and whether it speaks TLS under this address.",
        )

    def _read(self, answer: Any, most: int) -> bytes:
        """The body, up to a size and a time; a server that drips its bytes is left too."""
        ends = time.monotonic() + self.endpoint.timeout_seconds
        content = bytearray()
        for part in answer.iter_raw():
            content += part
            if len(content) > most:
                raise self._failed(
                    f"an answer may have at most {most:,} bytes", len(content), "Answer risks only."
                )
            if time.monotonic() > ends:
                raise self._failed(
                    "a scoring service must answer in time",
                    f"over {self.endpoint.timeout_seconds:g} seconds",
                    "Lower batch_size, or raise timeout_seconds.",
                )
        return bytes(content)

    def _open(self) -> httpx.Client:
        return httpx.Client(
            trust_env=False,
            follow_redirects=False,
            verify=self._certificates,
            timeout=self.endpoint.timeout_seconds,
        )

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        """Authorities that a service's certificate may come from; reading them takes a while."""
        authorities = os.environ.get(CA_VARIABLE, "")
        if not authorities:
            return httpx.create_ssl_context(trust_env=False)
        try:
            return ssl.create_default_context(cafile=authorities)
        except OSError as error:
            raise self._failed(
                f"{CA_VARIABLE} must name a file of certificates (PEM)",
                authorities,
                "Name the file of your own authority, or leave it out for the public ones.",
            ) from error

    def _require_success(self, status: int) -> None:
        if 300 <= status < 400:
            raise self._failed(
                "a redirect is not followed, since it leads to another address than was agreed",
                status,
                "Register the address that it leads to.",
            )
        if status != 200:
            raise self._failed(
                "a scoring service must answer with the status 200",
                status,
                "Look into the service's own log. 401 and 403 mean that the token is not accepted.",
            )

    def _risks(self, content: bytes, n_patients: int) -> FloatArray:
        try:
            answer = json.loads(content)
            risks = answer["risks"]
        except (KeyError, RecursionError, TypeError, ValueError) as error:
            raise self._failed(
                "a scoring service must answer with JSON that has risks",
                type(error).__name__,
                'The form is {"risks": [0.12, 0.3]}.',
            ) from error
        if not isinstance(risks, list) or len(risks) != n_patients:
            raise self._failed(
                f"a scoring service must answer with a list of {n_patients} risks, one a patient",
                len(risks) if isinstance(risks, list) else type(risks).__name__,
                "Answer in the order of the patients, and leave none out.",
            )
        wrong = [one for one in risks if not _is_risk(one)]
        if wrong:
            raise self._failed(
                "each risk must be a number between 0 and 1",
                wrong[0],
                "Answer probabilities, not log-odds or percentages; a patient without one has to"
                " be refused with a status of 400.",
            )
        return np.array(risks, dtype=np.float64)

    def _failed(self, rule: str, value: object, remedy: str) -> ServiceError:
        return ServiceError(f"{rule} ({self.endpoint.host})", value=value, remedy=remedy)


def _refused_certificate(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The refusal behind an error of the connection; None where something else was wrong."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def _is_risk(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    )  # a comparison with NaN is false
