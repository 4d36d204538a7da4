"""How a command tells the server what it was told, and what an address means."""

from __future__ import annotations

from ipaddress import ip_address

# Variables of the environment.
WORKSPACE = "PELLUCID_WORKSPACE"
SIGN_IN = "PELLUCID_SIGN_IN"
AUDIT_URL = "PELLUCID_AUDIT_URL"
AUDIT_HEADS = "PELLUCID_AUDIT_HEADS"


def is_loopback(host: str) -> bool:
    """Whether only this machine is reached under that name."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
