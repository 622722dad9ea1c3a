"""A YAML document in memory: plain data, and beside it where each key and value stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel

from floe_sdk.errors import Location

if TYPE_CHECKING:
    from collections.abc import Iterator

KeyPath = tuple[str | int, ...]

OTHER_SPELLINGS = {
    "lineage": ("lineage_backend",),
    "telemetry": ("telemetry_backend",),
    "transform": ("dbt",),
    "extends": ("parent_manifest", "parentManifest"),
    "columns": ("schema",),
}
"""Keys of the public documents that are read as another key; camelCase aside."""


@dataclass(frozen=True)
class Document:
    """What a file holds. `marks` has, by `id` of each mapping in `data`, the marks of its keys and values, and by
    `id` of each list the marks of its items."""

    path: Path
    data: dict[str, Any]
    marks: dict[int, Any] = field(default_factory=dict, repr=False)
    start: Any = None

    @property
    def shown(self) -> str:
        """The path for people: relative to the working directory where it lies below that."""
        return shown_path(self.path)

    def locate(self, path: KeyPath, *, key: bool = False) -> Location:
        """The place of a value, or with `key` of its key; of the nearest thing around it where it isn't written.

        Takes either spelling of a key, and skips the index where a single entry stands for a list.
        """
        mark = self.start
        for mark in self._marks(path, key=key):  # noqa: B007 - the last one counts
            pass
        return Location(self.shown, mark.line + 1, mark.column + 1) if mark else Location(self.shown)

    def value(self, path: KeyPath) -> Any:
        """What stands at a place, None where nothing does; either spelling of a key is found."""
        node: Any = self.data
        for step in path:
            if isinstance(node, dict) and isinstance(step, str):
                node = next((node[name] for name in spellings(step) if name in node), None)
            elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                node = node[step]
            elif not isinstance(node, dict):
                return None
        return node

    def written(self, path: KeyPath) -> KeyPath:
        """The path as the document spells it, without the index where a single entry stands for a list."""
        node: Any = self.data
        steps: list[str | int] = []
        for step in path:
            if isinstance(node, dict) and isinstance(step, int):
                continue
            if isinstance(node, dict):
                step = next((name for name in spellings(str(step)) if name in node), step)  # noqa: PLW2901
            steps.append(step)
            node = self.value(tuple(steps))
        return tuple(steps)

    def _marks(self, path: KeyPath, *, key: bool = False) -> Iterator[Any]:
        node: Any = self.data
        for step in path:
            marks: Any = self.marks.get(id(node))
            if isinstance(node, dict):
                if isinstance(step, int):
                    continue  # a single entry that stands for a list
                written = next((name for name in spellings(step) if name in node), None)
                if written is None:
                    return
                yield marks[written][0 if key else 1]
                node = node[written]
            elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                yield marks[step]
                node = node[step]
            else:
                return


def spellings(key: str) -> tuple[str, ...]:
    """The ways in which a document may write a key, the usual one first."""
    return (key, to_camel(key), *OTHER_SPELLINGS.get(key, ()))


def shown_path(path: Path) -> str:
    """A path for people: relative where it is below the working directory."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)
