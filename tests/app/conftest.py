"""Pages run alone, without a browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.pages import OpenPage


def _run_view(view: str, root: str | None) -> None:
    """Body of the page under test; AppTest runs its source as a script of its own."""
    from importlib import import_module  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from dashboard import state  # noqa: PLC0415
    from dashboard.auth import local_person  # noqa: PLC0415
    from dashboard.context import Context  # noqa: PLC0415

    ctx = Context(Path(root) if root else None, local_person())
    state.set_context(ctx)
    import_module(f"dashboard.views.{view}").render(ctx)


@pytest.fixture(autouse=True)
def own_main_module() -> Iterator[None]:
    """AppTest leaves its script behind as the main module, which processes started later run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def open_page() -> OpenPage:
    """Run one view; what its address asks for as keywords."""

    def run(view: str, root: Path | None = None, **address: str) -> AppTest:
        where = None if root is None else str(root)
        app = AppTest.from_function(_run_view, args=(view, where), default_timeout=90)
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return run
