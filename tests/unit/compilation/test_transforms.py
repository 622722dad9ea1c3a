import pytest

from floe_sdk import FloeError, Graph, Location, Materialization, Node, NodeKind
from floe_sdk.compilation.transforms import graph_of_transforms, merge_transforms
from floe_sdk.schemas.spec import Transform


def place(path):
    _, index, *rest = path
    return Location("floe.yaml", index + 1, len(rest))


def transforms(*entries):
    return [Transform.model_validate(entry) for entry in entries]


def node(name, kind=NodeKind.MODEL, package="shop", **fields):
    return Node(id=f"{kind.value}.{package}.{name}", name=name, kind=kind, package=package, **fields)


SOURCE = node("crm.customers", NodeKind.SOURCE)
STAGING = node("stg_customers", depends_on=(SOURCE.id,), tags=("staging",))
MART = node("mart", depends_on=(STAGING.id,), owner="sales")
GRAPH = Graph(name="shop", engine="dbt", engine_version="1", project_hash="h", nodes=(MART, STAGING, SOURCE))


def merge(*entries, graph=GRAPH, owner=None):
    return merge_transforms(graph, transforms(*entries), owner=owner, locate=place).by_id()


def problems(call, *entries, **arguments):
    with pytest.raises(FloeError) as caught:
        call(*entries, **arguments)
    return [(error.code.id, str(error.where), error.problem, error.fix) for error in caught.value.errors]


def test_entries_add_to_the_graphs_nodes():
    entry = {
        "name": "stg_customers",
        "tags": ["pii"],
        "tier": "bronze",
        "compute": "duckdb",
        "dependsOn": ["crm.customers"],
        "qualityChecks": ["not_null", {"name": "key", "type": "unique", "column": "id", "severity": "critical"}],
    }
    merged = merge(entry)[STAGING.id]
    assert merged.tags == ("pii", "staging")
    assert (merged.tier, merged.compute) == ("bronze", "duckdb")
    assert [(check.name, check.type, check.column) for check in merged.quality_checks] == [
        ("not_null", "not_null", None),
        ("key", "unique", "id"),
    ]


def test_the_products_owner_owns_what_nobody_else_does():
    nodes = merge(owner="team")
    assert (nodes[STAGING.id].owner, nodes[MART.id].owner, nodes[SOURCE.id].owner) == ("team", "sales", None)


def test_all_problems_are_told_at_once_each_at_its_place():
    found = problems(
        merge,
        {"name": "stg_custmers"},
        {"name": "mart", "depends_on": ["stg_customers", "crm.customers"]},
    )
    assert [(code, where) for code, where, _, _ in found] == [
        ("FLOE-C007", "floe.yaml:1:1"),
        ("FLOE-C008", "floe.yaml:2:2"),
    ]
    assert found[0][3] == "did you mean `stg_customers`?"
    assert found[1][2] == "`mart` depends on stg_customers in dbt, not on `crm.customers`"


def test_a_source_may_be_named_by_its_table_alone():
    assert merge({"name": "stg_customers", "depends_on": ["customers"]})


def test_a_name_that_two_packages_share_is_the_products_own():
    packaged = node("mart", package="lib")
    graph = GRAPH.model_copy(update={"nodes": (*GRAPH.nodes, packaged)})
    merged = merge({"name": "mart", "tier": "gold"}, graph=graph)
    assert (merged[MART.id].tier, merged[packaged.id].tier) == ("gold", None)


def test_a_name_that_only_packages_share_is_ambiguous():
    graph = GRAPH.model_copy(update={"nodes": (node("x", package="a"), node("x", package="b"))})
    assert [code for code, *_ in problems(merge, {"name": "x"}, graph=graph)] == ["FLOE-C009"]


def graph_of(*entries):
    return graph_of_transforms("shop", transforms(*entries), namespace="shop", version="1.2.0", locate=place)


def test_a_product_without_a_project_has_the_graph_of_its_transforms():
    graph = graph_of({"name": "b", "depends_on": ["a"]}, {"name": "a"})
    assert (graph.engine, graph.engine_version, graph.name) == ("floe", "1.2.0", "shop")
    assert [(n.id, n.table, n.materialization, n.depends_on) for n in graph.nodes] == [
        ("model.shop.a", "a", Materialization.TABLE, ()),
        ("model.shop.b", "b", Materialization.TABLE, ("model.shop.a",)),
    ]
    assert graph.project_hash == graph_of({"name": "b", "depends_on": ["a"]}, {"name": "a"}).project_hash
    assert graph.project_hash != graph_of({"name": "a"}).project_hash


def test_its_dependencies_exist():
    found = problems(graph_of, {"name": "orders"}, {"name": "mart", "depends_on": ["ordes"]})
    assert [(where, fix) for _, where, _, fix in found] == [("floe.yaml:2:2", "did you mean `orders`?")]
