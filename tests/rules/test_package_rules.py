"""What an installed copy holds: every file beside the sources that these need."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath


def left_behind(files: Iterable[str], patterns: Mapping[str, list[str]]) -> list[str]:
    """Files of a package, sources aside, that none of its patterns names."""
    return [
        file
        for file in files
        if not file.endswith(".py") and not is_named(PurePosixPath(file), patterns)
    ]


def is_named(file: PurePosixPath, patterns: Mapping[str, list[str]]) -> bool:
    package, *rest = file.parts
    inner = PurePosixPath(*rest)
    # A pattern "**/*.csv" means any folder, the package's own too.
    return any(
        inner.match(pattern.removeprefix("**/")) and (len(rest) == 1 or "/" in pattern)
        for pattern in patterns.get(package, [])
    )


def test_a_wheel_leaves_nothing_behind(repository: Path) -> None:
    """Prevents an installed dashboard from starting without its theme, words or sample patients."""
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))
    present = [
        path.relative_to(repository).as_posix()
        for package in ("dashboard", "explainers", "sample_data")
        for path in (repository / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert "dashboard/.streamlit/config.toml" in present
    assert left_behind(present, project["tool"]["setuptools"]["package-data"]) == []


def test_a_file_that_is_left_behind_is_found() -> None:
    files = ["dashboard/app.py", "dashboard/text/en.toml", "dashboard/style.css", "data/a/b.csv"]
    patterns = {"dashboard": ["text/*.toml"], "data": ["**/*.csv"]}
    assert left_behind(files, patterns) == ["dashboard/style.css"]
    assert left_behind(files, {}) == files[1:]
