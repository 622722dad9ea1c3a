"""dbt's manifest as a `Graph`."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floe_sdk import Column as GraphColumn
from floe_sdk import Graph, Materialization, Node, NodeKind, Severity, TestInfo
from floe_transform_dbt.describing import Describer
from floe_transform_dbt.fingerprint import hash_project, record_variables, unspelled_variables
from floe_transform_dbt.own_sources import own_sources
from floe_transform_dbt.packages import Packages
from floe_transform_dbt.parsing import parsed
from floe_transform_dbt.plain import plain
from floe_transform_dbt.supported import check_supported
from floe_transform_dbt.upstream import check_upstreams, meta_of, upstream_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dbt.contracts.graph.manifest import Manifest

    from floe_sdk import GraphRequest
    from floe_transform_dbt.project import DbtProject

KINDS = {"model": NodeKind.MODEL, "seed": NodeKind.SEED, "snapshot": NodeKind.SNAPSHOT, "test": NodeKind.TEST}


def read_graph(project: DbtProject, request: GraphRequest) -> Graph:
    """Parse with dbt, with a profile that holds no secret's value."""
    with parsed(project, request) as manifest:
        return _graph(project, request, manifest)


def _graph(project: DbtProject, request: GraphRequest, manifest: Manifest) -> Graph:
    check_supported(manifest, project.root, request.profile.get("database"))
    check_upstreams(manifest, project.root)
    describer = Describer(project, manifest)
    name = manifest.metadata.project_name or str(project.document.get("name", ""))
    everything = (*manifest.nodes.values(), *manifest.sources.values(), *manifest.unit_tests.values())
    packages = Packages(project, {node.package_name for node in everything} - {name})
    nodes = (
        node.model_copy(update={"checksum": describer.checksum(node.id), "path": packages.path(node)})
        for node in _nodes(manifest)
    )
    read = unspelled_variables(project, manifest.env_vars)
    record_variables(request.cache_dir, read)
    return Graph(
        name=name,
        root=Path(os.path.relpath(project.root, request.product_root.resolve())).as_posix(),
        engine="dbt",
        engine_version=metadata.version("dbt-core"),
        project_hash=hash_project(project, request, read),
        variables_read=read,
        local_packages=packages.local,
        nodes=tuple(sorted(nodes, key=lambda node: node.id)),
    )


def _nodes(manifest: Manifest) -> Iterator[Node]:
    groups = {group.name: group for group in manifest.groups.values()}
    known = {*manifest.nodes, *manifest.sources, *manifest.unit_tests}
    own = own_sources(manifest)
    for node in manifest.nodes.values():
        kind = KINDS.get(node.resource_type.value)
        if kind is NodeKind.TEST:
            yield _test(node, known, own)
        elif kind is not None:
            yield _relation(node, kind, known, groups)
    for source in manifest.sources.values():
        yield _source(source)
    for unit_test in manifest.unit_tests.values():
        yield _unit_test(unit_test, known)


def _relation(node: Any, kind: NodeKind, known: set[str], groups: dict[str, Any]) -> Node:
    return Node(
        **_common(node),
        kind=kind,
        materialization=_materialization(node.config.materialized),
        namespace=node.schema,
        table=node.alias,
        owner=_owner(node, groups),
        columns=_columns(node),
        depends_on=_depends_on(node, known),
    )


def _test(node: Any, known: set[str], own: Mapping[str, str]) -> Node:
    generic = getattr(node, "test_metadata", None)
    name = None
    if generic is not None:
        name = f"{generic.namespace}.{generic.name}" if generic.namespace else generic.name
    depends_on = _depends_on(node, known)
    read = [each for each in depends_on if own.get(each) not in depends_on]
    tested = getattr(node, "attached_node", None) or (read[0] if len(read) == 1 else None)
    severity = Severity.WARN if str(node.config.severity).lower() == "warn" else Severity.ERROR
    info = TestInfo(generic=name, column=getattr(node, "column_name", None), tested=tested, severity=severity)
    return Node(
        **_common(node), kind=NodeKind.TEST, materialization=Materialization.TEST, depends_on=depends_on, test=info
    )


def _source(source: Any) -> Node:
    meta = meta_of(source)
    upstream = upstream_of(source)
    namespace, table = source.schema, source.identifier
    if upstream is not None:
        namespace, table = upstream.table.split(".") if upstream.table else (None, None)
    location = meta.get("external_location")
    if isinstance(location, str):
        location = location.replace("{name}", source.name).replace("{identifier}", source.identifier)
    return Node(
        **{**_common(source), "meta": plain(meta), "name": f"{source.source_name}.{source.name}"},
        kind=NodeKind.SOURCE,
        namespace=namespace,
        table=table,
        owner=_name(meta.get("owner")),
        columns=_columns(source),
        source_location=location if isinstance(location, str) else None,
        upstream=upstream,
    )


def _unit_test(node: Any, known: set[str]) -> Node:
    depends_on = _depends_on(node, known)
    tested = next((parent for parent in depends_on if parent.split(".")[-1] == node.model), None)
    return Node(
        **_common(node),
        kind=NodeKind.UNIT_TEST,
        materialization=Materialization.TEST,
        depends_on=depends_on,
        test=TestInfo(generic="unit_test", tested=tested),
    )


def _common(node: Any) -> dict[str, Any]:
    config = node.config
    return {
        "id": node.unique_id,
        "name": node.name,
        "package": node.package_name,
        "path": node.original_file_path.replace(os.sep, "/"),
        "description": node.description or "",
        "tags": _tags([*(getattr(node, "tags", None) or ()), *_as_list(getattr(config, "tags", None))]),
        "meta": plain({**(getattr(node, "meta", None) or {}), **(getattr(config, "meta", None) or {})}),
    }


def _columns(node: Any) -> tuple[GraphColumn, ...]:
    return tuple(
        GraphColumn(
            name=column.name,
            data_type=column.data_type,
            description=column.description or "",
            tags=_tags(column.tags),
            meta=plain({**column.meta, **(getattr(getattr(column, "config", None), "meta", None) or {})}),
        )
        for column in node.columns.values()
    )


def _owner(node: Any, groups: dict[str, Any]) -> str | None:
    """`meta.owner`, else the owner of the node's group."""
    meta = {**(node.meta or {}), **(node.config.meta or {})}
    owner = _name(meta.get("owner"))
    group = groups.get(node.group or getattr(node.config, "group", None) or "")
    if owner is None and group is not None:
        owner = group.owner.name or _name(group.owner.email)
    return owner


def _name(value: object) -> str | None:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or None
    return str(value) if value else None


def _materialization(name: str) -> Materialization:
    try:
        return Materialization(name)
    except ValueError:
        return Materialization.CUSTOM


def _depends_on(node: Any, known: set[str]) -> tuple[str, ...]:
    return tuple(sorted({parent for parent in getattr(node.depends_on, "nodes", ()) if parent in known}))


def _as_list(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _tags(values: Any) -> tuple[str, ...]:
    return tuple(sorted({str(value) for value in values or ()}))
