"""What a browser would hold of one session: its widgets, its pages, and messages sent once."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from dashboard.wording import say

# A browser forgets a large message that as many runs of the whole page did not show again.
KEPT_RUNS = 2
WIDGETS = ("button", "button_group", "text_input")


@dataclass(frozen=True)
class Widget:
    """Something to press, type in or pick from.

    Attributes
    ----------
    id : str
    fragment_id : str
        Of the part of the page that alone is drawn anew; "" for the whole page.
    options : tuple of str
        What can be picked.
    """

    id: str
    fragment_id: str
    options: tuple[str, ...] = ()


class Screen:
    """What the server's messages have put on screen, and what was chosen there."""

    def __init__(self) -> None:
        self.widgets: dict[str, Widget] = {}
        self.texts: list[str] = []
        self.failures: list[str] = []
        self.n_deltas = 0
        self._pages: dict[str, str] = {}
        self._page = ""
        self._chosen: dict[str, WidgetState] = {}
        self._kept: dict[str, tuple[int, ForwardMsg]] = {}
        self._n_runs = 0

    def request(
        self, *changed: WidgetState, query: str = "", page: str | None = None, fragment_id: str = ""
    ) -> ClientState:
        """What a browser sends after these widgets were changed, or for another page.

        Widgets that were never touched are left out: the server knows what they begin with.
        """
        self.texts, self.failures, self.n_deltas = [], [], 0
        if page is not None:
            self._page, self._chosen = self._pages[page], {}
        lasting = [state for state in changed if not state.trigger_value]
        self._chosen |= {state.id: state for state in lasting}
        states = {**self._chosen, **{state.id: state for state in changed}}
        asked = ClientState(
            query_string=query,
            page_script_hash=self._page,
            fragment_id=fragment_id,
            cached_message_hashes=list(self._kept),
        )
        asked.widget_states.widgets.extend(states.values())
        return asked

    def take(self, message: ForwardMsg) -> bool:
        """Heed one message; whether it says that nothing follows."""
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            message = self._kept[message.ref_hash][1]
            kind = message.WhichOneof("type")
        if message.metadata.cacheable and message.hash:
            self._kept[message.hash] = (self._n_runs, message)
        if kind == "delta":
            self._draw(message)
        elif kind == "navigation":
            pages = message.navigation.app_pages
            self._pages = {page.url_pathname: page.page_script_hash for page in pages}
            self._page = message.navigation.page_script_hash
        elif kind == "script_finished":
            return self._finish(message.script_finished)
        return False

    def _draw(self, message: ForwardMsg) -> None:
        self.n_deltas += 1
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            return
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind in WIDGETS:
            self._hold(element, str(kind), delta.fragment_id)
        elif kind in ("heading", "markdown"):
            self.texts.append(getattr(element, kind).body)
        elif kind == "alert":
            self.texts.append(element.alert.body)
            if element.alert.title == say("common.failed_title"):
                self.failures.append(element.alert.body)
        elif kind == "exception":
            self.failures.append(f"{element.exception.type}: {element.exception.message}")

    def _hold(self, element: Element, kind: str, fragment_id: str) -> None:
        drawn = getattr(element, kind)
        options = [one.content for one in drawn.options] if kind == "button_group" else []
        key = drawn.id.split("-", 2)[2]
        self.widgets[key] = Widget(drawn.id, fragment_id, tuple(options))
        if kind == "text_input" and drawn.set_value:  # the server has changed it
            self._chosen.pop(drawn.id, None)

    def _finish(self, status: ForwardMsg.ScriptFinishedStatus.ValueType) -> bool:
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self.texts, self.n_deltas = [], 0
            return False
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.failures.append("the page could not be compiled")
        if status == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._n_runs += 1
            oldest = self._n_runs - KEPT_RUNS
            self._kept = {name: one for name, one in self._kept.items() if one[0] >= oldest}
        return True
