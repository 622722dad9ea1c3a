"""Tests of a transform plugin: the graph of a project, its hash, and what its nodes are compiled to."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from floe_sdk import NOT_SUPPORTED, PROJECT_NOT_FOUND, PROJECT_NOT_PARSED, FloeError, NodeKind
from floe_sdk.testing.contracts import rows
from floe_sdk.testing.contracts.gaps import needs
from floe_sdk.testing.contracts.lake import NAMESPACE
from floe_sdk.testing.contracts.quiet import answering
from floe_sdk.testing.contracts.telling import assert_told
from floe_sdk.testing.contracts.transform_project import MODELS, ProjectFixtures

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk import ErrorCode, GraphRequest, Platform, PluginContext


class GraphTests(ProjectFixtures):
    """A compile asks for the graph; equal projects have equal graphs, on every machine."""

    def test_the_graph_has_the_nodes_and_what_they_read(self, platform: Platform, ask: GraphRequest) -> None:
        """Each model is a node that is published as a table, and depends on the nodes that it reads."""
        nodes = platform.transform.transform_graph(request=ask).by_id()
        found = {node.name: node for node in nodes.values() if node.published}
        assert set(found) == {model.name for model in MODELS}
        for model in MODELS:
            node = found[model.name]
            assert (node.kind, node.namespace, node.table) == (NodeKind.MODEL, NAMESPACE, model.name)
            assert {nodes[each].name for each in node.depends_on} == set(model.reads)

    def test_the_graph_is_sorted(self, platform: Platform, ask: GraphRequest) -> None:
        """Nodes by their ids, and what a node depends on: the artifact has the same bytes on every machine."""
        graph = platform.transform.transform_graph(request=ask)
        ids = [node.id for node in graph.nodes]
        assert ids == sorted(set(ids))
        assert [node.depends_on for node in graph.nodes] == [tuple(sorted(node.depends_on)) for node in graph.nodes]

    def test_the_graph_is_the_same_anywhere(
        self, platform: Platform, ask: GraphRequest, context: PluginContext, tmp_path: Path
    ) -> None:
        """An equal project in another folder has an equal graph, which tells nothing of this machine."""
        here = platform.transform.transform_graph(request=ask)
        there = self.elsewhere(context, tmp_path)
        self.write(there.product_root, MODELS)
        assert platform.transform.transform_graph(request=self.request(there)) == here
        assert str(tmp_path) not in here.model_dump_json()

    def test_the_graph_carries_the_projects_hash(self, platform: Platform, ask: GraphRequest) -> None:
        """`project_hash` is the fingerprint: a run compares the two to find out that a project was changed."""
        graph = platform.transform.transform_graph(request=ask)
        asked = replace(ask, variables_read=graph.variables_read)
        assert graph.project_hash == platform.transform.transform_fingerprint(request=asked)

    def test_a_change_of_the_project_changes_its_hash(self, platform: Platform, root: Path, ask: GraphRequest) -> None:
        """And when the change is taken back the hash is what it was."""
        before = platform.transform.transform_fingerprint(request=ask)
        self.write(root, [replace(model, rows=model.rows + 1) for model in MODELS])
        assert platform.transform.transform_fingerprint(request=ask) != before
        self.write(root, MODELS)
        assert platform.transform.transform_fingerprint(request=ask) == before

    def test_what_the_graph_depends_on_is_in_the_hash(self, platform: Platform, ask: GraphRequest) -> None:
        """Variables, the environment, the namespace, and the versions of what the graph is made with."""
        changes = (
            {"variables": {"smallest": 5}},
            {"environment": "another"},
            {"namespace": "another"},
            {"versions": {"floe-compute-contract": "2.0"}},
        )
        asked = [ask, *(replace(ask, **change) for change in changes)]
        found = [platform.transform.transform_fingerprint(request=each) for each in asked]
        assert len(set(found)) == len(asked), "one of them changes nothing"

    def test_the_hash_is_made_without_a_trace(self, platform: Platform, ask: GraphRequest) -> None:
        """It is asked for before every run: nothing is written, nobody is asked, no secret is revealed."""
        with answering(platform):
            platform.transform.transform_fingerprint(request=ask)

    def test_a_graph_leaves_the_project_as_it_is(self, platform: Platform, root: Path, ask: GraphRequest) -> None:
        """What the engine keeps goes into `cache_dir`; the project's folder may not be writable."""
        before = rows.files_in(root)
        platform.transform.transform_graph(request=ask)
        assert rows.files_in(root) == before

    def test_a_folder_without_a_project_is_told(self, platform: Platform, context: PluginContext) -> None:
        """PROJECT_NOT_FOUND: a product may have none, and say its graph in floe.yaml."""
        self.assert_refused(platform, context, "", PROJECT_NOT_FOUND)

    def test_a_project_that_can_not_be_read_is_told(self, platform: Platform, context: PluginContext) -> None:
        """PROJECT_NOT_PARSED, in the engine's words, which name the place."""
        self.assert_refused(platform, context, self.write_broken(context.product_root), PROJECT_NOT_PARSED)

    @needs("refusing")
    def test_what_can_not_be_served_is_refused(self, platform: Platform, context: PluginContext) -> None:
        """NOT_SUPPORTED, when the project is read: never is half of it run."""
        self.assert_refused(platform, context, self.write_refused(context.product_root), NOT_SUPPORTED)

    @needs("compile")
    def test_what_a_node_is_compiled_to_is_the_same_anywhere(
        self, platform: Platform, ask: GraphRequest, context: PluginContext, tmp_path: Path
    ) -> None:
        """`floe plan` compares it with what another machine has compiled; it has every node that a run executes."""
        here = platform.transform.transform_compile(request=ask)
        there = self.elsewhere(context, tmp_path)
        self.write(there.product_root, MODELS)
        assert platform.transform.transform_compile(request=self.request(there)) == here
        published = {node.id for node in platform.transform.transform_graph(request=ask).nodes if node.published}
        assert published <= set(here or ())
        assert str(tmp_path) not in str(here)

    @needs("compile")
    def test_what_a_node_is_compiled_to_changes_with_the_node(
        self, platform: Platform, root: Path, ask: GraphRequest, ids: dict[str, str]
    ) -> None:
        """And with nothing else: `floe run --changed` builds those again whose fingerprint differs."""
        before = platform.transform.transform_compile(request=ask) or {}
        self.write(root, [replace(each, rows=each.rows + (each.name == "customers")) for each in MODELS])
        after = platform.transform.transform_compile(request=ask) or {}
        changed = {name for name, node in ids.items() if before[node].fingerprint != after[node].fingerprint}
        assert changed == {"customers"}

    @needs("files")
    def test_the_files_alone_are_the_project(
        self, platform: Platform, ask: GraphRequest, context: PluginContext, tmp_path: Path
    ) -> None:
        """`floe package` takes them along: in a folder that has nothing else the hash is the same."""
        files = platform.transform.transform_files(request=ask)
        there = self.elsewhere(context, tmp_path)
        for relative, path in (files or {}).items():
            target = there.product_root / relative
            assert target.is_relative_to(there.product_root), f"{relative} is not relative to the product"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        here = platform.transform.transform_fingerprint(request=ask)
        assert platform.transform.transform_fingerprint(request=self.request(there)) == here

    @staticmethod
    def elsewhere(context: PluginContext, tmp_path: Path) -> PluginContext:
        """The same product on what could be another machine; its folder is there."""
        root = tmp_path / "elsewhere" / "with another name"
        root.mkdir(parents=True)
        return replace(context, product_root=root, product_state=tmp_path / "elsewhere" / "state")

    def assert_refused(self, platform: Platform, context: PluginContext, named: str, code: ErrorCode) -> None:
        """Asking for the graph raises one or several errors of this code, which hold `named`."""
        with pytest.raises(FloeError) as caught:
            platform.transform.transform_graph(request=self.request(context))
        assert {each.code for each in caught.value.errors} == {code}
        assert named in caught.value.render()
        assert_told(caught.value)
