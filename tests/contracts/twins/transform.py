"""Transform: a project that is one file, models.json, in a folder that the configuration names."""

import hashlib
import importlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from contracts.twins.marking import base_twins, twin
from pydantic import Field

from floe_sdk import (
    PROJECT_NOT_FOUND,
    CompiledNode,
    FloeError,
    Graph,
    Health,
    PluginConfig,
    PluginContext,
    Secret,
    TransformResult,
    hookimpl,
)
from floe_sdk.testing import TransformContract
from floe_sdk.testing.contracts.shelf import (
    FILE,
    ShelfTransform,
    compiled,
    read_models,
    write_models,
)


class ProjectConfig(PluginConfig):
    path: str = Field(description="The folder of models.json, relative to floe.yaml.")
    key: Secret = Field(description="Nothing is done with it.")


class Good(ShelfTransform):
    """The small engine that comes with the suites, with a configuration."""

    Config = ProjectConfig

    def __init__(self, config: ProjectConfig, context: PluginContext) -> None:
        self.config = config
        self.context = context

    def folder(self, request):
        return request.project_dir / self.config.path

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        folder = self.context.product_root / self.config.path
        if folder.parent.is_dir():
            return Health(True, f"models.json may be in {folder}")
        problem = f"{folder.parent} is no folder"
        return Health.fault(FloeError(PROJECT_NOT_FOUND, problem, fix="correct `path`"))

    @hookimpl
    def plugin_close(self) -> None: ...


class Suite(TransformContract):
    slack_seconds = 0.5

    @pytest.fixture
    def config(self, monkeypatch):
        monkeypatch.setenv("SHELF_KEY", "planted-key-of-a-shelf")
        return {"path": "project", "key": {"env": "SHELF_KEY"}}

    @staticmethod
    def write(folder, models):
        write_models(folder / "project", models)

    @classmethod
    def write_broken(cls, folder):
        cls.write(folder, ())
        (folder / "project" / FILE).write_text('[{"name": "orders", "reads": ["nowhere"]}]')
        return "nowhere"

    @classmethod
    def write_refused(cls, folder):
        cls.write(folder, ())
        (folder / "project" / FILE).write_text('[{"name": "orders", "kind": "stream"}]')
        return "stream"


class _Graph(Good):
    """What a node of the graph is changed to."""

    def changed(self, node):
        return node

    @hookimpl
    def transform_graph(self, request) -> Graph:
        graph = super().transform_graph(request)
        return graph.model_copy(update={"nodes": tuple(map(self.changed, graph.nodes))})


@twin("test_the_graph_has_the_nodes_and_what_they_read")
class DependsOnOne(_Graph):
    """A node has one dependency at most."""

    def changed(self, node):
        return node.model_copy(update={"depends_on": node.depends_on[:1]})


@twin("test_the_graph_is_sorted")
class NotSorted(Good):
    """The nodes are in the order in which they run."""

    @hookimpl
    def transform_graph(self, request) -> Graph:
        graph, order = super().transform_graph(request), read_models(self.folder(request))
        return graph.model_copy(update={"nodes": tuple(graph.by_id()[model.id] for model in order)})


@twin("test_the_graph_is_the_same_anywhere")
class WholePath(Good):
    """The path of a node is that on this machine."""

    @hookimpl
    def transform_graph(self, request) -> Graph:
        graph = super().transform_graph(request)
        nodes = [node.model_copy(update={"path": str(self.folder(request) / node.path)}) for node in graph.nodes]
        return graph.model_copy(update={"nodes": tuple(nodes)})


@twin("test_the_graph_carries_the_projects_hash")
class AnotherHash(Good):
    """The graph carries a hash that is cut."""

    @hookimpl
    def transform_graph(self, request) -> Graph:
        graph = super().transform_graph(request)
        return graph.model_copy(update={"project_hash": graph.project_hash[:12]})


@twin("test_a_change_of_the_project_changes_its_hash")
class HashOfNames(Good):
    """The hash is one of the models' names and of the request."""

    @hookimpl
    def transform_fingerprint(self, request) -> str:
        names = [(model.name, model.reads) for model in read_models(self.folder(request))]
        asked = [request.environment, request.namespace, dict(request.variables), dict(request.versions)]
        return hashlib.sha256(json.dumps([names, asked]).encode()).hexdigest()


@twin("test_what_the_graph_depends_on_is_in_the_hash")
class HashWithoutVersions(Good):
    """The hash does not know the versions."""

    @hookimpl
    def transform_fingerprint(self, request) -> str:
        return super().transform_fingerprint(replace(request, versions={}))


@twin("test_the_hash_is_made_without_a_trace")
class KeepsTheHash(Good):
    """The hash is kept in the folder of caches."""

    @hookimpl
    def transform_fingerprint(self, request) -> str:
        found = super().transform_fingerprint(request)
        (request.cache_dir / "hash").write_text(found)
        return found


@twin("test_a_graph_leaves_the_project_as_it_is")
class LocksTheProject(Good):
    """Reading the graph leaves a file beside the project."""

    @hookimpl
    def transform_graph(self, request) -> Graph:
        graph = super().transform_graph(request)
        (request.project_dir / ".lock").touch()
        return graph


@twin("test_a_folder_without_a_project_is_told")
class NotFoundByPython(Good):
    """Where there is no project, what Python raises comes out."""

    @hookimpl
    def transform_graph(self, request) -> Graph:
        if Path(self.config.path).is_absolute():
            return super().transform_graph(request)
        (self.folder(request) / FILE).read_bytes()
        return super().transform_graph(request)


@twin("test_a_project_that_can_not_be_read_is_told")
class NotParsedByPython(Good):
    """Where the project can't be read, a KeyError comes out."""

    @hookimpl
    def transform_graph(self, request) -> Graph:
        path = self.folder(request) / FILE
        found = json.loads(path.read_bytes()) if path.exists() else ()
        names = {model["name"]: model for model in found}
        assert all(names[name] for model in found for name in model.get("reads", ()))
        return super().transform_graph(request)


@twin("test_what_can_not_be_served_is_refused")
class TakesEverything(Good):
    """What is no table is made one."""

    @hookimpl
    def transform_graph(self, request) -> Graph:
        path = self.folder(request) / FILE
        text = path.read_text() if path.exists() else ""
        if "stream" in text:
            path.write_text(text.replace("stream", "table"))
        return super().transform_graph(request)


@twin("test_what_a_node_is_compiled_to_is_the_same_anywhere")
class CompiledWithPath(Good):
    """What a node is compiled to names the folder."""

    @hookimpl
    def transform_compile(self, request):
        return _in(str(self.folder(request)), super().transform_compile(request))

    @hookimpl
    def transform_run(self, request, session, listener) -> TransformResult:
        tell = request.compiled and (
            lambda node, one: request.compiled(node, _in(str(self.folder(request)), {node: one})[node])
        )
        return super().transform_run(replace(request, compiled=tell), session, listener)


def _in(folder, nodes):
    return {node: CompiledNode(sql=f"{one.sql} in {folder}", config=one.config) for node, one in nodes.items()}


@twin("test_what_a_node_is_compiled_to_changes_with_the_node")
class CompiledTogether(Good):
    """What a node is compiled to is that of all."""

    @hookimpl
    def transform_compile(self, request):
        return self._together(super().transform_compile(request))

    @hookimpl
    def transform_run(self, request, session, listener) -> TransformResult:
        whole = self._together({model.id: compiled(model) for model in read_models(self.folder(request))})
        tell = request.compiled and (lambda node, _: request.compiled(node, whole[node]))
        return super().transform_run(replace(request, compiled=tell), session, listener)

    @staticmethod
    def _together(nodes):
        text = "\n".join(sorted(one.sql for one in nodes.values()))
        return {node: CompiledNode(sql=text, config=one.config) for node, one in nodes.items()}


@twin("test_the_files_alone_are_the_project")
class ForgetsFiles(Good):
    """The project's file is not among its files."""

    @hookimpl
    def transform_files(self, request):
        path = self.folder(request) / "README.md"
        path.touch()
        return {path.relative_to(request.product_root).as_posix(): path}


globals().update(base_twins(Good, "transform_graph"))
importlib.import_module("contracts.twins.transform_runs")
