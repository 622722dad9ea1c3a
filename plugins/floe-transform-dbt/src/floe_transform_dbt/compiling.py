"""What dbt's nodes are compiled to, without a run: as of an empty database, so that it depends on the project alone."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from floe_transform_dbt.describing import KINDS, Describer
from floe_transform_dbt.parsing import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dbt.contracts.graph.manifest import Manifest

    from floe_sdk import CompiledNode, GraphRequest
    from floe_transform_dbt.project import DbtProject


class _DatabaseNeededError(Exception):
    """The SQL of a node depends on rows, which are not to be had."""


def compile_project(project: DbtProject, request: GraphRequest) -> dict[str, CompiledNode]:
    """Every node by its id. Raises FloeError with dbt's own message when the project does not parse."""
    with parsed(project, request) as manifest:
        describer = Describer(project, manifest)
        with _compiler(manifest, str(request.profile.get("type"))) as compile_node:
            for node in list(manifest.nodes.values()):
                if node.resource_type.value in KINDS - {"seed"}:
                    compile_node(node)
        return {node_id: compiled for node_id in describer.ids() if (compiled := describer.describe(node_id))}


@contextmanager
def _compiler(manifest: Manifest, adapter_type: str) -> Iterator[Any]:
    """A function that compiles one node, with an adapter whose database is empty and can't be reached."""
    from dbt.adapters.factory import FACTORY
    from dbt.compilation import Compiler

    adapter: Any = FACTORY.lookup_adapter(adapter_type)
    adapter.set_macro_resolver(manifest)
    schemas = {(node.database, node.schema) for node in (*manifest.nodes.values(), *manifest.sources.values())}
    adapter.cache.clear()
    adapter.cache.update_schemas(schemas)
    adapter.connections.open = _refuse
    compiler = Compiler(adapter.config)

    def compile_node(node: Any) -> None:
        try:
            compiler.compile_node(node, manifest, {}, write=False)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, a run says it; here its SQL is not known
            node.compiled, node.compiled_code = False, None

    try:
        with adapter.connection_named("floe_compile"):
            yield compile_node
    finally:
        del adapter.connections.open
        adapter.cache.clear()


def _refuse(*_: object) -> None:
    raise _DatabaseNeededError
