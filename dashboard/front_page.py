"""The page a browser is given first, with our own styles in it.

Streamlit hands a style sheet over at the end of a run, once everything stands on screen: the page
would be laid out twice, and would jump before the reader's eyes.
"""

from __future__ import annotations

from pathlib import Path

from dashboard.http_headers import Application, Message, Receive, Send

# Where the front end draws. What stands before it is read later than the front end's own styles,
# which go to the head, and so has the last word among rules of equal weight.
_ROOT = b'<div id="root">'
_FIRST_TITLE = b"<title>Streamlit</title>"
# What is downloaded is handed on as it is.
_FILES = ("/media/", "/static/")
# A page that was kept, or came packed or in part, could not be written into.
_NOT_ASKED = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
_OF_THE_FILE = (b"content-length", b"etag", b"last-modified", b"accept-ranges")


class StyledFrontPage:
    """Puts a style sheet and the title into the front page; ASGI middleware.

    Parameters
    ----------
    app : ASGI application
    style : Path
        CSS.
    title : str
        Plain words, which stand in the browser's tab until the first run names the page.
    """

    def __init__(self, app: Application, style: Path, title: str) -> None:
        self._app = app
        self._style = b"<style>\n" + style.read_bytes() + b"</style>\n"
        self._title = f"<title>{title}</title>".encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request; only a page that a browser opens is written into."""
        if scope["type"] != "http" or not _asks_for_page(scope):
            await self._app(scope, receive, send)
            return
        asked = [pair for pair in scope["headers"] if pair[0] not in _NOT_ASKED]
        start: Message = {}
        parts: list[bytes] = []

        async def send_styled(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            page = self._styled(b"".join(parts))
            kept = [pair for pair in start.get("headers", []) if pair[0] not in _OF_THE_FILE]
            start["headers"] = [*kept, (b"content-length", str(len(page)).encode())]
            await send(start)
            await send({"type": "http.response.body", "body": page})

        await self._app({**scope, "headers": asked}, receive, send_styled)

    def _styled(self, page: bytes) -> bytes:
        """The front page with our styles; any other page as it was."""
        if _ROOT not in page:
            return page
        titled = page.replace(_FIRST_TITLE, self._title, 1)
        return titled.replace(_ROOT, self._style + _ROOT, 1)


def _asks_for_page(scope: Message) -> bool:
    if scope["method"] != "GET" or scope["path"].startswith(_FILES):
        return False
    return b"text/html" in dict(scope["headers"]).get(b"accept", b"")
