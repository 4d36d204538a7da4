"""Scoring services: asked over real connections, held to their answer, never followed away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from explainers.core import Column, Link
from explainers.errors import BundleError, ServiceError
from explainers.models.families import FAMILIES
from explainers.models.fitted import Identity
from explainers.models.http_client import ScoringClient
from explainers.models.http_endpoint import (
    HOSTS_VARIABLE,
    Endpoint,
    parse_endpoint,
    read_agreed,
)
from explainers.models.http_model import HttpModel, agree
from explainers.models.outside_file import read_outside_model
from tests.unit.models.scoring_service import Answer, Service, as_agreed, score, serving

COLUMNS = (
    Column("age", "Age", "integer"),
    Column("ward", "Ward", "category", levels=("A", "BB")),
    Column("fever", "Fever", "yes_no"),
    Column("lactate", "Lactate", "number", decimals=1),
)
VARIABLE = "PELLUCID_SECRET_WARD"
NAMES = tuple(column.name for column in COLUMNS)


def patients(n: int = 30) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(1)
    parts = (rng.integers(0, 4, n), rng.integers(0, 2, n), rng.integers(0, 2, n), rng.random(n))
    return np.column_stack(parts).astype(np.float64)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with serving(Service()) as running:
        monkeypatch.setenv(HOSTS_VARIABLE, f"elsewhere.example, {running.address}")
        yield running


def endpoint(service: Service, **changes: Any) -> Endpoint:
    return Endpoint(f"http://{service.address}/score", NAMES, **changes)


def registered(service: Service, **changes: Any) -> HttpModel:
    content = agree(endpoint(service, **changes), COLUMNS, patients(), "Dr A. Lee")
    return loaded(content)


def loaded(content: bytes) -> HttpModel:
    identity = Identity("toy", "1", "", COLUMNS, Link("probability"))
    model = FAMILIES["http"].load(content, identity)
    assert isinstance(model, HttpModel)
    return model


def answering(status: int, body: bytes = b"{}", **headers: str) -> Any:
    def behave(request: dict[str, Any], number: int) -> Answer:  # noqa: ARG001
        return status, headers, body

    return behave


def with_risks(*risks: Any) -> Any:
    return answering(200, json.dumps({"risks": risks}).encode())


def test_patients_are_sent_in_words_and_each_is_asked_once(service: Service) -> None:
    """Prevents positions of levels, which only this project knows, from being sent as values."""
    model = registered(service, batch_size=7)
    asked = service.n_patients
    assert asked == 30, "ten made-up patients: twice at registering, once at loading"
    matrix = np.array([[63.0, 1.0, 0.0, 1.25], [50.0, np.nan, 1.0, 0.5]] * 9)
    told = [[63, "BB", False, 1.25], [50, None, True, 0.5]]
    np.testing.assert_allclose(model.score(matrix), [score(one) for one in told] * 9, atol=1e-12)
    assert service.requests[-1] == {"features": list(NAMES), "patients": told}
    model.score(matrix[::-1])
    assert service.n_patients == asked + 2
    assert len(model.score(np.empty((0, 4)))) == 0
    batch = np.column_stack([np.arange(20.0), np.zeros((20, 3))])
    model.score(batch)
    assert max(len(one["patients"]) for one in service.requests) == 7


def test_the_file_of_a_bundle_holds_no_patient_and_no_secret(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "s3cret-token")
    model = endpoint(service, secret=VARIABLE)
    content = agree(model, COLUMNS, patients(), "Dr A. Lee")
    assert b"s3cret-token" not in content
    assert all(one["Authorization"] == "Bearer s3cret-token" for one in service.headers)
    assert all(one["Accept-Encoding"] == "identity" for one in service.headers)
    again, agreement = read_agreed(content)
    assert again == model
    assert agreement.confirmed_by == "Dr A. Lee"
    assert agreement.confirmed_at
    own = {tuple(row) for row in patients().tolist()}
    assert not own & set(agreement.patients), "nobody's values stand in the bundle"
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(ServiceError, match="must stand in the environment"):
        loaded(content)


def test_nothing_is_sent_without_leave(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prevents a file from somebody else from deciding where patients' values go."""
    content = agree(endpoint(service), COLUMNS, patients(), "Dr A. Lee")
    n_sent = len(service.requests)
    with pytest.raises(ServiceError, match="somebody has to confirm"):
        agree(endpoint(service), COLUMNS, patients(), " ")
    monkeypatch.setenv(HOSTS_VARIABLE, "elsewhere.example")
    with pytest.raises(ServiceError, match=HOSTS_VARIABLE):
        loaded(content)
    monkeypatch.delenv(HOSTS_VARIABLE)
    with pytest.raises(ServiceError, match=HOSTS_VARIABLE):
        agree(endpoint(service), COLUMNS, patients(), "Dr A. Lee")
    assert len(service.requests) == n_sent


def test_proxies_of_the_environment_are_not_asked(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents patients' values from going through a proxy that nobody named."""
    with serving(Service()) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.address}")
        registered(service)
        assert not proxy.requests


def test_another_model_behind_the_same_address_is_refused(service: Service) -> None:
    """Prevents the evaluation of one model from standing beside the risks of another."""
    content = agree(endpoint(service), COLUMNS, patients(), "Dr A. Lee")
    loaded(content)

    def retrained(request: dict[str, Any], number: int) -> Answer:
        status, headers, body = as_agreed(request, number)
        risks = [0.99 * risk for risk in json.loads(body)["risks"]]
        return status, headers, json.dumps({"risks": risks}).encode()

    service.behaviour = retrained
    with pytest.raises(ServiceError, match="answers differently than when it was registered"):
        loaded(content)


def test_a_service_that_draws_lots_or_looks_at_the_batch_is_refused(service: Service) -> None:
    def by_place(request: dict[str, Any], number: int) -> Answer:  # noqa: ARG001
        n = len(request["patients"])
        return 200, {}, json.dumps({"risks": np.linspace(0, 1, n).tolist()}).encode()

    def by_lot(request: dict[str, Any], number: int) -> Answer:
        return 200, {}, json.dumps({"risks": [number / 100] * len(request["patients"])}).encode()

    for behaviour in (by_place, by_lot):
        service.behaviour = behaviour
        with pytest.raises(ServiceError, match="the same for the same patients"):
            agree(endpoint(service), COLUMNS, patients(), "Dr A. Lee")


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (with_risks(0.5), "list of 2 risks"),
        (with_risks(0.5, 0.5, 0.5), "list of 2 risks"),
        (with_risks(0.5, 1.5), "between 0 and 1"),
        (with_risks(0.5, float("nan")), "between 0 and 1"),
        (with_risks(0.5, None), "between 0 and 1"),
        (with_risks(0.5, "0.5"), "between 0 and 1"),
        (with_risks(*[0.5, True]), "between 0 and 1"),
        (answering(200, b'{"risks": 0.5}'), "list of 2 risks"),
        (answering(200, b'{"scores": [1]}'), "JSON that has risks"),
        (answering(200, b"<html>"), "JSON that has risks"),
        (answering(200, b"[" * 50_000), "JSON that has risks"),
        (answering(200, b" " * 70_000), "at most"),
        (answering(204, b""), "status 200"),
        (answering(401), "token is not accepted"),
    ],
)
def test_an_answer_of_another_form_is_refused(service: Service, behaviour: Any, words: str) -> None:
    service.behaviour = behaviour
    with pytest.raises(ServiceError, match=words) as refusal:
        ScoringClient(endpoint(service)).ask([[1, "A", True, 0.5], [2, "A", True, 0.5]])
    assert service.address in str(refusal.value), "whose answer it was"
    assert len(service.requests) == 1, "only a fault of the server is worth another try"


def test_a_redirect_is_not_followed(service: Service) -> None:
    with serving(Service()) as other:
        service.behaviour = answering(307, Location=f"http://{other.address}/score")
        with pytest.raises(ServiceError, match="redirect is not followed"):
            ScoringClient(endpoint(service)).ask([[1, "A", True, 0.5]])
        assert not other.requests


def test_a_fault_of_the_server_is_tried_again_and_then_said(service: Service) -> None:
    def recovering(request: dict[str, Any], number: int) -> Answer:
        return as_agreed(request, number) if number == 3 else (503, {}, b"")

    service.behaviour = recovering
    client = ScoringClient(endpoint(service), _wait=0.0)
    assert client.ask([[1, "A", True, 0.5]]) == pytest.approx([score([1, "A", True, 0.5])])
    service.behaviour = answering(500)
    with pytest.raises(ServiceError, match="500"):
        client.ask([[1, "A", True, 0.5]])
    assert len(service.requests) == 6


def test_a_service_that_is_slow_or_gone_is_left(service: Service) -> None:
    """Prevents a page from waiting for ever on a server that drips one byte at a time."""
    service.seconds_between_bytes = 0.05
    slow = ScoringClient(endpoint(service, timeout_seconds=0.2))
    with pytest.raises(ServiceError, match="in time"):
        slow.ask([[1, "A", True, 0.5]])
    with serving(Service()) as gone:
        address = gone.address
    client = ScoringClient(endpoint(service))
    object.__setattr__(client, "endpoint", Endpoint(f"http://{address}/", NAMES))
    with pytest.raises(ServiceError, match="ConnectError"):
        client.ask([[1, "A", True, 0.5]])


def test_too_many_patients_at_once_are_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = registered(service)
    monkeypatch.setattr("explainers.models.http_model.MOST_PATIENTS_AT_ONCE", 5)
    asked = service.n_patients
    with pytest.raises(ServiceError, match="at most 5 patients"):
        model.score(patients())
    assert service.n_patients == asked


@pytest.mark.parametrize(
    "url",
    [
        "http://scores.example/x",
        "http://127.0.0.1.scores.example/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "https:///x",
        "https://user:word@scores.example/x",
        "https://scores.example/x?key=1",
        "https://scores.example/x#y",
        "https://scores.example/a b",
        "https://scores.example/\r\nHost: other",
        "https://scores.example\\@other/",
    ],
)
def test_an_address_that_is_not_plain_or_not_encrypted_is_refused(url: str) -> None:
    with pytest.raises(BundleError, match=r"over https|must be plain"):
        Endpoint(url, NAMES)


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "AWS_SECRET_ACCESS_KEY"},
        {"secret": "PELLUCID_SECRET_"},
        {"inputs": ()},
        {"inputs": ("a", "a")},
        {"batch_size": 0},
        {"batch_size": 10**6},
        {"timeout_seconds": 0.0},
        {"timeout_seconds": float("nan")},
    ],
)
def test_a_file_cannot_ask_for_any_secret_or_without_bound(changes: dict[str, Any]) -> None:
    with pytest.raises(BundleError):
        Endpoint(**{"url": "https://scores.example/x", "inputs": NAMES, **changes})


def test_a_described_service_is_read_and_a_malformed_one_refused() -> None:
    text = b'# ours\n\n[endpoint]\nurl = "https://scores.example/x"\ninputs = ["age", "ward"]\n'
    outside = read_outside_model(text)
    assert (outside.family, outside.sends_to) == ("http", "scores.example")
    assert outside.feature_names == ("age", "ward")
    assert parse_endpoint(text).batch_size == 500
    for broken in (
        b"[endpoint]\n",
        b"[endpoint]\nurl = 1\ninputs = 2\n",
        text + b"token = 'x'\n",
        text + b"batch_size = 'x'\n",
        text[:-4],
        b"[endpoint]\xff",
    ):
        with pytest.raises(BundleError):
            read_outside_model(broken)


def test_a_tampered_bundle_is_refused(service: Service) -> None:
    content = agree(endpoint(service), COLUMNS, patients(), "Dr A. Lee")
    document = json.loads(content)
    for change in (
        lambda one: one.pop("agreement"),
        lambda one: one["agreement"].update(risks=[0.5]),
        lambda one: one["agreement"].update(patients=[[1.0]]),
        lambda one: one["endpoint"].update(url="http://scores.example/"),
        lambda one: one["endpoint"].update(inputs=["age"]),
    ):
        changed = json.loads(json.dumps(document))
        change(changed)
        with pytest.raises(BundleError):
            loaded(json.dumps(changed).encode())
    with pytest.raises(BundleError):
        loaded(content[:-30])
    wrong = Identity("toy", "1", "", COLUMNS, Link("log-odds"))
    with pytest.raises(BundleError, match="probabilities"):
        FAMILIES["http"].load(content, wrong)
