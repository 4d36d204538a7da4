"""What each answer of the server tells the browser not to do."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# Files that a page offers, and what a page of this server was left with, are not kept on disk.
_NEVER_STORED = ("/media/", "/_stcore/", "/auth/", "/oauth2callback")


def content_security_policy(front_page: str) -> str:
    """The policy for a front page: nothing from elsewhere, no script but its own.

    Parameters
    ----------
    front_page : str
        HTML; each script that stands in it is named by its SHA-256.
    """
    hashes = (
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        for script in _INLINE_SCRIPT.findall(front_page)
    )
    scripts = " ".join(("'self'", *(f"'sha256-{one}'" for one in hashes)))
    parts = {
        "default-src": "'self'",
        "script-src": scripts,
        # The front end and its charts write styles into elements.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "frame-src": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


class SecurityHeaders:
    """Adds the headers to every answer; ASGI middleware.

    Parameters
    ----------
    app : ASGI application
    front_page : Path
        The HTML that the front end starts from.
    """

    def __init__(self, app: Application, front_page: Path) -> None:
        self._app = app
        named = {
            "Content-Security-Policy": content_security_policy(front_page.read_text("utf-8")),
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), usb=()",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        self._headers = {name.lower().encode(): text.encode() for name, text in named.items()}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(self._headers)
        if scope["path"].startswith(_NEVER_STORED):
            headers[b"cache-control"] = b"no-store"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                others = [pair for pair in message.get("headers", []) if pair[0] not in headers]
                message["headers"] = [*others, *headers.items()]
            await send(message)

        await self._app(scope, receive, send_with_headers)
