"""The graph of a project: what a transform plugin reads from it, what rules judge and what the artifact carries."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import Field

from floe_sdk.schemas.base import FrozenModel
from floe_sdk.schemas.spec import QualityCheck

FLOE_ENGINE = "floe"
"""`Graph.engine` of a product without a transform project: its graph is what `transforms` of floe.yaml say."""


class NodeKind(str, Enum):
    """What a node of the graph is."""

    MODEL = "model"
    SEED = "seed"
    SNAPSHOT = "snapshot"
    SOURCE = "source"
    TEST = "test"
    UNIT_TEST = "unit_test"


TESTS = frozenset({NodeKind.TEST, NodeKind.UNIT_TEST})
"""The kinds that leave an answer and no data."""


class Materialization(str, Enum):
    """What a node leaves behind; a value of the project that is none of these is CUSTOM."""

    TABLE = "table"
    INCREMENTAL = "incremental"
    VIEW = "view"
    EPHEMERAL = "ephemeral"
    SEED = "seed"
    SNAPSHOT = "snapshot"
    TEST = "test"
    CUSTOM = "custom"


PUBLISHED = frozenset(
    {Materialization.TABLE, Materialization.INCREMENTAL, Materialization.SEED, Materialization.SNAPSHOT}
)
"""The materializations that become an Iceberg table."""


class Severity(str, Enum):
    """What a failed test does: stops what is downstream, or is only reported."""

    ERROR = "error"
    WARN = "warn"


class Column(FrozenModel):
    """A column as the project declares it."""

    name: str
    data_type: str | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    meta: dict[str, Any] = Field(default_factory=dict)


class TestInfo(FrozenModel):
    """What a test checks: of which node and column, by which generic test (None: a singular one), how severe."""

    __test__ = False  # not a pytest class

    generic: str | None = None
    column: str | None = None
    tested: str | None = None
    severity: Severity = Severity.ERROR


class Upstream(FrozenModel):
    """A source that is a table of the catalog: `table` (`namespace.table`), or the output port `port` of `product`,
    which is found in the catalog when a run begins to read it. `relation` is the schema and the name by which the
    project's SQL calls it, in the database of a run.
    """

    relation: tuple[str, str]
    table: str | None = None
    product: str | None = None
    port: str | None = None

    def __str__(self) -> str:
        return self.table or f"{self.product}/{self.port}"


class Node(FrozenModel):
    """A node of the graph. `id` is unique in the project (dbt's unique_id: `model.customer_360.stg_crm_customers`).

    `namespace` and `table` name the table of what is published, and that of a source which is a table of the catalog
    (none where only the catalog knows which table is the port of another product); `path` is relative to the
    transform project's root. `depends_on` lists ids, sorted.
    """

    id: str
    name: str
    kind: NodeKind
    package: str = ""
    materialization: Materialization | None = None
    namespace: str | None = None
    table: str | None = None
    path: str = ""
    description: str = ""
    owner: str | None = None
    tags: tuple[str, ...] = ()
    meta: dict[str, Any] = Field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    depends_on: tuple[str, ...] = ()
    test: TestInfo | None = None
    tier: str | None = None
    compute: str | None = None
    quality_checks: tuple[QualityCheck, ...] = ()
    source_location: str | None = Field(default=None, description="A file source's location, relative to the project.")
    upstream: Upstream | None = Field(default=None, description="What a source is of another product.")
    checksum: str | None = Field(
        default=None, description="Of all that the node is made from: its text, the macros it uses, its configuration."
    )

    @property
    def published(self) -> bool:
        """Whether a run publishes the node as a table."""
        return self.materialization in PUBLISHED

    @property
    def is_test(self) -> bool:
        """Whether it leaves an answer and no data."""
        return self.kind in TESTS


class Graph(FrozenModel):
    """All nodes of a project, sorted by id, and what made them.

    `project_hash` covers the files, variables, environment and versions that the graph depends on, never
    source data. `root` is the project's folder, relative to the product.
    """

    name: str
    root: str = "."
    engine: str
    engine_version: str
    project_hash: str
    variables_read: tuple[str, ...] = Field(
        default=(), description="Environment variables that the project reads under names which no file spells out."
    )
    local_packages: tuple[str, ...] = Field(
        default=(), description="Packages whose files lie beside the project's own: rules judge them as its own."
    )
    nodes: tuple[Node, ...] = ()

    def by_id(self) -> dict[str, Node]:
        """The nodes by id."""
        return {node.id: node for node in self.nodes}

    def published_as(self, name: str) -> Node | None:
        """The published node whose table is called so, or which itself is; what an output port of that name offers."""
        published = [node for node in self.nodes if node.published]
        return next((node for node in published if node.table == name), None) or next(
            (node for node in published if node.name == name), None
        )
