"""What no source file may contain, whoever wrote it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

BANNED_FILES = {"utils.py", "helpers.py", "manager.py", "misc.py", "common.py"}
BANNED_NAMES = {"X", "y_pred", "preds", "df", "utils", "helpers", "manager"}
BANNED_CALLS = {"print", "eval", "exec", "compile", "__import__"}
UNSAFE_MODULES = {"pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
LONGEST_FILE = 400
LONGEST_FUNCTION = 60

Sources = dict[str, ast.Module]


def streamlit_calls(tree: ast.Module, *names: str) -> list[str]:
    """Attributes of ``st`` a module uses, such as ``cache_data``."""
    return [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "st"
        and node.attr in names
    ]


# A path to our own style sheet, which Streamlit reads as CSS; never a string.
OWN_STYLE = "st.html(STYLE)"


def banned_calls(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in BANNED_CALLS:
                yield f"line {node.lineno}: {node.func.id}()"
        elif isinstance(node, ast.Assert):
            yield f"line {node.lineno}: assert"


def unsafe_modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            if name.partition(".")[0] in UNSAFE_MODULES:
                yield f"line {node.lineno}: {name}"


def unsafe_markup(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
            yield f"line {node.value.lineno}: unsafe_allow_html"
    for name in streamlit_calls(tree, "iframe"):
        yield f"st.{name}"
    for node in ast.walk(tree):
        if _calls_html(node) and ast.unparse(node) != OWN_STYLE:
            yield f"line {node.lineno}: {ast.unparse(node)}"


def _calls_html(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "html"
    )


def swallowed_errors(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield f"line {node.lineno}: bare except"


def banned_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        name = None
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        elif isinstance(node, ast.arg):
            name = node.arg
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            name = node.name
        if name in BANNED_NAMES:
            yield f"line {node.lineno}: {name}"


def long_functions(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            start = node.body[1].lineno if ast.get_docstring(node) and len(node.body) > 1 else 0
            length = (node.end_lineno or 0) - (start or node.lineno)
            if length > LONGEST_FUNCTION:
                yield f"line {node.lineno}: {node.name} has {length} lines"


def exported_names(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return None


def public_names(tree: ast.Module) -> set[str]:
    """What a module defines; for a package that only gathers, what it imports from its own."""
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
    }
    gathered = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("explainers")
        for alias in node.names
    }
    return defined or gathered


def bad_exports(tree: ast.Module) -> Iterator[str]:
    """An ``__all__`` that forgets what is public; that it is sorted is checked by ruff."""
    exported = exported_names(tree)
    if exported is None:
        return
    if forgotten := public_names(tree) - set(exported):
        yield f"__all__ forgets {sorted(forgotten)}"


RULES: dict[str, tuple[Callable[[ast.Module], Iterator[str]], str]] = {
    "no printing, evaluating or asserting": (banned_calls, "print('a'); eval('1')"),
    "no assertion as a check": (banned_calls, "def f(n):\n    assert n > 0"),
    "nothing is unpickled": (unsafe_modules, "from joblib import load"),
    "no markup from strings": (unsafe_markup, "st.markdown(a, unsafe_allow_html=True)"),
    "no raw html element": (unsafe_markup, "st.html(a)"),
    "no bare except": (swallowed_errors, "try:\n    f()\nexcept:\n    pass"),
    "words of the field": (banned_names, "def f(X):\n    df = 1"),
    "functions fit on a screen": (
        long_functions,
        "def f():\n" + "    a = 1\n" * (LONGEST_FUNCTION + 2),
    ),
    "__all__ is complete": (bad_exports, "def risk(): ...\n__all__ = []"),
    "__all__ of a package is complete": (
        bad_exports,
        "from explainers.core.curve import Curve\n__all__ = []",
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_every_source_file_keeps_the_rule(sources: Sources, rule: str) -> None:
    check, _ = RULES[rule]
    broken = [f"{path}: {found}" for path, tree in sources.items() for found in check(tree)]
    assert broken == []


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_finds_a_planted_violation(rule: str) -> None:
    check, violation = RULES[rule]
    assert list(check(ast.parse(violation)))
    assert not list(check(ast.parse("'''A module.'''\n\nrisk = 0.1\n")))


def test_no_file_has_a_name_that_says_nothing(sources: Sources) -> None:
    assert [path for path in sources if Path(path).name in BANNED_FILES] == []
    assert Path("explainers/utils.py").name in BANNED_FILES


def too_long(path: Path, limit: int = LONGEST_FILE) -> bool:
    return len(path.read_text("utf-8").splitlines()) > limit


def test_no_file_is_too_long_to_read(repository: Path, sources: Sources) -> None:
    """A file that wants to be longer usually lacks a concept.

    The script that rebuilds the cohorts is one file on purpose: it runs without the project.
    """
    library = [path for path in sources if not path.startswith("sample_data/")]
    assert [path for path in library if too_long(repository / path)] == []


def test_a_long_file_is_found(tmp_path: Path) -> None:
    long = tmp_path / "long.py"
    long.write_text("risk = 0.1\n" * (LONGEST_FILE + 1))
    assert too_long(long)


def test_only_services_cache(sources: Sources) -> None:
    """A cache elsewhere could key on a sampled frame, or share one user's patients with all."""
    stray = [
        path
        for path, tree in sources.items()
        if streamlit_calls(tree, "cache_data", "cache_resource", "cache")
        and not path.startswith("dashboard/services/")
    ]
    assert stray == []


def test_only_one_file_draws_charts(sources: Sources) -> None:
    """The one that gives each chart its text alternative and its table."""
    drawing = [path for path, tree in sources.items() if streamlit_calls(tree, "plotly_chart")]
    assert len(drawing) == 1
    assert drawing[0].startswith("dashboard/components/")


def test_only_the_state_module_touches_the_session(sources: Sources) -> None:
    stray = [
        path
        for path, tree in sources.items()
        if streamlit_calls(tree, "session_state") and path != "dashboard/state.py"
    ]
    assert stray == []


def test_a_planted_streamlit_call_is_found() -> None:
    planted = ast.parse("import streamlit as st\n@st.cache_data\ndef f():\n    st.plotly_chart(a)")
    assert streamlit_calls(planted, "cache_data", "plotly_chart") == ["cache_data", "plotly_chart"]
    assert streamlit_calls(planted, "session_state") == []
