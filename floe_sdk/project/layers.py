"""Merging: later layers over earlier ones, remembering for every value which file and key it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from floe_sdk.errors import Location
    from floe_sdk.project.document import Document, KeyPath


@dataclass(frozen=True)
class Source:
    """One place that values come from: a document (below `prefix`), or something with a `name`, as `command line`."""

    document: Document | None = None
    prefix: KeyPath = ()
    name: str = ""


@dataclass
class Merged:
    """Plain data and, for every path in it, its source and the path there."""

    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[KeyPath, tuple[Source, KeyPath]] = field(default_factory=dict)

    def add(self, layer: Mapping[str, Any], source: Source) -> None:
        """Put a layer on top: mappings are merged, other values are replaced."""
        self._merge(self.data, layer, (), source, source.prefix, frozenset())

    def overlay(
        self, path: KeyPath, layer: Mapping[str, Any], source: Source, key: KeyPath, references: frozenset[str]
    ) -> None:
        """Put `layer`, found at `key` of its source, on top of the mapping at `path`, which exists.

        `references` are the schemes of secrets: `{env: A}` over `{file: B}` replaces it, and is not merged.
        """
        base: Any = self.get(path)  # the mapping itself, also where it is empty yet
        self._merge(base, layer, path, source, key, references)

    def put(self, path: KeyPath, value: Any, source: Source, key: KeyPath) -> None:
        """Set one value, a mapping included, with where it came from."""
        node: Any = self.data
        for step in path[:-1]:
            node = node.setdefault(step, {})
        self._forget(path)
        node[path[-1]] = value
        self._note(path, value, source, key)

    def origin(self, path: KeyPath) -> tuple[Source, KeyPath] | None:
        """The source of a value, or of the nearest thing around it, with the path there."""
        for length in range(len(path), 0, -1):
            found = self.origins.get(path[:length])
            if found:
                return found[0], (*found[1], *path[length:])
        return None

    def locate(self, path: KeyPath, *, key: bool = False) -> Location | None:
        """The place of a value in its own file."""
        found = self.origin(path)
        return found[0].document.locate(found[1], key=key) if found and found[0].document else None

    def get(self, path: KeyPath) -> Any:
        """The value at a path, None where there is none."""
        node: Any = self.data
        for step in path:
            if not isinstance(node, Mapping) or step not in node:
                return None
            node = node[step]
        return node

    def _merge(
        self,
        base: dict[str, Any],
        layer: Mapping[str, Any],
        path: KeyPath,
        source: Source,
        key: KeyPath,
        references: frozenset[str],
    ) -> None:
        for name, value in layer.items():
            inner, at = (*path, name), (*key, name)
            old: Any = base.get(name)
            mergeable = isinstance(old, dict) and isinstance(value, Mapping)
            if mergeable and not _is_reference(old, references) and not _is_reference(value, references):
                self._merge(old, value, inner, source, at, references)
                continue
            self._forget(inner)
            base[name] = _copy(value)
            self._note(inner, value, source, at)

    def _note(self, path: KeyPath, value: Any, source: Source, key: KeyPath) -> None:
        self.origins[path] = (source, key)
        if isinstance(value, Mapping):
            for name, inner in value.items():
                self._note((*path, name), inner, source, (*key, name))

    def _forget(self, path: KeyPath) -> None:
        for known in [known for known in self.origins if known[: len(path)] == path]:
            del self.origins[known]


def _copy(value: Any) -> Any:
    return {name: _copy(inner) for name, inner in value.items()} if isinstance(value, Mapping) else value


def _is_reference(value: Any, schemes: frozenset[str]) -> bool:
    return isinstance(value, Mapping) and ("source" in value or (len(value) == 1 and next(iter(value)) in schemes))
