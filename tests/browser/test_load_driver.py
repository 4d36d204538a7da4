"""A session of the load benchmark is shown what a browser is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from playwright.sync_api import Page, expect

from benchmarks.load.clinician import ACTIONS, FINDER, SETTINGS, Done, Pace, work_at_once
from benchmarks.load.comparison import draw_patients
from benchmarks.load.session import Answer, opened_session
from tests.browser.serving import settle

pytestmark = pytest.mark.browser
Result = TypeVar("Result")


def run(work: Coroutine[None, None, Result]) -> Result:
    """In a thread of its own: Playwright has an event loop in this one."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, work).result()


async def _open_and_go_on(address: str) -> Answer:
    async with opened_session(address) as session:
        await session.open(SETTINGS)
        return await session.press(FINDER)


def test_a_session_without_a_browser_is_shown_the_same(server: str, page: Page) -> None:
    """Prevents figures of answers that are shorter than what clinicians wait for."""
    answer = run(_open_and_go_on(server))
    page.goto(f"{server}/?{SETTINGS}")
    settle(page)
    page.get_by_role("button", name="Next", exact=True).first.click()
    settle(page)
    risk = next(text for text in answer.texts if text.startswith("By the model"))
    expect(page.get_by_role("heading", name=risk, exact=True)).to_be_visible()
    seen = page.get_by_role("heading").all_inner_texts()
    assert [name for name in seen if name and name not in answer.texts] == []


def test_a_visit_succeeds_on_a_real_server(server: str) -> None:
    """Prevents a load benchmark that is found broken on the day its figures are wanted."""
    (patients,) = draw_patients(1)
    done: list[Done] = []
    assert run(work_at_once(server, [patients], Pace(), 0, done.append)) == []
    assert {one.action for one in done} == set(ACTIONS)
    assert not [one for one in done if one.failures]
