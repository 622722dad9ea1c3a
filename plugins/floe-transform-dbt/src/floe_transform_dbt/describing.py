"""Nodes of a parsed dbt project, and what decides on what they do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floe_sdk import CompiledNode, digest
from floe_transform_dbt.calls import Calls
from floe_transform_dbt.comments import what_counts
from floe_transform_dbt.plain import plain
from floe_transform_dbt.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dbt.contracts.graph.manifest import Manifest

    from floe_transform_dbt.project import DbtProject

KINDS = frozenset({"model", "seed", "snapshot", "test"})
DESCRIBES = frozenset({"tags", "meta", "docs", "group", "access", "enabled", "persist_docs"})
"""Configuration that says something about a node and changes nothing of what it does."""

ASKS_DATABASE = re.compile(r"\badapter\s*\.\s*(?!dispatch\b)|\bexecute\b|\bload_relation\b")
"""In a node's code or its macros: what the database holds may decide on the SQL (`is_incremental()` does all this)."""

_CONTRACT = ("name", "data_type", "constraints")


class Describer:
    """Nodes of a parsed project as `CompiledNode`, with the SQL that dbt has compiled so far.

    Made before dbt compiles a node: from then on, the node's own list of macros grows by what it calls.
    """

    def __init__(self, project: DbtProject, manifest: Manifest) -> None:
        self._project = project
        self._manifest = manifest
        self._settings = Settings(project.document.get("vars"), project.variables, manifest.env_vars)
        self._calls = Calls(manifest)

    def ids(self) -> list[str]:
        """The nodes that do something."""
        nodes = (node_id for node_id, node in self._manifest.nodes.items() if node.resource_type.value in KINDS)
        return [*nodes, *self._manifest.unit_tests]

    def describe(self, node_id: str) -> CompiledNode | None:
        """The node; None for what is none of a run's."""
        if node_id in self._manifest.unit_tests:
            return self._unit_test(node_id)
        node: Any = self._manifest.nodes.get(node_id)
        if node is None or node.resource_type.value not in KINDS:
            return None
        config = _config(node)
        if node.resource_type.value == "seed":
            return CompiledNode(config=config, code=self._seed(node))
        sql = getattr(node, "compiled_code", None)
        if sql is None or self._asks_database(node):
            return CompiledNode(sql=sql, config=config, code=self._code(node), text=node.raw_code)
        code = digest(sql) if getattr(node, "language", None) == "python" else None
        return CompiledNode(sql=sql, config=config, code=code)

    def checksum(self, node_id: str) -> str | None:
        """A hash of all that the node is made from, its SQL not compiled."""
        if node_id in self._manifest.unit_tests:
            return self._unit_test(node_id).fingerprint
        node: Any = self._manifest.nodes.get(node_id)
        if node is None or node.resource_type.value not in KINDS:
            return None
        return digest([self._seed(node) if node.resource_type.value == "seed" else self._code(node), _config(node)])

    def _unit_test(self, node_id: str) -> CompiledNode:
        test: Any = self._manifest.unit_tests[node_id]
        tested = [self._manifest.nodes.get(each) for each in test.depends_on.nodes]
        return CompiledNode(code=digest([test.checksum, *(self._code(each) for each in tested if each is not None)]))

    def _seed(self, node: Any) -> str:
        # dbt's own checksum of a big seed is that of its path
        path = Path(node.root_path or self._project.root) / node.original_file_path
        try:
            return digest(path.read_bytes().decode("utf-8", "surrogateescape"))
        except OSError:
            return str(node.checksum.checksum)

    def _code(self, node: Any) -> str:
        macros = sorted(self._macros_of(self._calls.possible(node)))
        texts = [self._manifest.macros[each].macro_sql for each in macros]
        hooks = [hook.sql for key in ("pre_hook", "post_hook") for hook in getattr(node.config, key, None) or ()]
        own = [node.raw_code] if getattr(node, "language", None) == "python" else what_counts(node.raw_code)
        return digest([own, texts, self._settings.read_by([node.raw_code, *texts, *hooks])])

    def _asks_database(self, node: Any) -> bool:
        config = node.config
        if getattr(config, "pre_hook", None) or getattr(config, "post_hook", None):
            return True  # hooks are not part of the SQL, nor are the macros that they call
        texts = [self._manifest.macros[each].macro_sql for each in self._macros_of(self._calls.seen(node))]
        incremental = config.materialized in ("incremental", "snapshot")
        return incremental or any(ASKS_DATABASE.search(text) for text in (node.raw_code, *texts))

    def _macros_of(self, ids: Iterable[str]) -> frozenset[str]:
        """The macros and those that they call."""
        found: set[str] = set()
        waiting = list(ids)
        while waiting:
            each = waiting.pop()
            if each not in found and each in self._manifest.macros:
                found.add(each)
                waiting += self._manifest.macros[each].depends_on.macros
        return frozenset(found)


def _config(node: Any) -> dict[str, Any]:
    values = node.config.to_dict(omit_none=True)
    config = {key: value for key, value in values.items() if key not in DESCRIBES and value not in ({}, [], None)}
    if getattr(node, "alias", None) and node.resource_type.value != "test":
        config["table"] = f"{node.schema}.{node.alias}"
    contract = getattr(node.config, "contract", None)
    if getattr(contract, "enforced", False):
        columns = (column.to_dict(omit_none=True) for column in node.columns.values())
        config["columns"] = [{key: each[key] for key in _CONTRACT if key in each} for each in columns]
    return dict(plain(config))
