"""Who may sign in, and in which role: from the file that ``pellucid serve --sign-in`` names."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dashboard.environment import is_loopback
from explainers.disclosure.roles import Role
from explainers.errors import SettingsError

IDLE_MINUTES = 15.0
LONGEST_IDLE_MINUTES = 60.0
FEWEST_SECRET_CHARACTERS = 32
CALLBACK = "/oauth2callback"
AUTH_KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
# Nobody can be given the role of whoever sits at an unshared machine.
ROLES = {str(role): role for role in Role if role is not Role.SINGLE_USER}


class Refusal(StrEnum):
    """Why somebody whom the provider vouches for has no role."""

    UNKNOWN = "unknown"
    SEVERAL = "several"
    UNVERIFIED = "unverified"


@dataclass(frozen=True)
class SignIn:
    """Roles and the time after which an idle session ends.

    Attributes
    ----------
    people : Mapping[str, Role]
        By subject, or by e-mail address in small letters.
    claim : str
        Name of the claim that holds groups or roles of the provider's; "" where none is used.
    values : Mapping[str, Role]
        Role for each value of that claim.
    idle_minutes : float
    """

    people: Mapping[str, Role] = field(default_factory=dict)
    claim: str = ""
    values: Mapping[str, Role] = field(default_factory=dict)
    idle_minutes: float = IDLE_MINUTES

    def role_of(self, claims: Mapping[str, Any]) -> Role | Refusal:
        """The role of whoever these claims are about; the people named one by one come first."""
        subject = str(claims.get("sub", ""))
        if subject in self.people:
            return self.people[subject]
        email = str(claims.get("email", "")).casefold()
        if email and email in self.people:
            # Whoever may type in an address of their own at the provider could take on any name.
            verified = claims.get("email_verified") is True
            return self.people[email] if verified else Refusal.UNVERIFIED
        roles = {self.values[one] for one in _values_of(claims, self.claim) if one in self.values}
        if len(roles) > 1:
            return Refusal.SEVERAL
        return roles.pop() if roles else Refusal.UNKNOWN


def read_sign_in(path: Path) -> SignIn:
    """Read and check the file, so that a mistake is found before anybody is let in.

    Raises
    ------
    SettingsError
        When it is absent, readable by others, incomplete or unsafe.
    """
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingsError(
                "the file of the sign-in holds secrets and must be its owner's alone",
                value=str(path),
                remedy=f"chmod 600 {path}",
            )
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            "the file of the sign-in must be readable TOML", value=str(path)
        ) from error
    _check_auth(_table(document, "auth"))
    return _sign_in(_table(document, "roles"), _table(document, "session"))


def _check_auth(auth: Mapping[str, Any]) -> None:
    for key in AUTH_KEYS:
        if not isinstance(auth.get(key), str) or not auth[key]:
            raise SettingsError(f"[auth] must have {key}", remedy="See SECURITY.md.")
    if len(auth["cookie_secret"]) < FEWEST_SECRET_CHARACTERS:
        raise SettingsError(
            f"cookie_secret must have {FEWEST_SECRET_CHARACTERS} random characters or more",
            remedy='python -c "import secrets; print(secrets.token_hex(32))" makes one.',
        )
    for key in ("redirect_uri", "server_metadata_url"):
        address = urlsplit(auth[key])
        is_safe = address.scheme == "https" or (
            address.scheme == "http" and is_loopback(address.hostname or "")
        )
        if not is_safe:
            raise SettingsError(f"{key} must begin with https://", value=auth[key])
    if urlsplit(auth["redirect_uri"]).path != CALLBACK:
        raise SettingsError(f"redirect_uri must end with {CALLBACK}", value=auth["redirect_uri"])


def _sign_in(roles: Mapping[str, Any], session: Mapping[str, Any]) -> SignIn:
    people = _roles(roles.get("people", {}), "roles.people")
    values = _roles(roles.get("values", {}), "roles.values")
    claim = roles.get("claim", "")
    if not isinstance(claim, str) or bool(claim) != bool(values):
        raise SettingsError("[roles] claim and [roles.values] come together", value=claim)
    if not people and not values:
        raise SettingsError(
            "somebody must have a role",
            remedy="Name people under [roles.people], or a claim and its [roles.values].",
        )
    idle = session.get("idle_minutes", IDLE_MINUTES)
    is_number = isinstance(idle, int | float) and not isinstance(idle, bool)
    if not is_number or not 0 < idle <= LONGEST_IDLE_MINUTES:
        raise SettingsError("idle_minutes must lie between 0 and 60", value=idle)
    people = {name.casefold() if "@" in name else name: role for name, role in people.items()}
    return SignIn(people, claim, values, float(idle))


def _roles(table: object, name: str) -> dict[str, Role]:
    if not isinstance(table, Mapping):
        raise SettingsError(f"[{name}] must be a table")
    for value in table.values():
        if value not in ROLES:
            raise SettingsError(
                "a role must be one of those there are",
                value=value,
                remedy=f"They are: {', '.join(ROLES)}.",
            )
    return {str(key): ROLES[value] for key, value in table.items()}


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = document.get(name, {})
    if not isinstance(table, Mapping):
        raise SettingsError(f"[{name}] must be a table")
    return table


def _values_of(claims: Mapping[str, Any], claim: str) -> list[str]:
    """What stands under a claim: a word, or a list of them."""
    found = claims.get(claim) if claim else None
    if isinstance(found, str):
        return [found]
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
