"""A run: each selected model is computed as an Arrow table and published as one snapshot."""

from __future__ import annotations

import runpy
from datetime import datetime, timezone

import pyarrow as pa
import pyarrow.csv
from floe_sdk import (
    SELECTOR_NOT_SUPPORTED,
    TABLE_NOT_FOUND,
    FloeError,
    NodeFinished,
    NodeStarted,
    NodeStatus,
    RunListener,
    RunSession,
    TransformRequest,
    TransformResult,
)

from floe_plugin_v01.transform.project import FUNCTION, Model, Project
from floe_plugin_v01.transform.publishing import publish


def run(project: Project, request: TransformRequest, session: RunSession, listener: RunListener) -> TransformResult:
    """Run what is selected, one model after the other; what reads a model that failed is skipped."""
    chosen = _chosen(project, request)
    listener.planned(tuple(project.id(model) for model in chosen))
    failed: set[str] = set()
    for model in chosen:
        started = datetime.now(timezone.utc)
        listener.node_started(NodeStarted(project.id(model), started))
        if failed and (request.fail_fast or failed & set(model.inputs)):
            status, message = NodeStatus.SKIPPED, f"{', '.join(sorted(failed & set(model.inputs)) or failed)} failed"
        else:
            status, message = _build(project, model, request, session)
        if status is not NodeStatus.SUCCESS:
            failed.add(model.name)
        ended = datetime.now(timezone.utc)
        listener.node_finished(NodeFinished(project.id(model), status, started, ended, message=message))
    return TransformResult(success=not failed)


def _chosen(project: Project, request: TransformRequest) -> list[Model]:
    """The models to run, in order; `only` narrows what is selected, or is the selection."""
    if request.selector:
        raise FloeError(SELECTOR_NOT_SUPPORTED, "models are selected by name", fix="use `--select NAME`")
    for name in (*request.select, *request.exclude):
        if name not in project.models and not request.exact:
            problem = f"there is no model {name!r}: models are selected by name"
            raise FloeError(SELECTOR_NOT_SUPPORTED, problem, fix=f"there are {', '.join(project.models)}")
    selected = [
        model
        for name, model in project.models.items()
        if request.exact or ((not request.select or name in request.select) and name not in request.exclude)
    ]
    return [model for model in selected if request.only is None or project.id(model) in request.only]


def _build(project: Project, model: Model, request: TransformRequest, session: RunSession) -> tuple[NodeStatus, str]:
    if request.compiled is not None:
        request.compiled(project.id(model), project.compiled_model(model))
    try:
        rows = publish(_computed(model, session), session, model.name, project.id(model))
    except Exception as error:  # whatever a model raises fails the model and nothing else
        return NodeStatus.ERROR, error.problem if isinstance(error, FloeError) else f"{type(error).__name__}: {error}"
    return NodeStatus.SUCCESS, f"{rows} rows"


def _computed(model: Model, session: RunSession) -> pa.Table:
    if model.seed:
        return pyarrow.csv.read_csv(model.path)
    inputs = {name: _table(name, session) for name in model.inputs}
    table = runpy.run_path(str(model.path))[FUNCTION](**inputs)
    if not isinstance(table, pa.Table):
        raise TypeError(f"{FUNCTION} returned {type(table).__name__} and not a pyarrow.Table")
    return table


def _table(name: str, session: RunSession) -> pa.Table:
    """A table as the catalog has it: of this run, or of an earlier one."""
    version = session.publisher.load(session.namespace, name)
    if version is None:
        problem = f"there is no table {session.namespace}.{name} yet"
        raise FloeError(TABLE_NOT_FOUND, problem, fix=f"run {name} first")
    return version.table.scan().to_arrow()
