"""No page, no file and no redrawn part without asking who is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from dashboard.navigation import PAGES

Sources = dict[str, ast.Module]
ASKING = {"show_part", "has_ended"}
# Shows how far a job is and nothing of a cohort; looking at it by itself is not being at work.
ASKS_NOT = {"dashboard/components/attributions.py"}


def streamlit_calls(tree: ast.Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"st.{name}":
            yield node


def unrecorded_downloads(tree: ast.Module) -> list[str]:
    """Files that a page hands out without ``record.export``."""
    return [
        f"line {call.lineno}"
        for call in streamlit_calls(tree, "download_button")
        if len(call.args) < 2 or not ast.unparse(call.args[1]).startswith("record.export(")
    ]


def has_fragments(tree: ast.Module) -> bool:
    return any(
        "st.fragment" in ast.unparse(decorator)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
    )


def asks(tree: ast.Module) -> bool:
    names = {
        node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
        for node in ast.walk(tree)
    }
    return bool(names & ASKING)


def test_every_view_is_a_page_that_names_the_leave_it_needs(repository: Path) -> None:
    """A new page must say on purpose that it needs none, or a board could be shown a patient."""
    views = {path.stem for path in (repository / "dashboard" / "views").glob("[!_]*.py")}
    assert {entry.name for entry in PAGES} == views
    source = (repository / "dashboard" / "navigation.py").read_text("utf-8")
    field = next(
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "permission"
    )
    assert field.value is None


def test_every_download_is_put_on_record(sources: Sources) -> None:
    assert {p: found for p, tree in sources.items() if (found := unrecorded_downloads(tree))} == {}


def test_every_part_that_is_redrawn_alone_asks_whether_the_visit_goes_on(sources: Sources) -> None:
    """A fragment runs without the page around it, and so without the door."""
    assert {p for p, tree in sources.items() if has_fragments(tree) and not asks(tree)} == ASKS_NOT


def test_only_one_module_asks_streamlit_who_is_signed_in(sources: Sources) -> None:
    """Whoever reads claims elsewhere could forget that a token expires."""
    asking = {
        path
        for path, tree in sources.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"st.user", "st.login"}
    }
    assert asking == {"dashboard/auth.py"}


def test_what_does_not_ask_is_found() -> None:
    planted = ast.parse("@st.fragment\ndef f():\n    st.download_button('a', content)")
    assert has_fragments(planted)
    assert not asks(planted)
    assert unrecorded_downloads(planted)
    assert not unrecorded_downloads(ast.parse("st.download_button('a', record.export(b, 'c'))"))
