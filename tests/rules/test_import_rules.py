"""What may import what: the direction of imports, and where each heavy library is let in."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

# The files, or folders, that adapt a third-party library; its objects never leave them.
ADAPTERS = {
    "shap": {"explainers/attribution/shap_package.py"},
    "numba": {
        "explainers/attribution/coalition_kernel.py",
        "explainers/attribution/kernel/",
        "explainers/core/compiled.py",
    },
    "llvmlite": {"explainers/attribution/kernel/"},
    "lime": set(),
    "xgboost": {"explainers/models/xgboost_model.py"},
    "lightgbm": {"explainers/models/lightgbm_model.py"},
    "catboost": {"explainers/models/catboost_model.py"},
    "skops": {"explainers/models/skops_file.py"},
    "onnx": {"explainers/models/onnx_file.py"},
    "onnxruntime": {"explainers/models/onnx_model.py"},
    "httpx": {"explainers/models/http_client.py"},
    "sklearn": {
        "explainers/models/forest_model.py",
        "explainers/models/logistic_model.py",
        "explainers/models/pipeline/",
        "explainers/models/sklearn_trees/",
    },
}
HEAVY = (
    "shap",
    "lime",
    "xgboost",
    "lightgbm",
    "catboost",
    "sklearn",
    "streamlit",
    "plotly",
    "numba",
    "skops",
    "onnx",
    "onnxruntime",
    "httpx",
)
DISTRIBUTIONS = {"google": "protobuf", "sklearn": "scikit-learn", "xgboost": "xgboost-cpu"}
LIGHT_MODULES = (
    "explainers",
    "explainers.workspace",
    "explainers.reliability",
    "dashboard.__main__",
)


def imported_packages(tree: ast.Module) -> Iterator[str]:
    """Top-level packages a module imports, wherever in the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def strays(sources: Mapping[str, ast.Module], package: str, allowed: set[str]) -> list[str]:
    """Files that import a package and are not among those allowed to, or in such a folder."""
    return [
        path
        for path, tree in sources.items()
        if package in imported_packages(tree) and not path.startswith(tuple(allowed) or "-")
    ]


def loaded_by(module: str) -> set[str]:
    """Heavy packages that a fresh interpreter holds after importing a module."""
    code = f"import sys, {module}; print(*(name for name in {HEAVY} if name in sys.modules))"
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(finished.stdout.split())


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("package", sorted(ADAPTERS))
def test_a_third_party_object_cannot_leak_out_of_its_adapter(
    sources: dict[str, ast.Module], package: str
) -> None:
    assert strays(sources, package, ADAPTERS[package]) == []


@pytest.mark.parametrize("package", sorted(ADAPTERS))
def test_every_adapter_named_here_exists(sources: dict[str, ast.Module], package: str) -> None:
    """A renamed adapter must not leave a hole in the rule."""
    for allowed in ADAPTERS[package]:
        adapting = [tree for path, tree in sources.items() if path.startswith(allowed)]
        assert any(package in imported_packages(tree) for tree in adapting), allowed


def test_the_library_does_not_know_streamlit(sources: dict[str, ast.Module]) -> None:
    library = {path: tree for path, tree in sources.items() if not path.startswith("dashboard/")}
    assert strays(library, "streamlit", set()) == []


def test_the_command_line_does_not_load_the_front_end(sources: dict[str, ast.Module]) -> None:
    commands = {
        path: tree
        for path, tree in sources.items()
        if path.startswith("dashboard/commands/") or path == "dashboard/__main__.py"
    }
    assert strays(commands, "streamlit", set()) == []
    assert strays(commands, "plotly", set()) == []


def test_a_stray_import_is_found() -> None:
    planted = {
        "explainers/core/study.py": ast.parse("def f():\n    from shap.utils import sample"),
        "explainers/checks/leak.py": ast.parse("import numpy"),
    }
    assert strays(planted, "shap", set()) == ["explainers/core/study.py"]
    assert strays(planted, "shap", {"explainers/core/study.py"}) == []


def undeclared(sources: Mapping[str, ast.Module], dependencies: list[str]) -> set[str]:
    """Third-party packages that the sources import and the project does not depend on."""
    declared = {re.split(r"[<>=;\[ ]", entry)[0].lower() for entry in dependencies}
    ours = {path.partition("/")[0] for path in sources}
    imported = {package for tree in sources.values() for package in imported_packages(tree)}
    return {
        package
        for package in imported - ours - sys.stdlib_module_names
        if DISTRIBUTIONS.get(package, package.replace("_", "-")) not in declared
    }


def test_every_import_is_a_declared_dependency(
    sources: dict[str, ast.Module], repository: Path
) -> None:
    """Prevents a package that only happens to be installed here from failing at a user's.

    What an extra brings stays in its adapter, which says so where it is not installed.
    """
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    optional = [entry for name, entries in extras.items() if name != "test" for entry in entries]
    assert undeclared(sources, [*project["dependencies"], *optional]) == set()


def test_an_undeclared_import_is_found() -> None:
    planted = {"explainers/a.py": ast.parse("import os, numpy, tomli_w, explainers.core")}
    assert undeclared(planted, ["numpy>=2", "tomli-w"]) == set()
    assert undeclared(planted, ["numpy>=2"]) == {"tomli_w"}


@pytest.mark.parametrize("module", LIGHT_MODULES)
def test_importing_stays_light(module: str) -> None:
    """`import explainers` in a notebook, and every `pellucid --help`, would else take seconds."""
    assert loaded_by(module) == set()


def test_a_heavy_import_is_noticed() -> None:
    assert loaded_by("plotly.graph_objects") >= {"plotly"}


def test_imports_go_one_way_only(repository: Path) -> None:
    finished = lint_imports(repository)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("explainers/core/curve.py", "import explainers.attribution.attributor"),
        ("explainers/core/curve.py", "import streamlit"),
        ("explainers/intake/validation.py", "import plotly"),
        ("explainers/core/study.py", "import shap"),
        ("dashboard/commands/models.py", "import dashboard.views"),
    ],
)
def test_an_import_the_wrong_way_is_refused(
    repository: Path, tmp_path: Path, path: str, line: str
) -> None:
    shutil.copy(repository / "pyproject.toml", tmp_path)
    for package in ("explainers", "dashboard"):
        shutil.copytree(
            repository / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    planted = tmp_path / path
    planted.write_text(f"{planted.read_text('utf-8')}\n{line}\n", "utf-8")
    finished = lint_imports(tmp_path)
    assert finished.returncode == 1
    assert "BROKEN" in finished.stdout
