"""The front page comes with our styles; whatever else is asked for comes as it is."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit

from dashboard.front_page import StyledFrontPage
from dashboard.http_headers import Application, Message, SecurityHeaders

FRONT_PAGE = Path(streamlit.__file__).parent / "static" / "index.html"
HTML = FRONT_PAGE.read_bytes()
BROWSER = (b"accept", b"text/html,*/*;q=0.8")
RULE = b".st-key-model { min-height: 4rem; } /* \xc3\xa9 */"


class Answering:
    """Answers with the same page in two parts, and keeps what it was asked."""

    def __init__(self, page: bytes, status: int = 200) -> None:
        self.asked: dict[bytes, bytes] = {}
        self._page = page
        self._status = status

    async def __call__(self, scope: Message, receive: object, send: object) -> None:  # noqa: ARG002
        self.asked = dict(scope["headers"])
        headers = [(b"content-length", b"%d" % len(self._page)), (b"etag", b'"1"')]
        start = {"type": "http.response.start", "status": self._status, "headers": headers}
        await send(start)  # type: ignore[operator]
        for part, more in ((self._page[:700], True), (self._page[700:], False)):
            await send({"type": "http.response.body", "body": part, "more_body": more})  # type: ignore[operator]


@pytest.fixture
def style(tmp_path: Path) -> Path:
    path = tmp_path / "style.css"
    path.write_bytes(RULE)
    return path


def answer(
    app: Application, path: str, *headers: tuple[bytes, bytes], method: str = "GET"
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of an answer."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {}

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    # In a thread of its own: the browser tests leave an event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, app(scope, receive, send)).result()  # type: ignore[arg-type]
    pairs = sent[0]["headers"]
    assert len({name for name, _ in pairs}) == len(pairs)
    return sent[0]["status"], dict(pairs), b"".join(one["body"] for one in sent[1:])


@pytest.mark.parametrize("path", ["/", "/groups", "/no-such-page"])
def test_every_page_begins_with_the_styles_and_the_title(style: Path, path: str) -> None:
    """Else it is laid out without them first, and jumps; and the tab reads "Streamlit"."""
    status, headers, page = answer(
        StyledFrontPage(Answering(HTML), style, "Pellucid"), path, BROWSER
    )
    assert status == 200
    assert page.count(RULE) == 1
    assert page.index(RULE) < page.index(b'<div id="root">')
    assert b"<title>Pellucid</title>" in page
    assert int(headers[b"content-length"]) == len(page)
    assert b"etag" not in headers


def test_nothing_but_styles_and_title_is_written_into_the_page(style: Path) -> None:
    """What the policy allows to run is named by its digest, taken from the page as it came."""
    served = SecurityHeaders(StyledFrontPage(Answering(HTML), style, "Pellucid"), FRONT_PAGE)
    _, headers, page = answer(served, "/", BROWSER)
    without = page.replace(b"<style>\n" + RULE + b"</style>\n", b"")
    assert without.replace(b"<title>Pellucid<", b"<title>Streamlit<") == HTML
    assert re.findall(rb"<script.*?</script>", page, re.DOTALL) == re.findall(
        rb"<script.*?</script>", HTML, re.DOTALL
    )
    policy = headers[b"content-security-policy"].decode()
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert policy.count("sha256-") == len(re.findall(rb"<script>", page))


def test_a_whole_unpacked_page_is_asked_for(style: Path) -> None:
    """A page that the browser kept from before has no styles, or old ones."""
    inner = Answering(HTML)
    kept = [(b"if-none-match", b'"1"'), (b"accept-encoding", b"gzip"), (b"cookie", b"a=1")]
    answer(StyledFrontPage(inner, style, "Pellucid"), "/", BROWSER, *kept)
    assert set(inner.asked) == {b"accept", b"cookie"}


@pytest.mark.parametrize(
    ("path", "method", "accepted"),
    [
        ("/media/page.html", "GET", BROWSER),
        ("/static/index.html", "GET", BROWSER),
        ("/", "HEAD", BROWSER),
        ("/_stcore/health", "GET", (b"accept", b"*/*")),
    ],
)
def test_what_is_no_page_passes_as_it_came(
    style: Path, path: str, method: str, accepted: tuple[bytes, bytes]
) -> None:
    """A one-page print that is downloaded must be the file that was recorded."""
    inner = Answering(HTML)
    packed = (b"accept-encoding", b"gzip")
    app = StyledFrontPage(inner, style, "Pellucid")
    _, headers, page = answer(app, path, accepted, packed, method=method)
    assert page == HTML
    assert headers[b"etag"] == b'"1"'
    assert inner.asked[b"accept-encoding"] == b"gzip"


def test_a_page_of_another_kind_stays_as_it_was(style: Path) -> None:
    refused = b"<html><title>Streamlit</title>No</html>"
    app = StyledFrontPage(Answering(refused, 403), style, "Pellucid")
    status, _, page = answer(app, "/oauth2callback", BROWSER)
    assert (status, page) == (403, refused)
