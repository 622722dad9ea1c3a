from __future__ import annotations

from typing import Any

import pytest

from floe_sdk import Column, Graph, Materialization, Node, NodeKind, ResolvedGovernance, TestInfo, check_rules


class Builder:
    """Makes small graphs: `model("stg_a", columns=["id", {...}], tests={"id": ["unique"]})`."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.engine = "dbt"
        self.local_packages: tuple[str, ...] = ()

    def model(self, name, columns=(), tests=(), kind=NodeKind.MODEL, package="shop", **fields) -> Node:
        fields.setdefault("materialization", Materialization.TABLE)
        node = Node(
            id=f"{kind.value}.{package}.{name}",
            name=name,
            kind=kind,
            package=package,
            path=f"models/{name}.sql",
            columns=tuple(Column(**({"name": c} if isinstance(c, str) else c)) for c in columns),
            **fields,
        )
        self.nodes.append(node)
        for column, generics in dict(tests).items():
            for generic in generics:
                self.nodes.append(
                    Node(
                        id=f"test.shop.{generic}_{name}_{column}",
                        name=f"{generic}_{name}_{column}",
                        kind=NodeKind.TEST,
                        depends_on=(node.id,),
                        test=TestInfo(generic=generic, column=column or None, tested=node.id),
                    )
                )
        return node

    @property
    def graph(self) -> Graph:
        nodes = tuple(sorted(self.nodes, key=lambda node: node.id))
        return Graph(
            name="shop",
            engine=self.engine,
            engine_version="1",
            project_hash="h",
            local_packages=self.local_packages,
            nodes=nodes,
        )

    def check(self, **governance: Any):
        """What the rules find, as (rule, level, name or column)."""
        return check_rules(self.graph, ResolvedGovernance.model_validate(governance))


@pytest.fixture
def project():
    return Builder()
