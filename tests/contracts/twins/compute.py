"""Compute: DuckDB, whose database of views belongs to a key."""

import importlib
import os

import pytest
from contracts.twins.marking import base_twins, twin
from pydantic import Field

from floe_compute_duckdb import DuckDBCompute, DuckDBConfig
from floe_sdk import COMPUTE_PATH, FloeError, Health, PluginContext, Secret, hookimpl
from floe_sdk.testing import ComputeContract


class OwnedConfig(DuckDBConfig):
    path: str = Field(description="Where a run leaves its database of views, relative to floe.yaml.")
    key: Secret = Field(description="Whose it is.")


class Good(DuckDBCompute):
    """DuckDB, whose profile holds a secret, and which answers where its database can be."""

    Config = OwnedConfig
    not_supported = {}

    def __init__(self, config: OwnedConfig, context: PluginContext) -> None:
        super().__init__(config, context)

    @hookimpl
    def compute_profile(self, namespace):
        return {**super().compute_profile(namespace), "password": self.config.key}

    @hookimpl
    def compute_query(self, request):
        self.look()
        return super().compute_query(request)

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        try:
            self.look()
        except FloeError as error:
            return Health.fault(error)
        return super().plugin_health()

    @hookimpl
    def plugin_close(self) -> None: ...

    def look(self):
        folder = self._path("").parent
        if folder.exists() and not folder.is_dir():
            raise FloeError(COMPUTE_PATH, f"{folder} is no folder", fix="correct `path`")


class Suite(ComputeContract):
    slack_seconds = 0.5

    @pytest.fixture
    def config(self, monkeypatch):
        monkeypatch.setenv("VIEWS_KEY", "planted-key-of-the-views")
        return {"path": "views/orders.duckdb", "key": {"env": "VIEWS_KEY"}}


@twin("test_the_profile_is_equal_for_equal_input")
class ProfileCounts(Good):
    """The profile says how often it was asked for."""

    asked = 0

    @hookimpl
    def compute_profile(self, namespace):
        self.asked += 1
        return {**super().compute_profile(namespace), "asked": self.asked}


@twin("test_the_profile_is_the_same_on_every_machine")
class ProfileWithPath(Good):
    """The profile names the product's folder."""

    @hookimpl
    def compute_profile(self, namespace):
        return {**super().compute_profile(namespace), "folder": str(self.context.product_root)}


@twin("test_the_profile_holds_plain_values_and_references")
class ProfileWithKey(Good):
    """The profile holds the value of the key."""

    @hookimpl
    def compute_profile(self, namespace):
        return {**super().compute_profile(namespace), "password": self.config.key.reveal()}


@twin("test_what_a_run_opens_is_in_its_private_folder")
class MarksTheProject(Good):
    """A run leaves a file beside the project when it is opened."""

    @hookimpl
    def compute_open(self, session, profile):
        mark = session.product_root / ".duckdb"
        if not mark.exists():
            mark.touch()
        return super().compute_open(session, profile)


_left = []


@twin("test_what_a_run_opened_is_let_go")
class KeepsAFileOpen(Good):
    """A file that a run opened is never closed."""

    @hookimpl
    def compute_open(self, session, profile):
        _left.append(os.open(session.private_dir / "lock", os.O_CREAT | os.O_RDWR))
        return super().compute_open(session, profile)


@twin("test_a_run_that_could_not_open_is_closed_all_the_same")
class ClosesWhatIsOpen(Good):
    """Closing a run looks for what opening it left."""

    @hookimpl
    def compute_open(self, session, profile):
        session.notes["opened"] = True
        return super().compute_open(session, profile)

    @hookimpl
    def compute_close(self, session, built) -> None:
        del session.notes["opened"]
        super().compute_close(session, built)


@twin("test_a_check_of_sources_leaves_what_people_open")
class AlwaysInPlace(Good):
    """A database is put in place also where nothing was built."""

    @hookimpl
    def compute_close(self, session, built) -> None:
        super().compute_close(session, built)
        if not built:
            self._path("").touch()


@twin("test_columns_are_told_before_anything_runs")
class ColumnsOfText(Good):
    """Every column is told as a text."""

    @hookimpl
    def compute_columns(self, request):
        from pyiceberg.schema import Schema
        from pyiceberg.types import NestedField, StringType

        def as_text(schema):
            return Schema(*(NestedField(each.field_id, each.name, StringType()) for each in schema.fields))

        return {key: as_text(schema) for key, schema in super().compute_columns(request).items()}


@twin("test_columns_that_can_not_be_told_are_left_out")
class NoColumns(Good):
    """Of a query that is wrong it is told that it has no columns."""

    @hookimpl
    def compute_columns(self, request):
        from pyiceberg.schema import Schema

        return {**{each.key: Schema() for each in request.relations if each.sql}, **super().compute_columns(request)}


globals().update(base_twins(Good, "compute_query"))
importlib.import_module("contracts.twins.compute_queries")
