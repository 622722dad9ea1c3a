import pytest
from support.column_lineage import lineage_in_words

from floe_sdk.runtime.lineage.naming import FILES
from floe_sdk.runtime.lineage.sql import UnresolvedError, column_lineage

SCHEMA = {
    ("s", "customers"): ["customer_id", "Name", "email", "tier_code", "signed_up_at"],
    ("s", "orders"): ["order_id", "customer_id", "amount", "status", "ordered_at"],
    ("s", "tiers"): ["tier_code", "tier_name"],
    ("s", "items"): ["order_id", "tags", "detail"],
    (FILES, "raw/x.csv"): ["a", "b"],
}
C, O, T, I = "customers", "orders", "tiers", "items"  # noqa: E741
IDENTITY, TRANSFORMATION, AGGREGATION = "IDENTITY", "TRANSFORMATION", "AGGREGATION"


def lineage_of(sql):
    return lineage_in_words(sql, SCHEMA)


CASES = {
    "a column, an alias and an expression": (
        "select customer_id, name as full_name, lower(email) as mail, 1 as one from s.customers",
        {
            "customer_id": {"customers.customer_id IDENTITY"},
            "full_name": {"customers.name IDENTITY"},
            "mail": {"customers.email TRANSFORMATION"},
            "one": set(),
        },
        set(),
    ),
    "a star": (
        "select * from s.tiers",
        {"tier_code": {"tiers.tier_code IDENTITY"}, "tier_name": {"tiers.tier_name IDENTITY"}},
        set(),
    ),
    "a star with exclude and replace": (
        "select * exclude (status, ordered_at, order_id) replace (amount * 2 as amount) from s.orders",
        {"customer_id": {"orders.customer_id IDENTITY"}, "amount": {"orders.amount TRANSFORMATION"}},
        set(),
    ),
    "three-part names, quoted, as dbt writes them": (
        'select t."tier_name" from "memory"."s"."tiers" as t',
        {"tier_name": {"tiers.tier_name IDENTITY"}},
        set(),
    ),
    "a join, columns without a qualifier": (
        "select order_id, tier_code, o.customer_id from s.orders o join s.customers c on o.customer_id = c.customer_id",
        {
            "order_id": {"orders.order_id IDENTITY"},
            "tier_code": {"customers.tier_code IDENTITY"},
            "customer_id": {"orders.customer_id IDENTITY"},
        },
        {"~orders.customer_id JOIN", "~customers.customer_id JOIN"},
    ),
    "a join with using": (
        "select tier_name, email from s.customers join s.tiers using (tier_code)",
        {"tier_name": {"tiers.tier_name IDENTITY"}, "email": {"customers.email IDENTITY"}},
        {"~customers.tier_code JOIN", "~tiers.tier_code JOIN"},
    ),
    "an aggregate with a filter, grouped": (
        """select customer_id, sum(amount) filter (status = 'paid') as net, count(*) as n
           from s.orders where ordered_at > '2024-01-01' group by customer_id having sum(amount) > 0 order by 1""",
        {
            "customer_id": {"orders.customer_id IDENTITY"},
            "net": {"orders.amount AGGREGATION", "~orders.status CONDITIONAL"},
            "n": set(),
        },
        {
            "~orders.ordered_at FILTER",
            "~orders.customer_id GROUP_BY",
            "~orders.amount FILTER",
            "~orders.customer_id SORT",
        },
    ),
    "ctes, one over the other, and a star": (
        """with a as (select customer_id, amount * 2 as twice from s.orders where status = 'paid'),
                b as (select customer_id, max(twice) as most from a group by customer_id)
           select * from b""",
        {"customer_id": {"orders.customer_id IDENTITY"}, "most": {"orders.amount AGGREGATION"}},
        {"~orders.status FILTER", "~orders.customer_id GROUP_BY"},
    ),
    "a union by position": (
        "select customer_id as id from s.customers union all select order_id from s.orders",
        {"id": {"customers.customer_id IDENTITY", "orders.order_id IDENTITY"}},
        set(),
    ),
    "a union by name": (
        """select customer_id, email from s.customers
           union all by name select lower(status) as email, customer_id from s.orders""",
        {
            "customer_id": {"customers.customer_id IDENTITY", "orders.customer_id IDENTITY"},
            "email": {"customers.email IDENTITY", "orders.status TRANSFORMATION"},
        },
        set(),
    ),
    "a case": (
        "select case when status = 'paid' then amount else 0 end as paid from s.orders",
        {"paid": {"~orders.status CONDITIONAL", "orders.amount TRANSFORMATION"}},
        set(),
    ),
    "a window and qualify": (
        """select order_id, row_number() over (partition by customer_id order by ordered_at) as n
           from s.orders qualify n = 1""",
        {"order_id": {"orders.order_id IDENTITY"}, "n": {"~orders.customer_id WINDOW", "~orders.ordered_at WINDOW"}},
        {"~orders.customer_id FILTER", "~orders.ordered_at FILTER"},
    ),
    "a scalar subquery, correlated": (
        """select c.email, (select max(o.amount) from s.orders o where o.customer_id = c.customer_id) as most
           from s.customers c""",
        {"email": {"customers.email IDENTITY"}, "most": {"orders.amount AGGREGATION"}},
        {"~orders.customer_id FILTER", "~customers.customer_id FILTER"},
    ),
    "a subquery in from": (
        "select x.m from (select upper(email) as m from s.customers) x",
        {"m": {"customers.email TRANSFORMATION"}},
        set(),
    ),
    "masking": (
        "select sha256(email) as hash, md5(name) as h, count(distinct email) as n from s.customers group by all",
        {
            "hash": {"#customers.email TRANSFORMATION"},
            "h": {"#customers.name TRANSFORMATION"},
            "n": {"#customers.email AGGREGATION"},
        },
        None,
    ),
    "a file read by a function": (
        "select a, f.b as c from read_csv('raw/x.csv', header = true, all_varchar = true) f",
        {"a": {"raw/x.csv.a IDENTITY"}, "c": {"raw/x.csv.b IDENTITY"}},
        set(),
    ),
    "a file read by its name, with a star": (
        "select * from 'raw/x.csv'",
        {"a": {"raw/x.csv.a IDENTITY"}, "b": {"raw/x.csv.b IDENTITY"}},
        set(),
    ),
    "an alias used beside it": (
        "select amount * 2 as twice, twice + 1 as more from s.orders",
        {"twice": {"orders.amount TRANSFORMATION"}, "more": {"orders.amount TRANSFORMATION"}},
        set(),
    ),
    "names that the output takes over": (
        """select row_number() over (order by order_id) as order_id, t.x + 1 as x
           from s.orders, elsewhere.t order by x, order_id""",
        {"order_id": {"~orders.order_id WINDOW"}, "x": {"t.x TRANSFORMATION"}},
        {"~t.x SORT", "~orders.order_id SORT"},
    ),
    "a lambda and a slice": (
        "select list_transform(tags, x -> x || '!') as t, detail[:3] as d from s.items",
        {"t": {"items.tags TRANSFORMATION"}, "d": {"items.detail TRANSFORMATION"}},
        set(),
    ),
    "from first": ("from s.tiers select tier_name", {"tier_name": {"tiers.tier_name IDENTITY"}}, set()),
    "in with a subquery": (
        "select email from s.customers where customer_id in (select customer_id from s.orders where amount > 5)",
        {"email": {"customers.email IDENTITY"}},
        {"~customers.customer_id FILTER", "~orders.customer_id FILTER", "~orders.amount FILTER"},
    ),
    "a part of a struct": (
        "select detail.color as color, i.detail.size as size from s.items i",
        {"color": {"items.detail TRANSFORMATION"}, "size": {"items.detail TRANSFORMATION"}},
        set(),
    ),
    "an ephemeral model, as dbt writes it": (
        """with __dbt__cte__e as (select customer_id, upper(email) as email from "memory"."s"."customers")
           select email from __dbt__cte__e""",
        {"email": {"customers.email TRANSFORMATION"}},
        set(),
    ),
    "a recursive query": (
        "with recursive r as (select 1 as n union all select n + 1 from r) select n from r",
        {"n": set()},
        set(),
    ),
    "lateral, beside a table of which nothing is known": (
        "select x from elsewhere.t, lateral (select 1 as x) as l",
        {"x": set()},
        set(),
    ),
    "values": (
        "select v.x, t.tier_name from (values (1), (2)) v(x), s.tiers t",
        {"x": set(), "tier_name": {"tiers.tier_name IDENTITY"}},
        set(),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_query_has_the_lineage_that_a_person_would_write(case):
    sql, columns, dataset = CASES[case]
    found, found_dataset, problems = lineage_of(sql)
    assert problems == {}
    assert found == columns
    if dataset is not None:
        assert found_dataset == dataset


UNRESOLVED = {
    "a star over an unknown table": "select * from elsewhere.t",
    "a star over a known and an unknown table": "select * from s.tiers, elsewhere.t",
    "a pivot": "pivot s.orders on status using sum(amount)",
    "columns by pattern": "select columns('c.*') from s.customers",
    "no sql": "def model(dbt, session):\n    return dbt.ref('x')",
    "sql that does not parse": "select from where (",
    "no select": "create table x as select 1",
    "more than python recurses into": " union all ".join(["select order_id from s.orders"] * 2000),
    "a sum of too many terms": f"select {' + '.join(['amount'] * 5000)} as x from s.orders",
}


@pytest.mark.parametrize("case", UNRESOLVED)
def test_what_cannot_be_resolved_is_said(case):
    with pytest.raises(UnresolvedError) as error:
        column_lineage(UNRESOLVED[case], SCHEMA)
    assert str(error.value)


def test_a_column_of_several_unknown_tables_is_unresolved_alone():
    columns, _, problems = lineage_of("select x, t.y from elsewhere.t, elsewhere.u")
    assert columns == {"y": {"t.y IDENTITY"}}
    assert list(problems) == ["x"]


@pytest.mark.parametrize(
    ("sql", "columns"),
    {
        "select lower(x) as y from read_csv('new.csv')": {"y": {"new.csv.x TRANSFORMATION"}},
        "select x from elsewhere.t": {"x": {"t.x IDENTITY"}},
        "with q as (select x from elsewhere.t) select x as z from q": {"z": {"t.x IDENTITY"}},
        "select x from elsewhere.t union all select x from elsewhere.u": {"x": {"t.x IDENTITY", "u.x IDENTITY"}},
        "select list_transform(xs, v -> v + w) as y from elsewhere.t": {
            "y": {"t.xs TRANSFORMATION", "t.w TRANSFORMATION"}
        },
    }.items(),
)
def test_a_column_of_the_only_table_needs_no_declared_columns(sql, columns):
    found, _, problems = lineage_of(sql)
    assert (found, problems) == (columns, {})


@pytest.mark.parametrize(
    ("sql", "why"),
    {
        "select t as x from elsewhere.t": "t is not among its source's columns",  # the row as a value, or a column
        "select x from s.tiers": "x is not among its source's columns",
        "select x from read_csv('raw/x.csv')": "x is not among its source's columns",
    }.items(),
)
def test_a_column_that_may_be_something_else_is_not_guessed(sql, why):
    columns, _, problems = lineage_of(sql)
    assert (columns, problems) == ({}, {"x": why})


@pytest.mark.parametrize(
    "sql",
    [
        "select a as z, z + 1 as zz from elsewhere.t",
        "select x from elsewhere.t, unnest(xs) as u(x)",
        "select (select max(x) from elsewhere.t) as x from s.tiers",
    ],
)
def test_a_name_that_only_the_columns_could_tell_is_said_so(sql):
    with pytest.raises(UnresolvedError, match="the columns of a table that it reads are not known: declare them"):
        lineage_of(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select id, amount::int as amount from 'raw/y.csv' where amount > 0",
        "select id, amount::int as amount from s.unknown where amount > 0",
        "with a as (select id, amount::int as amount from s.unknown where amount > 0) select * from a",
    ],
)
def test_a_column_that_keeps_its_name_is_known_without_its_table(sql):
    lineage = column_lineage(sql, {})
    (use,) = lineage.columns["amount"]
    assert (use.column, use.subtype) == ("amount", "TRANSFORMATION")
    assert [(use.column, use.subtype) for use in lineage.dataset] == [("amount", "FILTER")]


@pytest.mark.parametrize(
    "sql",
    [
        "select (select max(x) as x from s.unknown where x > 0) as y from s.unknown",  # of either
        "select a + b as a from s.unknown qualify a > 0",  # of which it may mean either
        "select u.amount::int as amount from s.unknown u join s.other o on u.id = o.id where amount > 0",
    ],
)
def test_what_may_mean_another_thing_stays_unknown(sql):
    with pytest.raises(UnresolvedError, match="not known"):
        column_lineage(sql, {})
