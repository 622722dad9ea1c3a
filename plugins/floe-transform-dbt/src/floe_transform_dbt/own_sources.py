"""Sources that are the project's own tables: a seed that stands for raw data, a model that another package reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floe_transform_dbt.upstream import meta_of, says_upstream

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_RELATIONS = ("model", "seed", "snapshot")


def own_sources(manifest: Manifest) -> dict[str, str]:
    """By the id of each such source, that of the node which makes what it names."""
    nodes = (node for node in manifest.nodes.values() if node.resource_type.value in _RELATIONS)
    own = {_named(node, node.alias): node.unique_id for node in nodes if node.config.materialized != "ephemeral"}
    found = ((source, own.get(_named(source, source.identifier))) for source in manifest.sources.values())
    return {
        source.unique_id: node_id
        for source, node_id in found
        if node_id and "external_location" not in meta_of(source) and not says_upstream(source)
    }


def link_own_sources(manifest: Manifest) -> None:
    """Let who reads such a source depend on the node, as `ref` does; dbt knows no order of the two by itself.

    A node that reads itself, or what is made from it, finds what the run before left: there is no order in which it
    could be otherwise.
    """
    own = own_sources(manifest)
    for node in manifest.nodes.values() if own else ():
        parents = _parents(node)
        wanted = dict.fromkeys(own[each] for each in parents if each in own)
        for parent in wanted:
            if parent not in parents and node.unique_id not in _upstream_of(parent, manifest):
                parents.append(parent)


def _named(node: Any, identifier: str) -> tuple[str, str, str]:
    return (node.database or "").lower(), node.schema.lower(), identifier.lower()


def _parents(node: Any) -> list[str]:
    """The node's own list of what it reads."""
    parents: list[str] = getattr(getattr(node, "depends_on", None), "nodes", [])
    return parents


def _upstream_of(node_id: str, manifest: Manifest) -> set[str]:
    """The node and all that it is made from."""
    found = {node_id}
    waiting = [node_id]
    while waiting:
        new = [each for each in _parents(manifest.nodes.get(waiting.pop())) if each not in found]
        found.update(new)
        waiting += new
    return found
