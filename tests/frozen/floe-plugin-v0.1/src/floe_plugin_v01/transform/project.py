"""A project on disk: its models, what each reads, and its hash. Reads text and runs none of it."""

from __future__ import annotations

import ast
import csv
import difflib
import graphlib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from floe_sdk import (
    NOT_SUPPORTED,
    PROJECT_NOT_FOUND,
    PROJECT_NOT_PARSED,
    Column,
    CompiledNode,
    FloeError,
    Graph,
    GraphRequest,
    Location,
    Materialization,
    Node,
    NodeKind,
)

FUNCTION = "model"
VERSION = version("floe-plugin-v01")


@dataclass(frozen=True)
class Model:
    """A file of the project; `inputs` are the names of the models that it reads."""

    name: str
    path: Path
    data: bytes
    description: str = ""
    columns: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()

    @property
    def seed(self) -> bool:
        """Whether the file is the table."""
        return self.path.suffix == ".csv"

    @property
    def checksum(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Project:
    """The models of a folder, by name, in an order in which each comes after those that it reads."""

    root: Path
    folder: str
    models: Mapping[str, Model]

    @classmethod
    def read(cls, root: Path, folder: str) -> Project:
        """Read the folder. Raises FloeError that names the file and the line where something is wrong."""
        place = root / folder
        if not place.is_dir():
            problem = f"there is no folder {folder} beside floe.yaml"
            raise FloeError(PROJECT_NOT_FOUND, problem, where=str(place), fix=f"make it, with a {FUNCTION} in it")
        files = sorted(path for path in place.iterdir() if path.suffix in (".csv", ".py"))
        models = {path.stem: _read(path) for path in files}
        if double := sorted({path.stem for path in files if models[path.stem].path != path}):
            problem = f"there are two files of the model {double[0]}"
            raise FloeError(PROJECT_NOT_PARSED, problem, where=str(place), fix="rename one of them")
        return cls(root, folder, {name: models[name] for name in _ordered(models)})

    def id(self, model: Model) -> str:
        """A model's id in the graph."""
        return f"{'seed' if model.seed else 'model'}.{self.folder}.{model.name}"

    def fingerprint(self, request: GraphRequest) -> str:
        """The hash of all that the graph depends on."""
        parts = [
            VERSION,
            request.environment,
            request.namespace,
            dict(request.variables),
            dict(request.versions),
            {name: model.checksum for name, model in sorted(self.models.items())},
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()

    def graph(self, request: GraphRequest) -> Graph:
        """The graph, sorted by id."""
        nodes = [self._node(model, request.namespace) for model in self.models.values()]
        return Graph(
            name=self.folder,
            engine="v01",
            engine_version=VERSION,
            project_hash=self.fingerprint(request),
            nodes=tuple(sorted(nodes, key=lambda node: node.id)),
        )

    def compiled(self) -> dict[str, CompiledNode]:
        """What each model is compiled to: there is no SQL, so its file."""
        return {self.id(model): self.compiled_model(model) for model in self.models.values()}

    def compiled_model(self, model: Model) -> CompiledNode:
        """What one model is compiled to."""
        return CompiledNode(code=model.checksum)

    def files(self, product_root: Path) -> dict[str, Path]:
        """All files, by their path below the product's root."""
        return {model.path.relative_to(product_root).as_posix(): model.path for model in self.models.values()}

    def _node(self, model: Model, namespace: str) -> Node:
        return Node(
            id=self.id(model),
            name=model.name,
            kind=NodeKind.SEED if model.seed else NodeKind.MODEL,
            package=self.folder,
            materialization=Materialization.SEED if model.seed else Materialization.TABLE,
            namespace=namespace,
            table=model.name,
            path=model.path.relative_to(self.root).as_posix(),
            description=model.description,
            columns=tuple(Column(name=name) for name in model.columns),
            depends_on=tuple(sorted(self.id(self.models[name]) for name in model.inputs)),
            checksum=model.checksum,
        )


def _read(path: Path) -> Model:
    data = path.read_bytes()
    try:
        text = data.decode()
        if path.suffix == ".csv":
            return Model(path.stem, path, data, columns=tuple(next(csv.reader(text.splitlines()), ())))
        tree = ast.parse(text)
    except UnicodeDecodeError as error:
        raise _wrong(path, 1, "the file is not UTF-8") from error
    except SyntaxError as error:
        raise _wrong(path, error.lineno or 1, error.msg) from error
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    function = next((each for each in tree.body if isinstance(each, kinds) and each.name == FUNCTION), None)
    if function is None:
        raise _wrong(path, 1, f"there is no function {FUNCTION}")
    if isinstance(function, ast.AsyncFunctionDef):
        where, fix = Location(str(path), function.lineno), "write `def` instead of `async def`"
        raise FloeError(NOT_SUPPORTED, f"{FUNCTION} is asynchronous: nobody would await it", where=where, fix=fix)
    inputs = tuple(argument.arg for argument in (*function.args.args, *function.args.kwonlyargs))
    return Model(path.stem, path, data, ast.get_docstring(tree) or "", inputs=inputs)


def _ordered(models: Mapping[str, Model]) -> Iterable[str]:
    for model in models.values():
        for name in model.inputs:
            if name not in models:
                near = difflib.get_close_matches(name, models, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise _wrong(model.path, 1, f"there is no model {name}, which a parameter names{hint}")
    try:
        return tuple(graphlib.TopologicalSorter({name: model.inputs for name, model in models.items()}).static_order())
    except graphlib.CycleError as error:
        cycle = error.args[1]
        raise _wrong(models[cycle[0]].path, 1, f"models read each other in a circle: {' <- '.join(cycle)}") from error


def _wrong(path: Path, line: int, problem: str) -> FloeError:
    return FloeError(PROJECT_NOT_PARSED, problem, where=Location(str(path), line), fix=PROJECT_NOT_PARSED.remedy)
