"""What the rules are checked on: every source file, parsed once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("explainers", "dashboard", "sample_data")


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def sources() -> dict[str, ast.Module]:
    """Path from the repository's root -> parsed module, for all that is shipped."""
    return {
        path.relative_to(REPOSITORY).as_posix(): ast.parse(path.read_text("utf-8"))
        for package in PACKAGES
        for path in sorted((REPOSITORY / package).rglob("*.py"))
    }
