"""Graphs that a transform plugin has read, and what its engine warned of, by the project's hash.

A cache: whatever is wrong with it is a miss.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from floe_sdk.errors import FloeError
from floe_sdk.project.files import write_atomic
from floe_sdk.schemas.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEPT = 4
"""A few environments or branches, between which people switch."""


def load(folder: Path, fingerprint: str) -> Graph | None:
    """The graph of that hash, or None."""
    try:
        graph = Graph.model_validate_json(_file(folder, fingerprint).read_bytes())
    except (OSError, ValidationError):
        return None
    return graph if graph.project_hash == fingerprint else None


def load_warnings(folder: Path, fingerprint: str) -> tuple[str, ...]:
    """What the engine warned of when it read the graph of that hash."""
    try:
        return tuple(map(str, json.loads(_warnings(folder, fingerprint).read_bytes())))
    except (OSError, ValueError, TypeError):
        return ()


def store(folder: Path, graph: Graph, warnings: Sequence[str] = ()) -> None:
    """Keep a graph under its own hash, and the newest few; a folder that can't be written costs only time."""
    try:
        _warnings(folder, graph.project_hash).unlink(missing_ok=True)
        if warnings:
            write_atomic(_warnings(folder, graph.project_hash), json.dumps(warnings))
        write_atomic(_file(folder, graph.project_hash), graph.model_dump_json())
    except (FloeError, OSError):
        return
    try:
        for old in sorted(folder.glob("graph-*.json"), key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
            old.unlink(missing_ok=True)
            _warnings(folder, old.stem.removeprefix("graph-")).unlink(missing_ok=True)
    except OSError:
        return  # another process pruned at the same time


def _file(folder: Path, fingerprint: str) -> Path:
    return folder / f"graph-{fingerprint}.json"


def _warnings(folder: Path, fingerprint: str) -> Path:
    return folder / f"warnings-{fingerprint}.json"
