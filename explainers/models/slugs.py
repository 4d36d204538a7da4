"""Names that are safe as directory names, wherever they come from."""

from __future__ import annotations

import re

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?")


def is_slug(name: str) -> bool:
    """Whether a name has 1 to 64 small letters, digits, hyphens or underscores, and no more."""
    return SLUG.fullmatch(name) is not None
