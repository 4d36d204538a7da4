"""Where a model that only a service can score is asked, and what was agreed when it was registered.

Patients' values leave the machine, so a file alone must never decide where to: whoever starts
Pellucid names the hosts in ``PELLUCID_ENDPOINT_HOSTS``. Nor may a file name any variable of the
environment as a secret to be sent: only those that begin with ``PELLUCID_SECRET_``.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from explainers.errors import BundleError, ServiceError

HOSTS_VARIABLE = "PELLUCID_ENDPOINT_HOSTS"
SECRET_PREFIX = "PELLUCID_SECRET_"  # noqa: S105 - the beginning of a variable's name
LARGEST_BATCH = 10_000
LONGEST_SECONDS = 120.0
MOST_INPUTS = 2_000
DEFAULT_BATCH = 500
DEFAULT_SECONDS = 10.0
# What a file that describes an endpoint begins with, beside comments.
START = re.compile(rb"(\s*(#[^\n]*)?\n)*\s*\[endpoint\]")
_SECRET_NAME = re.compile(rf"{SECRET_PREFIX}[A-Z0-9_]{{1,64}}")
_KEYS = ("url", "inputs", "secret", "batch_size", "timeout_seconds")


@dataclass(frozen=True)
class Endpoint:
    """A scoring service.

    Attributes
    ----------
    url : str
        HTTPS; plain HTTP to this machine's loopback only.
    inputs : tuple of str
        Names of the features, as the service knows them.
    secret : str
        Name of the variable of the environment that holds its bearer token; "" for none.
    batch_size : int
        Patients in one request.
    timeout_seconds : float
        For a whole request, from the first byte to the last.
    """

    url: str
    inputs: tuple[str, ...]
    secret: str = ""
    batch_size: int = DEFAULT_BATCH
    timeout_seconds: float = DEFAULT_SECONDS

    def __post_init__(self) -> None:
        _require_plain_url(self.url)
        if not 0 < len(set(self.inputs)) == len(self.inputs) <= MOST_INPUTS:
            raise BundleError(
                "an endpoint needs the names of its inputs, each once",
                value=list(self.inputs)[:5],
                remedy='Name them: inputs = ["age_years", "lactate"].',
            )
        if self.secret and not _SECRET_NAME.fullmatch(self.secret):
            raise BundleError(
                f"a secret is named by a variable that begins with {SECRET_PREFIX}",
                value=self.secret,
                remedy=f"Put the token into {SECRET_PREFIX}NAME of the environment, never into the"
                " file.",
            )
        if not 1 <= self.batch_size <= LARGEST_BATCH:
            raise BundleError(
                f"batch_size must lie between 1 and {LARGEST_BATCH:,}", value=self.batch_size
            )
        if not 0 < self.timeout_seconds <= LONGEST_SECONDS:
            raise BundleError(
                f"timeout_seconds must lie between 0 and {LONGEST_SECONDS:.0f}",
                value=self.timeout_seconds,
            )

    @property
    def host(self) -> str:
        """Host and port, as shown to people and as listed in the environment."""
        return urlsplit(self.url).netloc.lower()

    def require_allowed(self) -> None:
        """Refuse a host that nobody allowed patients' values to be sent to.

        Raises
        ------
        ServiceError
            When it is not in ``PELLUCID_ENDPOINT_HOSTS``.
        """
        allowed = {one.strip().lower() for one in os.environ.get(HOSTS_VARIABLE, "").split(",")}
        if self.host not in allowed:
            raise ServiceError(
                "patients' values are sent only to hosts that whoever starts Pellucid has named",
                value=self.host,
                remedy=f"To allow it, start with {HOSTS_VARIABLE}={self.host} in the environment.",
            )

    def token(self) -> str:
        """The bearer token; "" where the service needs none.

        Raises
        ------
        ServiceError
            When the variable is not set, or holds what no header can.
        """
        if not self.secret:
            return ""
        token = os.environ.get(self.secret, "").strip()
        if not token or not (token.isascii() and token.isprintable()):
            raise ServiceError(
                "the service's token must stand in the environment, in plain characters",
                value=self.secret,
                remedy=f"Start Pellucid with {self.secret} set.",
            )
        return token


@dataclass(frozen=True)
class Agreement:
    """What was agreed and seen when a service was registered.

    Attributes
    ----------
    confirmed_by, confirmed_at : str
        Who said that patients' values may leave the machine, and when (ISO 8601).
    patients : tuple of tuple of (float or None)
        Made-up patients, encoded, in the order of the inputs.
    risks : tuple of float
        What the service said of them.
    """

    confirmed_by: str
    confirmed_at: str
    patients: tuple[tuple[float | None, ...], ...]
    risks: tuple[float, ...]


def parse_endpoint(content: bytes) -> Endpoint:
    """Read the file that describes an endpoint, as somebody wrote it.

    Raises
    ------
    BundleError
        When an entry is missing, unknown or not allowed.
    """
    try:
        entries = tomllib.loads(content.decode("utf-8"))["endpoint"]
        return _endpoint(entries)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"an endpoint must be described by {', '.join(_KEYS)}: {error}",
            remedy="At least: [endpoint], url and inputs.",
        ) from error


def write_agreed(endpoint: Endpoint, agreement: Agreement) -> bytes:
    """The model file of a bundle; :func:`read_agreed` reads it back."""
    document = {"endpoint": asdict(endpoint), "agreement": asdict(agreement)}
    return json.dumps(document, indent=1).encode("utf-8")


def read_agreed(content: bytes) -> tuple[Endpoint, Agreement]:
    """What the model file of a bundle says.

    Raises
    ------
    BundleError
        When it is damaged, or breaks a rule of an endpoint.
    """
    try:
        document = json.loads(content)
        noted = document["agreement"]
        agreement = Agreement(
            str(noted["confirmed_by"]),
            str(noted["confirmed_at"]),
            tuple(tuple(_value(one) for one in row) for row in noted["patients"]),
            tuple(float(one) for one in noted["risks"]),
        )
        endpoint = _endpoint(document["endpoint"])
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        raise BundleError(
            f"a bundle of a service must say where it is and what was agreed: {error!r}",
            remedy="Register it again.",
        ) from error
    widths = {len(row) for row in agreement.patients}
    if widths != {len(endpoint.inputs)} or len(agreement.patients) != len(agreement.risks):
        raise BundleError("the patients of a service's check must fit its inputs", value=widths)
    return endpoint, agreement


def _endpoint(entries: Mapping[str, Any]) -> Endpoint:
    unknown = sorted(set(entries) - set(_KEYS))
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not one of these")
    if not isinstance(entries["inputs"], list):
        raise TypeError("inputs must be a list")
    return Endpoint(
        str(entries["url"]),
        tuple(map(str, entries["inputs"])),
        str(entries.get("secret", "")),
        int(entries.get("batch_size", DEFAULT_BATCH)),
        float(entries.get("timeout_seconds", DEFAULT_SECONDS)),
    )


def _value(value: Any) -> float | None:
    return None if value is None else float(value)


def _require_plain_url(url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not is_plain or not host or parts.username is not None or parts.query or parts.fragment:
        raise BundleError(
            "the address of a service must be plain: a host and a path, without name, password,"
            " query or fragment",
            value=url,
            remedy=f"A token goes into a variable {SECRET_PREFIX}NAME, named as secret.",
        )
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return
    raise BundleError(
        "a service is asked over https; over http only on this machine",
        value=url,
        remedy="Let the service, or a proxy before it, speak TLS.",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
