"""`floe graph` as a user types it, on a small product that has not run."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from support.products import make_product, write_files

from floe_sdk.cli.app import run


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    more = {
        "models/more.sql": "select *, amount * 2 as twice from {{ ref('totals') }}",
        "models/named.sql": "select id, amount / 100 as euros from {{ source('raw', 'orders') }}",
        "models/by_hand.py": "def model(dbt, session):\n    return dbt.ref('totals')\n",
    }
    return make_product(tmp_path_factory.mktemp("platform"), files=more)


@pytest.fixture
def floe(product, capfd):
    def call(*arguments, code=0):
        capfd.readouterr()
        found = run(["graph", str(product), *map(str, arguments)])
        out, call.err = capfd.readouterr()
        assert found == code, call.err
        return out

    return call


def test_the_graph_as_text(floe):
    lines = floe().splitlines()
    assert lines[0] == "shop 1.0.0 (dev): 8 nodes, 2 tests"
    assert ["orders", "table", "2", "tests", "<-", "stg_orders,", "regions"] in [line.split() for line in lines]


def test_columns_are_followed_without_a_run(floe, product):
    data = json.loads(floe("--columns", "--format", "json"))
    columns = {
        (node["name"], column["name"]): [f"{use['node'].split('.')[-1]}.{use['column']}" for use in column["from"]]
        for node in data["nodes"]
        for column in node.get("columns", ())
        if "from" in column
    }
    assert columns["more", "twice"] == ["totals.amount"]
    assert not (product / "target" / "compiled_artifacts.json").exists()


def test_models_whose_columns_cannot_be_followed_are_named(floe):
    said = (
        "note: Where columns come from is unknown of 3 of 6 models: stg_orders (the columns of * are unknown), "
        "orders (the columns of * are unknown), by_hand (it is Python)."
    )
    assert floe("--columns").splitlines()[-1] == said
    assert "note" not in floe()
    assert json.loads(floe("--columns", "--format", "json"))["notes"] == [said.removeprefix("note: ")]
    assert said.removeprefix("note: ") in floe("--format", "html")


def test_a_source_that_declares_no_columns_has_those_that_are_read(floe):
    data = json.loads(floe("--columns", "--format", "json"))
    columns = {node["name"]: [each["name"] for each in node.get("columns", ())] for node in data["nodes"]}
    assert columns["raw.orders"] == ["amount", "id"]


def test_a_page_goes_into_a_file(floe, product, tmp_path):
    out = floe("--format", "html", "-o", tmp_path / "new" / "graph.html")
    text = (tmp_path / "new" / "graph.html").read_text()
    assert out == ""
    assert "wrote" in floe.err
    assert text.startswith("<!DOCTYPE html>")
    assert text == floe("--format", "html")


def test_what_governance_refuses_can_still_be_drawn(tmp_path, capfd):
    folder = make_product(tmp_path)
    with (tmp_path / "manifest.yaml").open("a") as file:
        file.write("governance: {policy_enforcement_level: strict, quality_gates: {require_descriptions: true}}\n")
    assert run(["compile", str(folder)]) == 3
    assert run(["graph", str(folder), "--format", "mermaid"]) == 0
    assert "flowchart LR" in capfd.readouterr().out


def test_a_graph_of_transforms_alone_says_that_it_knows_no_columns(tmp_path):
    spec = """
        apiVersion: floe.dev/v1
        kind: FloeSpec
        metadata: {name: plan, version: 1.0.0, owner: shop@example.com}
        platform: {manifest: ../manifest.yaml}
        transforms:
          - name: stg_orders
          - {name: orders, depends_on: [stg_orders]}
    """
    folder = write_files(make_product(tmp_path).parent / "plan", {"floe.yaml": spec})
    done = subprocess.run(
        [sys.executable, "-m", "floe_sdk", "graph", str(folder), "--columns"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "orders" in done.stdout
    assert "note: Where columns come from is unknown" in done.stdout


def test_a_graph_that_mermaid_refuses_is_said_to_be_one(tmp_path, capfd):
    """Mermaid 11, tried: 499 edges are drawn, 500 are an error."""
    few, many = range(22), range(23)
    every = " union all ".join(f"select * from {{{{ ref('a{number}') }}}}" for number in few)
    files = {f"models/a{number}.sql": "select 1 as one" for number in few}
    root = make_product(tmp_path / "platform", files={**files, **{f"models/b{each}.sql": every for each in many}})
    assert run(["graph", str(root), "--format", "mermaid"]) == 0
    assert "warning: Mermaid refuses a graph of 500 edges and more" in capfd.readouterr().err
    assert run(["graph", str(root), "--format", "html", "--output", str(tmp_path / "graph.html")]) == 0
    assert "warning" not in capfd.readouterr().err
