"""Graphs that a transform plugin has read, by the project's hash. A cache: whatever is wrong with it is a miss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from floe_sdk.errors import FloeError
from floe_sdk.project.files import write_atomic
from floe_sdk.schemas.graph import Graph

if TYPE_CHECKING:
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


def store(folder: Path, graph: Graph) -> None:
    """Keep a graph under its own hash, and the newest few; a folder that can't be written costs only time."""
    try:
        write_atomic(_file(folder, graph.project_hash), graph.model_dump_json())
    except FloeError:
        return
    try:
        for old in sorted(folder.glob("graph-*.json"), key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:
        return  # another process pruned at the same time


def _file(folder: Path, fingerprint: str) -> Path:
    return folder / f"graph-{fingerprint}.json"
