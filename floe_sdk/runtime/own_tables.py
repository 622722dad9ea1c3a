"""Sources that are tables of the product's own nodes: two names of one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.schemas.graph import NodeKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from floe_sdk.schemas.graph import Node


def without_own_sources(read: Collection[Node]) -> list[Node]:
    """What is read, each table once: a source that is the table of another one of them is that one."""
    own = {_table(node) for node in read if node.kind is not NodeKind.SOURCE}
    return [node for node in read if not (_is_table(node) and _table(node) in own)]


def _is_table(node: Node) -> bool:
    return node.kind is NodeKind.SOURCE and not node.source_location and not node.upstream


def _table(node: Node) -> tuple[str, str]:
    return (node.namespace or "").lower(), (node.table or node.name).lower()
