"""The names by which Dagster knows what is in an artifact: asset keys, and words that Dagster accepts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster import AssetKey

from floe_sdk import Materialization, Node, NodeKind, product_slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from floe_sdk import CompiledArtifacts, Upstream

ASSETS = frozenset({NodeKind.MODEL, NodeKind.SEED, NodeKind.SNAPSHOT})
_LONGEST = 63


class Keys:
    """The asset keys of a product's nodes.

    A table is `[namespace, table]`, so is a source that is a table of the catalog or of a database. A source that is a
    file of the product stands below the product's namespace: two products may both have a `raw/orders.csv`.
    """

    def __init__(self, artifacts: CompiledArtifacts) -> None:
        self.nodes = artifacts.transforms.by_id()
        self._namespace = artifacts.namespace
        self._slug = artifacts.metadata.product_slug
        self._of = {node.id: self._key(node) for node in self.nodes.values() if self.is_asset(node) or _source(node)}

    def of(self, node_id: str) -> AssetKey:
        """The key of a node that has one."""
        return self._of[node_id]

    def is_asset(self, node: Node) -> bool:
        """Whether a run makes something of that name; an ephemeral model is none."""
        return node.kind in ASSETS and node.materialization is not Materialization.EPHEMERAL

    def assets(self) -> list[Node]:
        """The nodes that are assets of this product."""
        return [node for node in self.nodes.values() if self.is_asset(node)]

    def sources(self) -> list[Node]:
        """The nodes that somebody else makes."""
        return [node for node in self.nodes.values() if _source(node)]

    def parents(self, node: Node) -> list[Node]:
        """The assets and sources that a node reads; through ephemeral models, what these read."""
        found: dict[str, Node] = {}
        for parent in self._direct(node):
            through = self.parents(parent) if parent.id not in self._of else [parent]
            found.update({each.id: each for each in through})
        return list(found.values())

    def _direct(self, node: Node) -> Iterator[Node]:
        for each in node.depends_on:
            parent = self.nodes.get(each)
            if parent is not None and not parent.is_test:
                yield parent

    def _key(self, node: Node) -> AssetKey:
        if node.upstream is not None:
            return _key(self._upstream(node.upstream))
        path = (node.namespace or self._namespace, node.table or node.name)
        location = node.source_location
        own_file = location is not None and "://" not in location
        return _key((self._namespace, *path) if own_file else path)

    def _upstream(self, upstream: Upstream) -> tuple[str, ...]:
        """The key in the other product. Of a port only its name is known here: it is taken for the table's, and the
        product's namespace to be made as this one's is."""
        if upstream.table:
            return tuple(upstream.table.rsplit(".", 1))
        slug = product_slug(str(upstream.product))
        namespace = self._namespace.replace(self._slug, slug) if self._slug in self._namespace else slug
        return namespace, str(upstream.port)


def _source(node: Node) -> bool:
    return node.kind is NodeKind.SOURCE


def _key(path: tuple[str, ...]) -> AssetKey:
    return AssetKey([re.sub(r"[^A-Za-z0-9_.-]", "_", part) for part in path])


def identifier(text: str) -> str:
    """A text as a name of Dagster: of an op, a group, a check."""
    return re.sub(r"[^A-Za-z0-9_]", "_", text) or "_"


def tag_word(text: str) -> str:
    """A text as the key or the value of a tag."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:_LONGEST]


def owners(text: str | None) -> list[str]:
    """`a@example.com, Finance` as Dagster writes owners: addresses, and `team:Finance`."""
    names = [name.strip() for name in (text or "").split(",")]
    return list(dict.fromkeys(name if _is_owner(name) else f"team:{name}" for name in names if name))


def _is_owner(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}", name)) or name.startswith("team:")


def unique(names: Mapping[str, str]) -> dict[str, str]:
    """The same, the values made unique by the last part of their keys (dbt's hash of a test)."""
    seen: dict[str, list[str]] = {}
    for node_id, name in names.items():
        seen.setdefault(name, []).append(node_id)
    return {
        node_id: name if len(seen[name]) == 1 else f"{name}_{identifier(node_id.rpartition('.')[2])}"
        for node_id, name in names.items()
    }
