"""One reader of the app without a browser: a WebSocket that speaks Streamlit's own messages.

It keeps the address, the values of the sliders and the messages that may be referred to later, and
asks again at the interval that the page has set. It talks to this computer alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks.heard import Stage, StageState, Traffic, Wait, stage_message
from bnviz.ui.address import FOLLOW
from bnviz.ui.registry import page_of, pages

HOST = "127.0.0.1"
PATIENCE_S = 30.0
"""A reader who has waited this long for the end of a run gives up."""
LONG_S = 120.0
"""The same for what is no part of a measurement, as a warm-up."""
LACK_S = 0.3
"""How long a stage waits for a message that is missing."""
KEPT_RUNS = 2
"""Runs of the script after which Streamlit's front end forgets a message that did not come again"""


class LostError(Exception):
    """A session that the server closed, or that waited in vain."""


class Session:
    """One open page.

    Parameters
    ----------
    port : int
        Of a server on this computer.
    slug : str
        The page.
    patience_s : float
        How long it waits for the end of a run.
    """

    def __init__(self, port: int, slug: str, patience_s: float = PATIENCE_S) -> None:
        self.slug, self.patience_s = slug, patience_s
        self.stage: StageState | None = None
        self.traffic = Traffic()
        self.errors: list[str] = []
        self._uri = f"ws://{HOST}:{port}/_stcore/stream"
        self._stage = Stage()
        self._asking: list[asyncio.Task[None]] = []
        self._query = ""
        self._page_hash = ""
        self._sliders: dict[str, Slider] = {}  # by the name of the field
        self._values: dict[str, WidgetState] = {}  # by the widget's id
        self._messages: dict[str, tuple[ForwardMsg, int]] = {}  # what may be referred to, and when
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._news = asyncio.Condition()
        self._settled = False  # whether a run of the whole script has come to its end since a move
        self.wait: Wait | None = None  # the newest one, also if it was in vain
        self._closed = False
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Session:
        await self.connect()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def connect(self) -> None:
        """Connect to the server; raise OSError where there is none."""
        self._socket = await connect(
            self._uri,
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            proxy=None,  # it would be another computer
            open_timeout=self.patience_s,
            ping_interval=None,
        )
        self._listening = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Leave; a session that never came has nothing to close."""
        self._stop_timers()
        if self._socket is not None:
            for task in (self._listening, *self._asking):
                task.cancel()
            await self._socket.close()

    async def open(self, link: Mapping[str, str] | None = None) -> Wait:
        """Open the page with what a link sets, and wait until its run is over."""
        self._query = self._query_of(link or {})
        return await self._moved(Wait(None))

    async def follow(self, link: Mapping[str, str]) -> Wait:
        """Follow a link to the page that is open: all that it does not set is as at first."""
        self._query = self._query_of(link) + f"&{FOLLOW}=1"
        self._stop_timers()
        return await self._moved(self._from_here())

    async def press(self, name: str, by: int) -> Wait:
        """Move the handle of a slider by some notches, as an arrow key does."""
        slider = self._sliders.get(name)
        if slider is None or slider.disabled:
            raise ValueError(f"{name!r} is no slider in use, expected one of {self.sliders}")
        state = self._values[slider.id]
        if slider.type == Slider.SELECT_SLIDER:
            options = list(slider.options)
            place = options.index(state.string_array_value.data[0]) + by
            state.string_array_value.data[0] = options[min(max(place, 0), len(options) - 1)]
        else:
            value = state.double_array_value.data[0] + by * slider.step
            state.double_array_value.data[0] = min(max(value, slider.min), slider.max)
        return await self._moved(self._from_here())

    @property
    def sliders(self) -> list[str]:
        """The fields whose sliders can be moved now."""
        return [name for name, slider in self._sliders.items() if not slider.disabled]

    def _query_of(self, link: Mapping[str, str]) -> str:
        return urlencode({f"{self.slug}_{name}": value for name, value in link.items()})

    def _from_here(self) -> Wait:
        return Wait(self.stage.run if self.stage else None)

    async def _moved(self, wait: Wait) -> Wait:
        """Tell the server, and wait for the end of the run and of the script that draws it."""
        self.wait, self._settled = wait, False
        await self._ask()
        try:
            async with asyncio.timeout(self.patience_s), self._news:
                await self._news.wait_for(
                    lambda: self._closed or (wait.finished_s is not None and self._settled)
                )
        except TimeoutError:
            raise LostError(f"no finished run within {self.patience_s:g} s") from None
        if self._closed:
            await self._listening  # which raises what it failed at
            raise LostError("the server closed the connection")
        return wait

    async def _ask(self, fragment: str = "", after_s: float = 0.0) -> None:
        """Ask for a run of the script, or of one fragment of it."""
        await asyncio.sleep(after_s)
        ask = BackMsg()
        ask.rerun_script.query_string = self._query
        ask.rerun_script.page_script_hash = self._page_hash
        if not self._page_hash and page_of(self.slug) != pages()[0]:
            ask.rerun_script.page_name = self.slug
        ask.rerun_script.widget_states.widgets.extend(self._values.values())
        ask.rerun_script.cached_message_hashes.extend(self._messages)
        ask.rerun_script.fragment_id = fragment
        ask.rerun_script.is_auto_rerun = bool(fragment)
        self.traffic.n_asked += 1
        try:
            await self._connected().send(ask.SerializeToString())
        except ConnectionClosed as error:
            raise LostError("the server closed the connection") from error

    def _connected(self) -> ClientConnection:
        if self._socket is None:
            raise LostError("the session is not connected")
        return self._socket

    async def _listen(self) -> None:
        try:
            async for raw in self._connected():
                self.traffic.n_messages += 1
                self.traffic.n_bytes += len(raw)
                message = ForwardMsg()
                message.ParseFromString(raw if isinstance(raw, bytes) else raw.encode())
                self._take(message)
                async with self._news:
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        finally:  # also where a message could not be read
            self._closed = True
            async with self._news:
                self._news.notify_all()

    def _take(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "ref_hash":
                kept, _ = self._messages[message.ref_hash]
                self._messages[message.ref_hash] = kept, self.traffic.n_reruns
                self._show(kept.delta.new_element)
            case "delta":
                if message.metadata.cacheable:
                    self._messages[message.hash] = message, self.traffic.n_reruns
                if message.delta.WhichOneof("type") == "new_element":
                    self._show(message.delta.new_element)
            case "navigation":
                self._page_hash = message.navigation.page_script_hash
            case "new_session":
                self._begin(whole=not message.metadata.run.fragment_ids)
            case "script_finished":
                self._end(message)
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "auto_rerun":
                self._repeat(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._stop_timer(fragment)
            case "page_not_found":
                self.errors.append(f"page {message.page_not_found.page_name!r} not found")

    def _begin(self, *, whole: bool) -> None:
        """Note that a script has begun; its timers end with those of the script before."""
        if whole:
            self._settled = False
            self.traffic.n_reruns += 1
            self._stop_timers()
        else:
            self.traffic.n_fragments += 1

    def _end(self, message: ForwardMsg) -> None:
        """Note that a script has ended, and forget messages that did not come again for long."""
        if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.errors.append("the script could not be compiled")
        if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._settled = True
            oldest = self.traffic.n_reruns - KEPT_RUNS
            self._messages = {h: m for h, m in self._messages.items() if m[1] >= oldest}

    def _show(self, element: Element) -> None:
        """Take note of a slider, of the stage, and of an error that a reader would see."""
        match element.WhichOneof("type"):
            case "slider":
                self._sliders[element.slider.id.rpartition(f"-{self.slug}_")[2]] = element.slider
                self._keep_value(element.slider)
            case "bidi_component":
                message = stage_message(element)
                if message is not None:
                    self.traffic.n_stages += 1
                    self._show_stage(element.bidi_component.id, message)
            case "exception":
                self.errors.append(element.exception.message)
            case "alert" if element.alert.format == element.alert.ERROR:
                self.errors.append(element.alert.body)

    def _show_stage(self, widget: str, message: Mapping[str, Any]) -> None:
        """Note what the stage shows; where a message is missing, ask for all of it."""
        shown = self._stage.read(message)
        if shown is not None:
            self.stage = shown
            if self.wait is not None:
                self.wait.hear(shown)
        elif self._stage.lacks is not None:
            report = json.dumps({"lacks": self._stage.lacks})
            self._values[widget] = WidgetState(id=widget, json_value=report)
            self._asking.append(asyncio.create_task(self._ask(after_s=LACK_S)))

    def _keep_value(self, slider: Slider) -> None:
        """Keep the value of a slider, as the browser does: the script's where it sets one."""
        if slider.id in self._values and not slider.set_value:
            return
        state = WidgetState(id=slider.id)
        if slider.type == Slider.SELECT_SLIDER:
            first = [slider.options[int(place)] for place in slider.default]
            state.string_array_value.data.extend(slider.raw_value if slider.set_value else first)
        else:
            state.double_array_value.data.extend(
                slider.value if slider.set_value else slider.default
            )
        self._values[slider.id] = state

    def _repeat(self, fragment: str, interval_s: float) -> None:
        """Ask for a fragment again and again, until a new script or the server ends it."""

        async def repeat() -> None:
            while True:
                await asyncio.sleep(interval_s)
                await self._ask(fragment)

        self._stop_timer(fragment)
        self._timers[fragment] = asyncio.create_task(repeat())

    def _stop_timer(self, fragment: str) -> None:
        timer = self._timers.pop(fragment, None)
        if timer is not None:
            timer.cancel()

    def _stop_timers(self) -> None:
        for fragment in list(self._timers):
            self._stop_timer(fragment)
