"""Who gets which role: from the claims of a provider and the file of an administrator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dashboard.auth import actor_of, person_of, visit_of
from dashboard.sign_in import IDLE_MINUTES, Refusal, SignIn, read_sign_in
from explainers.disclosure.roles import Person, Role
from explainers.errors import SettingsError

AUTH = {
    "redirect_uri": "https://pellucid.clinic.example/oauth2callback",
    "cookie_secret": "s" * 32,
    "client_id": "pellucid",
    "client_secret": "secret",
    "server_metadata_url": "https://login.clinic.example/.well-known/openid-configuration",
}
ROLES = '[roles.people]\n"dr.a@clinic.example" = "clinician"\n'
SIGN_IN = SignIn(
    people={"dr.a@clinic.example": Role.CLINICIAN, "sub-7": Role.ADMINISTRATOR},
    claim="groups",
    values={"ethics": Role.BOARD, "ward-7": Role.CLINICIAN},
)


def write(folder: Path, roles: str = ROLES, **changes: str) -> Path:
    path = folder / "sign-in.toml"
    path.touch(mode=0o600)
    auth = "".join(f'{key} = "{value}"\n' for key, value in {**AUTH, **changes}.items())
    path.write_text(f"[auth]\n{auth}{roles}", "utf-8")
    return path


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"sub": "sub-7"}, Role.ADMINISTRATOR),
        ({"sub": "x", "email": "Dr.A@clinic.example", "email_verified": True}, Role.CLINICIAN),
        ({"sub": "x", "email": "dr.a@clinic.example"}, Refusal.UNVERIFIED),
        ({"sub": "x", "email": "dr.a@clinic.example", "email_verified": "yes"}, Refusal.UNVERIFIED),
        ({"sub": "x", "groups": ["ethics", "choir"]}, Role.BOARD),
        ({"sub": "x", "groups": "ward-7"}, Role.CLINICIAN),
        ({"sub": "x", "groups": ["ethics", "ward-7"]}, Refusal.SEVERAL),
        ({"sub": "x", "groups": {"ethics": True}}, Refusal.UNKNOWN),
        ({"sub": "x", "groups": [["ethics"], None, 7]}, Refusal.UNKNOWN),
        ({"sub": "x", "role": "administrator"}, Refusal.UNKNOWN),
        ({}, Refusal.UNKNOWN),
    ],
)
def test_a_role_comes_from_what_was_configured_only(
    claims: dict[str, Any], role: Role | Refusal
) -> None:
    """Whoever can write a claim of their own must not become somebody else by it."""
    assert SIGN_IN.role_of(claims) == role


def test_the_person_is_the_subject_and_not_the_name_they_chose() -> None:
    claims = {"sub": "sub-7", "name": "Dr. Somebody Else"}
    assert person_of(SIGN_IN, claims) == Person("sub-7", "Dr. Somebody Else", Role.ADMINISTRATOR)
    assert person_of(SIGN_IN, {"sub": "x"}) is Refusal.UNKNOWN


@pytest.mark.parametrize("subject", ["", "a\nb", "x" * 300])
def test_a_subject_that_the_record_cannot_hold_is_told_by_its_digest(subject: str) -> None:
    """Prevents a line break in a name from forging a line of what an auditor reads."""
    assert actor_of({"sub": subject}).startswith("sha256-")


def test_a_token_without_an_expiry_is_over() -> None:
    assert visit_of({"sub": "a", "iat": 100}).expires_at == 0.0
    assert visit_of({"sub": "a", "iat": 100, "exp": "never"}).expires_at == 0.0
    assert visit_of({"sub": "a", "iat": 100, "exp": 200}).expires_at == 200.0


def test_two_sign_ins_are_two_visits() -> None:
    """Prevents the end of one from ending the next, or from being forgotten by it."""
    first = {"sub": "a", "iat": 100, "nonce": "n", "exp": 200}
    keys = {visit_of({**first, **change}).key for change in ({}, {"iat": 101}, {"nonce": "m"})}
    assert len(keys) == 3
    assert visit_of(first) == visit_of(dict(first))


def test_a_complete_file_is_read(tmp_path: Path) -> None:
    roles = (
        '[roles]\nclaim = "groups"\n[roles.people]\n"Dr.A@clinic.example" = "clinician"\n'
        '[roles.values]\n"ethics" = "board"\n[session]\nidle_minutes = 5\n'
    )
    found = read_sign_in(write(tmp_path, roles))
    assert found.people == {"dr.a@clinic.example": Role.CLINICIAN}
    assert found.values == {"ethics": Role.BOARD}
    assert found.idle_minutes == 5.0
    assert read_sign_in(write(tmp_path)).idle_minutes == IDLE_MINUTES


@pytest.mark.parametrize(
    "changes",
    [
        {"cookie_secret": "short"},
        {"cookie_secret": ""},
        {"client_id": ""},
        {"redirect_uri": "http://pellucid.clinic.example/oauth2callback"},
        {"redirect_uri": "https://pellucid.clinic.example/"},
        {"server_metadata_url": "http://login.clinic.example/"},
    ],
)
def test_an_unsafe_provider_is_refused(tmp_path: Path, changes: dict[str, str]) -> None:
    """Prevents a guessed secret from signing cookies, and a token from crossing a net in clear."""
    with pytest.raises(SettingsError):
        read_sign_in(write(tmp_path, **changes))


@pytest.mark.parametrize(
    "roles",
    [
        "",
        "[roles]\npeople = 1\n",
        '[roles.people]\na = "single_user"\n',
        '[roles.people]\na = "king"\n',
        '[roles]\nclaim = "groups"\n',
        '[roles.values]\na = "board"\n',
        f"{ROLES}[session]\nidle_minutes = 0\n",
        f"{ROLES}[session]\nidle_minutes = 600\n",
        f"{ROLES}[session]\nidle_minutes = true\n",
        "roles = 3\n",
        "[roles",
    ],
)
def test_a_mistake_in_the_roles_is_found_before_anybody_comes(tmp_path: Path, roles: str) -> None:
    with pytest.raises(SettingsError):
        read_sign_in(write(tmp_path, roles))


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_sign_in(path)
    with pytest.raises(SettingsError):
        read_sign_in(tmp_path / "absent.toml")
