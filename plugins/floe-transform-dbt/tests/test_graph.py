"""dbt's graph as floe's: what is in it, and how a project that does not parse is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from floe_sdk import FloeError, Materialization, NodeKind, Severity
from floe_transform_dbt import DbtConfig


def test_every_kind_of_node_is_there_sorted_by_id(project):
    graph = project.graph()
    assert [node.id for node in graph.nodes] == sorted(node.id for node in graph.nodes)
    kinds = {node.name: node.kind for node in graph.nodes}
    assert kinds == {
        "orders": NodeKind.MODEL,
        "stg_orders": NodeKind.MODEL,
        "totals": NodeKind.MODEL,
        "regions": NodeKind.SEED,
        "raw.orders": NodeKind.SOURCE,
        "not_null_orders_id": NodeKind.TEST,
        "unique_orders_id": NodeKind.TEST,
        "positive": NodeKind.TEST,
        "sums": NodeKind.UNIT_TEST,
    }
    assert (graph.name, graph.engine, graph.root) == ("shop", "dbt", ".")


def test_a_model_has_what_its_files_say(project):
    model = project.graph().by_id()["model.shop.orders"]
    assert (model.namespace, model.table, model.materialization) == ("shop", "orders", Materialization.TABLE)
    assert model.description == "Every order."
    assert model.tags == ("daily", "gold")
    assert model.meta == {"tier": 1}
    assert model.owner == "Finance"
    assert model.path == "models/orders.sql"
    assert model.depends_on == ("model.shop.stg_orders", "seed.shop.regions")
    (column,) = model.columns
    assert (column.name, column.data_type, column.tags) == ("id", "bigint", ("key",))
    assert column.meta == {"pii": False}


def test_a_source_tells_its_file(project):
    source = project.graph().by_id()["source.shop.raw.orders"]
    assert source.source_location == "read_csv('raw/orders.csv')"
    assert source.owner == "sales"


def test_tests_say_what_they_check(project):
    tests = {node.name: node for node in project.graph().nodes if node.test}
    unique = tests["unique_orders_id"].test
    assert (unique.generic, unique.column, unique.tested) == ("unique", "id", "model.shop.orders")
    assert unique.severity is Severity.WARN
    assert tests["not_null_orders_id"].test.severity is Severity.ERROR
    assert tests["positive"].test.generic is None
    assert tests["positive"].test.tested == "model.shop.orders"
    assert tests["sums"].test.tested == "model.shop.totals"


def test_the_graph_is_the_same_from_anywhere(project, tmp_path, monkeypatch):
    first = project.graph().model_dump_json()
    monkeypatch.chdir(tmp_path)
    assert project.graph(cache_dir=tmp_path / "other").model_dump_json() == first
    assert str(tmp_path) not in first


def test_a_custom_schema_is_appended_as_dbt_does(project):
    project.write_all({"models/totals.sql": "{{ config(schema='marts') }} select 1 as id"})
    assert project.graph().by_id()["model.shop.totals"].namespace == "shop_marts"


def test_variables_of_the_configuration_reach_the_project(project):
    project.write_all({"models/totals.sql": "{{ config(alias=var('name')) }} select 1 as id"})
    project.config = DbtConfig(vars={"name": "sums"})
    assert project.graph().by_id()["model.shop.totals"].table == "sums"
    assert project.graph(variables={"name": "other"}).by_id()["model.shop.totals"].table == "other"


def test_the_project_may_lie_in_a_folder(project, tmp_path):
    project.root.rename(tmp_path / "moved")
    (tmp_path / "product").mkdir()
    (tmp_path / "moved").rename(tmp_path / "product" / "transform")
    project.root = tmp_path / "product"
    project.config = DbtConfig(project_dir="transform")
    assert project.graph().root == "transform"


def test_a_read_only_project_is_read_and_left_as_it_was(project):
    before = sorted(project.root.rglob("*"))
    for folder in (project.root, *(path for path in before if path.is_dir())):
        folder.chmod(0o555)
    try:
        assert project.graph().nodes
    finally:
        for folder in (project.root, *(path for path in before if path.is_dir())):
            folder.chmod(0o755)
    assert sorted(project.root.rglob("*")) == before


def test_dbt_says_nothing_and_changes_nothing_of_the_process(project, capfd):
    project.write_all({"models/totals.sql": "{{ print('hello') }} select 1 as id"})
    folder, environment = Path.cwd(), dict(os.environ)
    project.graph()
    assert capfd.readouterr() == ("", "")
    assert (Path.cwd(), dict(os.environ)) == (folder, environment)


def test_what_dbt_warns_of_is_told_without_its_colours(project):
    said = []
    project.graph(warned=said.append)
    assert said == []
    project.write_all({"models/patch.yml": "models: [{name: gone, description: of a model that went}]"})
    project.graph(warned=said.append)
    assert said == [
        "Did not find matching node for patch with name 'gone' in the 'models' section of file 'models/patch.yml'"
    ]


@pytest.mark.parametrize(
    ("file", "text", "said", "line"),
    [
        ("models/totals.sql", "select * from {{ ref('nowhere') }}", "depends on a node named 'nowhere'", None),
        ("models/totals.sql", "select 1\n{% if %}\n", "Expected an expression", 2),
        ("models/orders.yml", "models:\n  - name: [", "Syntax error", 3),
    ],
)
def test_a_project_that_does_not_parse_is_told_in_dbts_words(project, capfd, file, text, said, line):
    project.write_all({file: text})
    with pytest.raises(FloeError) as caught:
        project.graph()
    error = caught.value
    assert error.code.id == "FLOE-T002"
    assert said in error.problem
    assert str(error.where).startswith(str(project.root / file))
    if line is not None:
        assert error.where.line == line
    assert capfd.readouterr() == ("", "")


def test_packages_that_are_not_installed_are_told_with_the_command(project):
    project.write_all({"packages.yml": "packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n"})
    with pytest.raises(FloeError) as caught:
        project.graph()
    assert caught.value.code.id == "FLOE-T003"
    assert "dbt deps" in caught.value.fix


def test_a_local_package_is_told_from_an_installed_one_and_both_from_their_files(project):
    project.write_all(
        {
            "packages.yml": "packages:\n  - local: shared/ours\n  - local: theirs\n",
            "shared/ours/dbt_project.yml": "name: ours\nversion: '1.0'\n",
            "shared/ours/models/deep/helper.sql": "select 1 as id",
            "dbt_packages/theirs/dbt_project.yml": "name: theirs\nversion: '1.0'\n",
            "dbt_packages/theirs/models/calendar.sql": "select 1 as day",
        }
    )
    (project.root / "dbt_packages" / "ours").symlink_to(project.root / "shared" / "ours")  # as `dbt deps` does
    graph = project.graph()
    assert graph.local_packages == ("ours",)
    nodes = graph.by_id()
    assert nodes["model.ours.helper"].path == "shared/ours/models/deep/helper.sql"
    assert nodes["model.theirs.calendar"].path == "dbt_packages/theirs/models/calendar.sql"
    assert nodes["model.shop.orders"].path == "models/orders.sql"
    assert all((project.root / node.path).is_file() for node in graph.nodes)


def test_a_snapshot_whose_model_went_is_refused_as_dbt_does_when_it_reads_everything(project):
    snapshot = "{name: s, relation: ref('last'), config: {strategy: check, check_cols: all, unique_key: name}}"
    project.write_all({"snapshots/s.yml": f"snapshots: [{snapshot}]", "models/last.sql": "select 1 as name"})
    project.graph()
    (project.root / "models" / "last.sql").rename(project.root / "models" / "least.sql")
    with pytest.raises(FloeError, match="depends on a node named 'last' which was not found"):
        project.graph()


def test_who_reads_a_source_that_is_a_table_of_the_project_depends_on_that(project):
    tables = "tables: [{name: regions, columns: [{name: region, data_tests: [unique]}]}, {name: OTHER}, {name: reader}]"
    project.write_all(
        {
            "models/more.yml": f"""
                sources:
                  - {{name: own, schema: "{{{{ target.schema }}}}", {tables}}}
                  - name: files
                    schema: shop
                    tables: [{{name: totals, config: {{meta: {{external_location: a.csv}}}}}}]
            """,
            "models/reader.sql": "select * from {{ source('own', 'regions') }}, {{ source('files', 'totals') }}",
            "models/other.sql": "select * from {{ source('own', 'reader') }}",
            "models/cyclic.sql": "{{ config(alias='again') }} select * from {{ source('own', 'OTHER') }}",
        }
    )
    nodes = project.graph().by_id()
    assert nodes["model.shop.reader"].depends_on == (
        "seed.shop.regions",
        "source.shop.files.totals",
        "source.shop.own.regions",
    )
    assert nodes["model.shop.other"].depends_on == ("model.shop.reader", "source.shop.own.reader")
    assert nodes["model.shop.cyclic"].depends_on == ("model.shop.other", "source.shop.own.OTHER")
    (test,) = (node for node in nodes.values() if node.name == "source_unique_own_regions_region")
    assert test.test.tested == "seed.shop.regions"
    project.write_all({"models/reader.sql": "select * from {{ source('own', 'OTHER') }}"})
    nodes = project.graph().by_id()
    read = {name: nodes[f"model.shop.{name}"].depends_on for name in ("reader", "other")}
    assert sum(parent.startswith("model.") for parents in read.values() for parent in parents) == 1, "no cycle"
