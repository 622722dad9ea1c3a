"""What every compute plugin has to hold; an author's test class inherits it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from floe_sdk import (
    DATA_FILE_MISSING,
    QUERY_FAILED,
    QUERY_REFUSED,
    TABLE_NOT_FOUND,
    ColumnsRequest,
    FloeError,
    Platform,
    PluginType,
    QueryRequest,
    Relation,
)
from floe_sdk.testing.contracts import rows
from floe_sdk.testing.contracts.base import PluginContract
from floe_sdk.testing.contracts.fixtures import select
from floe_sdk.testing.contracts.gaps import Feature, needs
from floe_sdk.testing.contracts.lake import NAMESPACE, Lake, context_in
from floe_sdk.testing.contracts.open_files import opened_since, what_is_open
from floe_sdk.testing.contracts.quiet import answering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from floe_sdk import RunSession
    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.testing.contracts.fixtures import Load

CHANGING = (
    "insert into shop.orders values (1, 2)",
    "delete from shop.orders",
    "drop table shop.orders",
    "create table shop.mine as select 1 as x",
    "copy (select 1 as x) to '{folder}/out.csv'",
    "attach '{folder}/other.db'",
    "select 1 as x; select 2 as x",
    "select 1 as x; drop table shop.orders",
    "",
)
"""Statements in the dialects of SQL engines, of which none is one SELECT."""
OUTSIDE = (
    "select * from '{file}'",
    "select * from read_csv('{file}')",
    "select * from read_text('{file}')",
    "select * from read_blob('{file}')",
    "select * from csv.`{file}`",
    "select * from text.`{file}`",
    "select pg_read_file('{file}')",
    "select load_file('{file}')",
)
"""Ways to a file of the machine, of several engines: each is refused, fails, or shows nothing of the file."""


class ComputeContract(PluginContract):
    """Inherit it, and name the plugin; queries are asked of tables in a catalog of SQLite and a folder.

    `to_number` is SQL which fails for a text that is no number, where the engine's differs. Features: `columns` (the
    optional hook `compute_columns`).
    """

    kind = PluginType.COMPUTE
    features: ClassVar[Mapping[str, Feature]] = {"columns": Feature("compute_columns")}
    to_number = "cast({column} as bigint)"

    @pytest.fixture
    def lake(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
        """Tables that no test changes, made once."""
        folder = tmp_path_factory.getbasetemp() / "lake-of-contracts"
        new = not folder.exists()
        with Lake(context_in(folder)) as lake:
            if new:
                lake.write("shop.orders", rows.numbers(3))
                lake.write("shop.types", rows.typed())
                lake.write("other.orders", rows.numbers(5))
            yield lake

    @pytest.fixture
    def own_lake(self, platform: Platform) -> Iterator[Lake]:
        """Tables of the test's own."""
        with Lake(platform.context) as lake:
            lake.write("shop.orders", rows.numbers(3))
            yield lake

    def ask(self, platform: Platform, lake: Lake, sql: str, *namespaces: str) -> pa.Table:
        """The whole answer to a query; bare names are looked up in `namespaces`."""
        request = QueryRequest(sql, lake.catalog, lake.storage, namespaces)
        return platform.compute().compute_query(request=request).reader.read_all()

    @contextmanager
    def opened(self, platform: Platform) -> Iterator[tuple[RunSession, Mapping[str, Any]]]:
        """A run's session with the compute open, as a run opens it; the caller closes the compute."""
        with Lake(platform.context) as lake, lake.session() as session:
            compute = platform.compute()
            profile = compute.compute_profile(namespace=session.namespace)
            yield session, compute.compute_open(session=session, profile=profile) or profile

    def test_the_profile_is_equal_for_equal_input(self, platform: Platform, load: Load) -> None:
        """The artifact has the same bytes each time; the namespace that is asked for is in it."""
        profile = rows.references(platform.compute().compute_profile(namespace=NAMESPACE))
        assert rows.references(platform.compute().compute_profile(namespace=NAMESPACE)) == profile
        assert rows.references(load().compute().compute_profile(namespace=NAMESPACE)) == profile
        assert NAMESPACE in json.dumps(profile)

    def test_the_profile_is_the_same_on_every_machine(
        self, platform: Platform, record: PluginRecord, config: Mapping[str, Any], tmp_path: Path
    ) -> None:
        """It holds no path of this machine."""
        here = rows.references(platform.compute().compute_profile(namespace=NAMESPACE))
        with Platform.load([select(self.kind, record, config)], context_in(tmp_path / "elsewhere")) as other:
            there = rows.references(other.compute().compute_profile(namespace=NAMESPACE))
        assert there == here
        assert str(tmp_path) not in json.dumps(here)

    def test_the_profile_holds_plain_values_and_references(self, platform: Platform, tmp_path: Path) -> None:
        """What JSON can hold, and secrets as references; nothing is read, asked or revealed for it."""
        with answering(platform, tmp_path):
            profile = platform.compute().compute_profile(namespace=NAMESPACE)
        written = json.dumps(rows.references(profile))  # raises for what JSON does not have
        assert not [each for each in platform.secrets if each.reveal() in written]

    def test_what_a_run_opens_is_in_its_private_folder(self, platform: Platform, tmp_path: Path) -> None:
        """Nothing is written elsewhere but into the product's state."""
        with self.opened(platform) as (session, _):
            written = rows.files_in(tmp_path, but=session.private_dir)
            platform.compute().compute_close(session=session, succeeded=True, built=True)
        assert [each for each in written if not each.startswith("state/")] == []

    def test_what_a_run_opened_is_let_go(self, platform: Platform) -> None:
        """After `compute_close`, no file and no connection is open that was not before."""
        with self.opened(platform) as (session, _):
            platform.compute().compute_close(session=session, succeeded=True, built=True)
        before = what_is_open()
        with self.opened(platform) as (session, _):
            platform.compute().compute_close(session=session, succeeded=False, built=True)
        assert opened_since(before) == []

    def test_a_run_that_could_not_open_is_closed_all_the_same(self, platform: Platform) -> None:
        """`compute_close` is called once whatever happens, also where `compute_open` failed."""
        with Lake(platform.context) as lake, lake.session() as session:
            platform.compute().compute_close(session=session, succeeded=False, built=True)

    def test_a_check_of_sources_leaves_what_people_open(self, platform: Platform, tmp_path: Path) -> None:
        """With `built` false nothing outside the private folder is changed."""
        with self.opened(platform) as (session, _):
            platform.compute().compute_close(session=session, succeeded=True, built=True)
        before = rows.files_in(tmp_path)
        with self.opened(platform) as (session, _):
            platform.compute().compute_close(session=session, succeeded=True, built=False)
            after = rows.files_in(tmp_path, but=session.private_dir)
        assert after == before

    def test_a_query_gives_the_rows_and_their_types(self, platform: Platform, lake: Lake) -> None:
        """The table's values, names and types, NULL and lists among them."""
        answer = self.ask(platform, lake, "select * from shop.types order by id")
        assert answer.column_names == rows.typed().column_names
        assert answer.to_pylist() == rows.typed().to_pylist()
        assert rows.types_of(answer) == rows.types_of(rows.typed())

    def test_a_bare_name_is_looked_up_in_the_namespaces_in_order(self, platform: Platform, lake: Lake) -> None:
        """The first namespace that has a table of the name is meant."""
        count = "select count(*) as n from orders"
        assert self.ask(platform, lake, count, "shop", "other")["n"].to_pylist() == [3]
        assert self.ask(platform, lake, count, "other", "shop")["n"].to_pylist() == [5]

    def test_a_query_sees_the_last_commit(self, platform: Platform, own_lake: Lake) -> None:
        """Each query reads the table as it is in the catalog now."""
        sql = "select count(*) as n from shop.orders"
        assert self.ask(platform, own_lake, sql)["n"].to_pylist() == [3]
        own_lake.write("shop.orders", rows.numbers(2, who=1))
        assert self.ask(platform, own_lake, sql)["n"].to_pylist() == [5]

    def test_what_is_not_one_select_is_refused_and_does_nothing(
        self, platform: Platform, own_lake: Lake, tmp_path: Path
    ) -> None:
        """QUERY_REFUSED for every statement of `CHANGING`; no file and no table is changed."""
        before = rows.files_in(tmp_path)
        for sql in CHANGING:
            with pytest.raises(FloeError) as caught:
                self.ask(platform, own_lake, sql.format(folder=tmp_path), NAMESPACE)
            assert caught.value.code is QUERY_REFUSED, f"{sql!r}: {caught.value.render()}"
            assert rows.files_in(tmp_path) == before, sql
        assert rows.plain(own_lake.catalog.load_table("shop.orders")) == rows.expected(1, 3)

    def test_a_query_reads_no_file_but_the_tables(self, platform: Platform, lake: Lake, tmp_path: Path) -> None:
        """What stands in another file of the machine is not shown, in whatever way it's asked for."""
        secret = tmp_path / "secret.csv"
        secret.write_text("name\nplanted-hidden\n")
        for sql in OUTSIDE:
            try:
                shown = str(self.ask(platform, lake, sql.format(file=secret), NAMESPACE).to_pylist())
            except FloeError as error:
                shown = error.render()
            assert "planted-hidden" not in shown, sql

    def test_a_table_that_is_not_there_is_told_by_its_name(self, platform: Platform, lake: Lake) -> None:
        """TABLE_NOT_FOUND."""
        with pytest.raises(FloeError) as caught:
            self.ask(platform, lake, "select * from shop.order_lines", NAMESPACE)
        assert caught.value.code is TABLE_NOT_FOUND
        assert "order_lines" in caught.value.problem

    def test_a_wrong_query_is_told_in_the_engines_words(self, platform: Platform, lake: Lake) -> None:
        """QUERY_FAILED, with what is wrong."""
        with pytest.raises(FloeError) as caught:
            self.ask(platform, lake, "select no_such_column from shop.orders", NAMESPACE)
        assert caught.value.code is QUERY_FAILED
        assert "no_such_column" in caught.value.problem

    def test_what_goes_wrong_while_rows_are_read_is_told(self, platform: Platform, lake: Lake) -> None:
        """QUERY_FAILED also where the engine notices only when it comes to a row."""
        sql = "select " + self.to_number.format(column='"Name"') + " as x from shop.types"  # noqa: S608 - of the author's own
        with pytest.raises(FloeError) as caught:
            self.ask(platform, lake, sql, NAMESPACE)
        assert caught.value.code is QUERY_FAILED

    def test_a_data_file_that_is_gone_is_named(self, platform: Platform, own_lake: Lake) -> None:
        """DATA_FILE_MISSING: somebody deleted a file behind the catalog."""
        (task,) = own_lake.catalog.load_table("shop.orders").scan().plan_files()
        path = rows.path_of(task.file.file_path)
        path.unlink()
        with pytest.raises(FloeError) as caught:
            self.ask(platform, own_lake, "select sum(n) as n from shop.orders", NAMESPACE)
        assert caught.value.code is DATA_FILE_MISSING
        assert path.name in caught.value.problem

    def test_a_query_that_was_read_lets_go_of_all_it_opened(self, platform: Platform, lake: Lake) -> None:
        """No file and no connection is open when the last batch was read."""
        self.ask(platform, lake, "select * from shop.orders")
        before = what_is_open()
        self.ask(platform, lake, "select * from shop.orders")
        assert opened_since(before) == []

    @needs("columns")
    def test_columns_are_told_before_anything_runs(self, platform: Platform, lake: Lake, tmp_path: Path) -> None:
        """Names and types of queries over known tables, and over each other."""
        found = self._columns(platform, lake, tmp_path)
        assert {field.name: str(field.field_type) for field in found["totals"].fields} == {"who": "long", "n": "long"}
        assert [field.name for field in found["named"].fields] == ["id", "Name", "amount"]
        assert [str(field.field_type) for field in found["named"].fields] == ["long", "string", "decimal(18, 2)"]

    @needs("columns")
    def test_columns_that_can_not_be_told_are_left_out(self, platform: Platform, lake: Lake, tmp_path: Path) -> None:
        """A query that is wrong, and what reads it, keep nobody from the others."""
        found = self._columns(platform, lake, tmp_path)
        assert "broken" not in found
        assert "child_of_broken" not in found

    def _columns(self, platform: Platform, lake: Lake, root: Path) -> Mapping[str, Any]:
        """Of views over the lake's tables, one over another, and of two that can't be."""
        known = [(name, lake.catalog.load_table(f"shop.{name}").schema()) for name in ("orders", "types")]
        made = {
            "totals": "select who, max(n) as n from shop.orders group by who",
            "broken": "select no_such_column from shop.orders",
            "child_of_broken": "select * from shop.broken",
            "named": 'select id, "Name", amount from shop.types',
        }
        relations = [Relation(name, NAMESPACE, name, schema=schema) for name, schema in known]
        relations += [Relation(name, NAMESPACE, name, sql=sql) for name, sql in made.items()]
        found = platform.compute().compute_columns(request=ColumnsRequest(tuple(relations), root))
        assert found is not None
        return found

    @staticmethod
    def use(platform: Platform) -> None:
        """A question that needs no table."""
        with Lake(platform.context) as lake:
            request = QueryRequest("select 1 as x", lake.catalog, lake.storage)
            platform.compute().compute_query(request=request).reader.read_all()

    @staticmethod
    def facts(platform: Platform) -> Any:
        """The profile."""
        return rows.references(platform.compute().compute_profile(namespace=NAMESPACE))
