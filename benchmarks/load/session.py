"""One session over the websocket that a browser would open, timed by the server's answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from benchmarks.load.screen import Screen

STREAM = "/_stcore/stream"
# Whoever waits longer has gone.
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Answer:
    """What the server drew after one request.

    Attributes
    ----------
    seconds : float
        From the request until the server said that nothing follows.
    n_bytes : int
        Of all its messages.
    n_deltas : int
        Elements and containers among them.
    texts : tuple of str
        Headings, paragraphs and messages, in the order in which they came.
    failures : tuple of str
        Parts that could not be shown.
    """

    seconds: float
    n_bytes: int
    n_deltas: int
    texts: tuple[str, ...]
    failures: tuple[str, ...]


class Session:
    """A browser's side of one session, without the browser."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._screen = Screen()

    async def open(self, query: str) -> Answer:
        """The page at the bare address, with these settings."""
        return await self._ask(self._screen.request(query=query))

    async def go(self, page: str) -> Answer:
        """Another page by its address."""
        return await self._ask(self._screen.request(page=page))

    async def press(self, key: str) -> Answer:
        """A button by its key."""
        widget = self._screen.widgets[key]
        return await self._change(key, WidgetState(id=widget.id, trigger_value=True))

    async def type(self, key: str, text: str) -> Answer:
        """Text into a box by its key."""
        widget = self._screen.widgets[key]
        return await self._change(key, WidgetState(id=widget.id, string_value=text))

    async def pick(self, key: str, *, at: int) -> Answer:
        """One of some pills by their key, and nothing but it."""
        widget = self._screen.widgets[key]
        state = WidgetState(id=widget.id)
        state.string_array_value.data.append(widget.options[at])
        return await self._change(key, state)

    def n_options(self, key: str) -> int:
        """How many pills there are to pick from; 0 where they are not on screen."""
        widget = self._screen.widgets.get(key)
        return 0 if widget is None else len(widget.options)

    async def _change(self, key: str, state: WidgetState) -> Answer:
        fragment_id = self._screen.widgets[key].fragment_id
        return await self._ask(self._screen.request(state, fragment_id=fragment_id))

    async def _ask(self, asked: ClientState) -> Answer:
        screen, n_bytes, started = self._screen, 0, perf_counter()
        await self._connection.send(BackMsg(rerun_script=asked).SerializeToString())
        async with asyncio.timeout(PATIENCE_SECONDS):
            is_finished = False
            while not is_finished:
                received = await self._connection.recv(decode=False)
                n_bytes += len(received)
                is_finished = screen.take(ForwardMsg.FromString(received))
        seconds = perf_counter() - started
        texts, failures = tuple(screen.texts), tuple(screen.failures)
        return Answer(seconds, n_bytes, screen.n_deltas, texts, failures)


@asynccontextmanager
async def opened_session(address: str) -> AsyncIterator[Session]:
    """A session of its own, such as ``http://127.0.0.1:8501`` gives to each tab."""
    stream = address.replace("http", "ws", 1) + STREAM
    async with connect(
        stream,
        origin=Origin(address),
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
    ) as connection:
        yield Session(connection)
