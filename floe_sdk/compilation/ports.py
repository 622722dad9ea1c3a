"""Output ports and what is read of those of others, against the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.upstream import UPSTREAM_OWN
from floe_sdk.project.document import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from floe_sdk.schemas.graph import Graph
    from floe_sdk.schemas.spec import OutputPort


def ports_without_table(ports: Iterable[OutputPort], graph: Graph) -> tuple[str, ...]:
    """A warning for each port that nobody can read: no published table has its name."""
    return tuple(
        f"the output port `{port.name}` has the name of no table of the product, so that no other product finds it"
        for port in ports
        if graph.published_as(port.name) is None
    )


def check_own_ports(graph: Graph, product: str, product_root: Path) -> None:
    """Raise for every source that is a port of the very product."""
    raise_all(
        FloeError(
            UPSTREAM_OWN,
            f"source {node.name}: it is the output port {node.upstream.port} of this product",
            where=shown_path(product_root / graph.root / node.path),
            fix=UPSTREAM_OWN.remedy,
        )
        for node in graph.nodes
        if node.upstream and node.upstream.product == product
    )
