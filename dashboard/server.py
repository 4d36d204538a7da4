"""What ``pellucid serve`` starts: the dashboard, with the headers a browser is to heed."""

from __future__ import annotations

from pathlib import Path

import streamlit
from starlette.middleware import Middleware
from streamlit.starlette import App

from dashboard.front_page import StyledFrontPage
from dashboard.http_headers import SecurityHeaders
from dashboard.wording import say

_FRONT_PAGE = Path(streamlit.__file__).parent / "static" / "index.html"
_HERE = Path(__file__).parent

app = App(
    _HERE / "app.py",
    middleware=[
        Middleware(SecurityHeaders, front_page=_FRONT_PAGE),
        Middleware(StyledFrontPage, style=_HERE / "assets" / "style.css", title=say("app.title")),
    ],
)
