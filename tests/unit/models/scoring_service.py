"""A small scoring service on loopback, with the faults that a test asks of it."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

# Status, headers and body of an answer to a request.
Answer = tuple[int, dict[str, str], bytes]
Behaviour = Callable[[dict[str, Any], int], Answer]


def score(patient: list[Any]) -> float:
    """A risk of numbers, texts, yes and no, and nulls."""
    numbers = [
        0.5 if one is None else len(one) / 10 if isinstance(one, str) else float(one)
        for one in patient
    ]
    return float(1 / (1 + np.exp(2 - numbers[0] / 5 - sum(numbers[1:]) / 50)))


def as_agreed(request: dict[str, Any], _: int) -> Answer:
    risks = [score(patient) for patient in request["patients"]]
    return 200, {}, json.dumps({"risks": risks}).encode()


@dataclass
class Service:
    """A running service.

    ``requests`` are the bodies that it was sent, ``headers`` what came with them.
    """

    behaviour: Behaviour = as_agreed
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    address: str = ""
    seconds_between_bytes: float = 0.0

    @property
    def n_patients(self) -> int:
        return sum(len(one["patients"]) for one in self.requests)


@contextmanager
def serving(service: Service, *, tls: ssl.SSLContext | None = None) -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            service.requests.append(json.loads(self.rfile.read(length)))
            service.headers.append(dict(self.headers.items()))
            status, headers, body = service.behaviour(service.requests[-1], len(service.requests))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self._drip(body)

        def _drip(self, body: bytes) -> None:
            try:
                if not service.seconds_between_bytes:
                    self.wfile.write(body)
                    return
                for at in range(len(body)):
                    self.wfile.write(body[at : at + 1])
                    self.wfile.flush()
                    time.sleep(service.seconds_between_bytes)
            except OSError:  # who asked has left
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    plain = server.socket
    server.socket = plain if tls is None else tls.wrap_socket(plain, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    service.address = f"127.0.0.1:{server.server_address[1]}"
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
