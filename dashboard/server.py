"""What ``pellucid serve`` starts: the dashboard, with the headers a browser is to heed."""

from __future__ import annotations

from pathlib import Path

import streamlit
from starlette.middleware import Middleware
from streamlit.starlette import App

from dashboard.http_headers import SecurityHeaders

_FRONT_PAGE = Path(streamlit.__file__).parent / "static" / "index.html"

app = App(
    Path(__file__).parent / "app.py",
    middleware=[Middleware(SecurityHeaders, front_page=_FRONT_PAGE)],
)
