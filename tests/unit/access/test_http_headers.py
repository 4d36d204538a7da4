"""What each answer of the server tells the browser."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit

from dashboard.http_headers import Message, SecurityHeaders, content_security_policy

FRONT_PAGE = Path(streamlit.__file__).parent / "static" / "index.html"


async def _answer(scope: Message, receive: object, send: object) -> None:  # noqa: ARG001
    headers = [(b"content-type", b"text/csv"), (b"cache-control", b"public")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})  # type: ignore[operator]


def headers_of(path: str) -> dict[str, str]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {}

    app = SecurityHeaders(_answer, FRONT_PAGE)
    # In a thread of its own: the browser tests leave an event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, app({"type": "http", "path": path}, receive, send)).result()
    pairs = sent[0]["headers"]
    assert len({name for name, _ in pairs}) == len(pairs)
    return {name.decode(): value.decode() for name, value in pairs}


def test_no_other_site_can_frame_the_page_or_be_loaded_by_it() -> None:
    """A patient's values must not be sent off by a script, nor clicked through a frame."""
    headers = headers_of("/")
    policy = headers["content-security-policy"]
    for part in ("default-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"):
        assert part in policy
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "*" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(("path", "kept"), [("/media/a.csv", "no-store"), ("/", "public")])
def test_what_is_downloaded_is_not_kept_by_a_browser(path: str, kept: str) -> None:
    assert headers_of(path)["cache-control"] == kept


def test_a_script_of_the_front_page_is_named_by_its_digest() -> None:
    digest = base64.b64encode(hashlib.sha256(b" a = 1 ").digest()).decode()
    policy = content_security_policy("<script> a = 1 </script><script src='b'></script>")
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert policy.count("sha256-") == 1
