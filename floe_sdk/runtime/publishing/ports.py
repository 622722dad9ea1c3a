"""Output ports as the catalog records them: properties of tables, by which other products find them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from floe_sdk.schemas.session import ENVIRONMENT_PROPERTY, PORT_PROPERTY, PRODUCT_PROPERTY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyiceberg.table import Transaction

    from floe_sdk.schemas.artifacts import CompiledArtifacts
    from floe_sdk.schemas.graph import Node
    from floe_sdk.schemas.session import RunSession, TableVersion

_log = logging.getLogger("floe_sdk.ports")
Marks = dict[str, dict[str, str]]
"""Table properties by the id of the node that publishes the table."""


def port_nodes(artifacts: CompiledArtifacts) -> dict[str, Node]:
    """The node of each port that a table of the product is."""
    named = {port.name: artifacts.transforms.published_as(port.name) for port in artifacts.output_ports}
    return {port: node for port, node in named.items() if node is not None}


def marks_of(artifacts: CompiledArtifacts) -> Marks:
    """What the product's tables are to say: whose they are, and which port."""
    own = {PRODUCT_PROPERTY: artifacts.metadata.product, ENVIRONMENT_PROPERTY: artifacts.environment}
    marks = {node.id: dict(own) for node in artifacts.transforms.nodes if node.published}
    for port, node in port_nodes(artifacts).items():
        marks[node.id][PORT_PROPERTY] = port
    return marks


def mark(transaction: Transaction, marks: Mapping[str, str]) -> bool:
    """Have the table say so once the transaction is committed; whether it does not say so yet."""
    said = transaction.table_metadata.properties
    new = {key: value for key, value in marks.items() if said.get(key) != value}
    if new:
        transaction.set_properties(new)
    gone = PORT_PROPERTY in said and PORT_PROPERTY not in marks
    if gone:
        transaction.remove_properties(PORT_PROPERTY)
    return bool(new) or gone


def record_ports(artifacts: CompiledArtifacts, session: RunSession) -> None:
    """Put right what tables that this run did not publish say of ports; the run's own say it already.

    What goes wrong is a warning: the rows are published, and the next run tries again.
    """
    marks = marks_of(artifacts)
    for port, node in port_nodes(artifacts).items():
        try:
            publisher = session.publisher
            if node.id not in publisher.published:
                _put_right(publisher.load(str(node.namespace), str(node.table)), marks[node.id])
            if node.table != port:  # the table that had the port before, by the name that readers try first
                _take_back(publisher.load(str(node.namespace), port), marks[node.id])
        except Exception as error:  # noqa: BLE001 - see above
            _log.warning("the output port %s is not recorded in the catalog: %s", port, error)


def _put_right(version: TableVersion | None, marks: Mapping[str, str]) -> None:
    if version is not None:
        transaction = version.table.transaction()
        if mark(transaction, marks):
            transaction.commit_transaction()


def _take_back(version: TableVersion | None, marks: Mapping[str, str]) -> None:
    if version is not None and marks.items() <= version.table.properties.items():
        with version.table.transaction() as transaction:
            transaction.remove_properties(PORT_PROPERTY)
