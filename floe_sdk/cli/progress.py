"""What `floe run` shows meanwhile: live lines in a terminal, plain ones elsewhere, JSON lines for machines."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import sys
import threading
import time
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from floe_sdk.cli.output import echo, redacted
from floe_sdk.cli.summary import STATUS_WORD, node_line, summary_lines, totals
from floe_sdk.runtime.interrupt import interrupt_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console, RenderableType
    from typing_extensions import Self

    from floe_sdk.schemas.events import NodeFinished, NodeStarted, RunFinished, RunStarted
    from floe_sdk.schemas.graph import Graph


@contextlib.contextmanager
def progress_for(graph: Graph, product_root: Path, *, as_json: bool, idle: str = "") -> Iterator[Progress]:
    """The progress that fits standard output; `idle` is said where no node is to run."""
    if as_json:
        yield JsonProgress(graph, product_root, idle)
    elif sys.stdout.isatty():
        with LiveProgress(graph, product_root, idle) as live:
            yield live
    else:
        yield Progress(graph, product_root, idle)


class Progress:
    """Plain lines: one when a node ended."""

    def __init__(self, graph: Graph, product_root: Path, idle: str = "") -> None:
        self.nodes = graph.by_id()
        self.idle = idle
        self.product_root = product_root
        self.planned_nodes: set[str] = set()
        self.done = 0

    def run_started(self, event: RunStarted) -> None:
        """Name the run."""
        self.show(f"run {event.run_id} of {event.product} in {event.environment}")

    def planned(self, node_ids: tuple[str, ...]) -> None:
        """Remember how many there are."""
        self.planned_nodes.update(node_ids)
        if not node_ids and self.idle:
            self.show(self.idle)

    def node_started(self, event: NodeStarted) -> None:
        """Nothing: a line when it ended is enough."""

    def node_finished(self, event: NodeFinished) -> None:
        """A line."""
        self.done += 1
        self.planned_nodes.add(event.node_id)
        total = str(len(self.planned_nodes))
        self.show(f"{self.done:>{len(total)}}/{total} {node_line(event, self.nodes.get(event.node_id))}")

    def log(self, level: str, message: str) -> None:
        """Nothing: the engine's log is in a file."""

    def finished(self, run: RunFinished) -> None:
        """The summary."""
        for line in summary_lines(run, self.nodes, self.product_root):
            echo(line)
        for warning in run.warnings:
            echo(f"warning: {warning}", err=True)

    def show(self, text: str) -> None:
        """Print a line."""
        say(text)


def say(text: str) -> None:
    """Print a line of a run. Where nobody reads them any more, the run ends as after Ctrl-C."""
    with _heard():
        echo(text)


@contextlib.contextmanager
def _heard() -> Iterator[None]:
    """What is printed here may meet a pipe without a reader, or a terminal that was closed (EIO)."""
    try:
        yield
    except OSError as error:
        terminal_closed = error.errno == errno.EIO
        if not (terminal_closed or isinstance(error, BrokenPipeError)):
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr) if terminal_closed else (sys.stdout,):
            os.dup2(nowhere, stream.fileno())
        interrupt_process()


@contextlib.contextmanager
def meanwhile(text: str, *, quiet: bool = False) -> Iterator[None]:
    """Say on a terminal what takes its time, until it is done; elsewhere, nothing."""
    if quiet or not sys.stdout.isatty():
        yield
        return
    from rich.console import Console

    with Console().status(text, spinner="line"):
        yield


class LiveProgress(Progress):
    """Nodes that run are live lines at the bottom, above how far the run is; each becomes a plain line at its end."""

    def __init__(self, graph: Graph, product_root: Path, idle: str = "") -> None:
        super().__init__(graph, product_root, idle)
        from rich import get_console
        from rich.live import Live

        self._console = get_console()
        self._engine = graph.engine
        self._begin = time.monotonic()
        self._running: dict[str, float] = {}
        self._lock = threading.Lock()
        self._live = Live(get_renderable=self._lines, console=self._console, refresh_per_second=8, transient=True)

    @property
    def console(self) -> Console:
        """Where lines go."""
        return self._console

    def node_started(self, event: NodeStarted) -> None:
        """A live line."""
        with self._lock:
            self._running[event.node_id] = time.monotonic()

    def node_finished(self, event: NodeFinished) -> None:
        """Its last line."""
        with self._lock:
            self._running.pop(event.node_id, None)
        super().node_finished(event)

    def show(self, text: str) -> None:
        """Print above the live lines, in the colour of the status."""
        from rich.text import Text

        line = Text(redacted(text))
        for word, style in _STYLES.items():
            line.highlight_regex(rf"(?<=\d ){word}\b", style)
        with _heard():
            self.console.print(line, soft_wrap=True)

    def _lines(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        now = time.monotonic()
        with self._lock:
            running = dict(self._running)
        names = {node_id: self.nodes[node_id].name if node_id in self.nodes else node_id for node_id in running}
        room = max(self._console.width - len("   RUN     9999.9 s"), 8)  # a line that breaks would hide the time
        lines = [f"   RUN   {names[each][:room]}  {now - since:.1f} s" for each, since in running.items()]
        far = f"{self.done}/{len(self.planned_nodes)}" if self.planned_nodes else f"{self._engine} is starting"
        last = Text(f"   {far}  {now - self._begin:.1f} s", style="dim")
        return Group(*(Text(redacted(line), style="cyan", no_wrap=True) for line in lines), last)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.stop()


_STYLES = {"OK": "green", "WARN": "yellow", "FAIL": "bold red", "ERROR": "bold red", "SKIP": "dim"}
assert set(_STYLES) == set(STATUS_WORD.values())  # noqa: S101 - a new status needs a colour


class JsonProgress(Progress):
    """Each event as one JSON object a line."""

    def run_started(self, event: RunStarted) -> None:
        """The first line."""
        self._print("run_started", event)

    def planned(self, node_ids: tuple[str, ...]) -> None:
        """The nodes."""
        self._line({"event": "planned", "nodes": list(node_ids)})

    def node_started(self, event: NodeStarted) -> None:
        """A line."""
        self._print("node_started", event)

    def node_finished(self, event: NodeFinished) -> None:
        """A line."""
        self._print("node_finished", event)

    def finished(self, run: RunFinished) -> None:
        """The last line, with what the nodes come to; they were lines already."""
        self._print("run_finished", dataclasses.replace(run, nodes=()), **totals(run))

    def _print(self, name: str, event: Any, **more: Any) -> None:
        given = dataclasses.asdict(event)
        given.pop("stack", None)  # of the engine: lineage and the history have it
        data = {key: value for key, value in given.items() if value not in (None, (), "")}
        seconds = getattr(event, "seconds", None)
        self._line({"event": name, **data, **({"seconds": round(seconds, 3)} if seconds is not None else {}), **more})

    def _line(self, data: dict[str, Any]) -> None:
        say(json.dumps(data, ensure_ascii=False, default=_json))


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else str(value)
