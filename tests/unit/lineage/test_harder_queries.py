"""Thirty harder queries, and the lineage that a person reads off them.

`~` marks an indirect use, `#` a masking one. What is resolved must be what stands here; what can't be is said.
"""

import contextlib

import duckdb
import pytest
from support.column_lineage import lineage_in_words

from floe_sdk.runtime.lineage.sql import UnresolvedError, column_lineage

SCHEMA = {
    ("s", "customers"): ["customer_id", "name", "email", "country", "referrer_id", "address"],
    ("s", "orders"): ["order_id", "customer_id", "amount", "status", "ordered_at", "tags", "detail"],
    ("s", "countries"): ["country", "country_name"],
    ("s", "returns"): ["order_id", "customer_id", "amount", "reason"],
    ("s", "edges"): ["parent", "child", "weight"],
}
TYPES = {
    "name": "varchar",
    "email": "varchar",
    "country": "varchar",
    "country_name": "varchar",
    "status": "varchar",
    "reason": "varchar",
    "ordered_at": "timestamp",
    "tags": "varchar[]",
    "detail": "struct(shipping struct(city varchar))",
    "address": "struct(street varchar, zip varchar)",
}

CASES = {
    "ctes in ctes, one name twice": (
        """with a as (with a as (select customer_id, upper(name) as n from s.customers)
                     select customer_id as id, n from a)
           select n, id from a""",
        {"n": {"customers.name TRANSFORMATION"}, "id": {"customers.customer_id IDENTITY"}},
        set(),
    ),
    "a cte that hides a table of the same name": (
        "with orders as (select amount * 2 as amount from s.orders) select amount from orders",
        {"amount": {"orders.amount TRANSFORMATION"}},
        set(),
    ),
    "a cte with names for its columns": (
        "with a (x, y) as (select order_id, amount from s.orders) select y as amount, x from a",
        {"amount": {"orders.amount IDENTITY"}, "x": {"orders.order_id IDENTITY"}},
        set(),
    ),
    "a star over a join of a cte and a table, with exclude": (
        """with paid as (select order_id, customer_id, amount from s.orders where status = 'paid')
           select p.* exclude (customer_id), c.* exclude (referrer_id, address, country, email)
           from paid p left join s.customers c on p.customer_id = c.customer_id""",
        {
            "order_id": {"orders.order_id IDENTITY"},
            "amount": {"orders.amount IDENTITY"},
            "customer_id": {"customers.customer_id IDENTITY"},
            "name": {"customers.name IDENTITY"},
        },
        {"~orders.status FILTER", "~orders.customer_id JOIN", "~customers.customer_id JOIN"},
    ),
    "exclude, replace and rename of a star": (
        """select * exclude (tags, detail, ordered_at) replace (lower(status) as status) rename (amount as eur)
           from s.orders""",
        {
            "order_id": {"orders.order_id IDENTITY"},
            "customer_id": {"orders.customer_id IDENTITY"},
            "eur": {"orders.amount IDENTITY"},
            "status": {"orders.status TRANSFORMATION"},
        },
        set(),
    ),
    "three sides of a union with other names, in a cte": (
        """with u as (select order_id as id, amount as v from s.orders
                      union all select order_id, -amount from s.returns
                      union all select customer_id, 0 from s.customers)
           select id, sum(v) as total from u group by id""",
        {
            "id": {"orders.order_id IDENTITY", "returns.order_id IDENTITY", "customers.customer_id IDENTITY"},
            "total": {"orders.amount AGGREGATION", "returns.amount AGGREGATION"},
        },
        {"~orders.order_id GROUP_BY", "~returns.order_id GROUP_BY", "~customers.customer_id GROUP_BY"},
    ),
    "a union by name where a side lacks a column": (
        """select order_id, amount from s.orders
           union all by name select reason, order_id from s.returns""",
        {
            "order_id": {"orders.order_id IDENTITY", "returns.order_id IDENTITY"},
            "amount": {"orders.amount IDENTITY"},
            "reason": {"returns.reason IDENTITY"},
        },
        set(),
    ),
    "except: its right side only decides on the rows": (
        "select order_id from s.orders except select order_id from s.returns",
        {"order_id": {"orders.order_id IDENTITY"}},
        {"~returns.order_id FILTER", "~orders.order_id FILTER"},
    ),
    "windows: a named one, lag, and a running total": (
        """select order_id,
                  lag(amount) over w as before,
                  sum(amount) over (partition by customer_id order by ordered_at rows unbounded preceding) as so_far
           from s.orders window w as (partition by status order by order_id)""",
        {
            "order_id": {"orders.order_id IDENTITY"},
            "before": {"orders.amount AGGREGATION", "~orders.status WINDOW", "~orders.order_id WINDOW"},
            "so_far": {"orders.amount AGGREGATION", "~orders.customer_id WINDOW", "~orders.ordered_at WINDOW"},
        },
        set(),
    ),
    "qualify over a window that is no column": (
        """select customer_id, amount from s.orders
           qualify row_number() over (partition by customer_id order by ordered_at desc) = 1""",
        {"customer_id": {"orders.customer_id IDENTITY"}, "amount": {"orders.amount IDENTITY"}},
        {"~orders.customer_id FILTER", "~orders.ordered_at FILTER"},
    ),
    "a query in a query in a query": (
        """select z.total / 2 as half from (
             select y.c, sum(y.a) as total from (
               select x.customer_id as c, x.amount as a from (select * from s.orders where amount > 0) x) y
             group by y.c) z""",
        {"half": {"orders.amount AGGREGATION"}},
        {"~orders.amount FILTER", "~orders.customer_id GROUP_BY"},
    ),
    "exists and in, correlated, decide on the rows": (
        """select c.name from s.customers c
           where exists (select 1 from s.orders o where o.customer_id = c.customer_id and o.amount > 10)
             and c.country in (select country from s.countries)""",
        {"name": {"customers.name IDENTITY"}},
        {
            "~orders.customer_id FILTER",
            "~customers.customer_id FILTER",
            "~orders.amount FILTER",
            "~customers.country FILTER",
            "~countries.country FILTER",
        },
    ),
    "a correlated subquery two levels down": (
        """select c.name, (select sum(o.amount) from s.orders o where o.customer_id = c.customer_id
                           and o.order_id in (select r.order_id from s.returns r
                                              where r.customer_id = c.customer_id)) as back
           from s.customers c""",
        {"name": {"customers.name IDENTITY"}, "back": {"orders.amount AGGREGATION"}},
        {
            "~orders.customer_id FILTER",
            "~customers.customer_id FILTER",
            "~orders.order_id FILTER",
            "~returns.order_id FILTER",
            "~returns.customer_id FILTER",
        },
    ),
    "a lateral join": (
        """select c.name, l.most from s.customers c,
             lateral (select max(o.amount) as most from s.orders o where o.customer_id = c.customer_id) l""",
        {"name": {"customers.name IDENTITY"}, "most": {"orders.amount AGGREGATION"}},
        {"~orders.customer_id FILTER", "~customers.customer_id FILTER"},
    ),
    "unnest of a list, in the projection": (
        "select order_id, unnest(tags) as tag from s.orders",
        {"order_id": {"orders.order_id IDENTITY"}, "tag": {"orders.tags TRANSFORMATION"}},
        set(),
    ),
    "unnest of a list, in from": (
        "select o.order_id, t.tag from s.orders o, unnest(o.tags) as t(tag)",
        {"order_id": {"orders.order_id IDENTITY"}, "tag": {"orders.tags TRANSFORMATION"}},
        set(),
    ),
    "fields of structs": (
        """select o.detail.shipping.city as city, c.address.street as street, c.address['zip'] as zip
           from s.orders o join s.customers c using (customer_id)""",
        {
            "city": {"orders.detail TRANSFORMATION"},
            "street": {"customers.address TRANSFORMATION"},
            "zip": {"customers.address TRANSFORMATION"},
        },
        {"~orders.customer_id JOIN", "~customers.customer_id JOIN"},
    ),
    "joins with using: a key without a qualifier is of both": (
        """select order_id, o.amount - coalesce(r.amount, 0) as kept
           from s.orders o full join s.returns r using (order_id)""",
        {
            "order_id": {"orders.order_id TRANSFORMATION", "returns.order_id TRANSFORMATION"},
            "kept": {"orders.amount TRANSFORMATION", "returns.amount TRANSFORMATION"},
        },
        {"~orders.order_id JOIN", "~returns.order_id JOIN"},
    ),
    "a self join": (
        """select a.name, b.name as referrer
           from s.customers a left join s.customers b on a.referrer_id = b.customer_id""",
        {"name": {"customers.name IDENTITY"}, "referrer": {"customers.name IDENTITY"}},
        {"~customers.referrer_id JOIN", "~customers.customer_id JOIN"},
    ),
    "group by all, and a filter of an aggregate": (
        """select country, upper(name) as n, count(email) filter (where referrer_id is not null) as k
           from s.customers group by all""",
        {
            "country": {"customers.country IDENTITY"},
            "n": {"customers.name TRANSFORMATION"},
            "k": {"#customers.email AGGREGATION", "~customers.referrer_id CONDITIONAL"},
        },
        {"~customers.country GROUP_BY", "~customers.name GROUP_BY"},
    ),
    "grouping sets and an order by place": (
        """select country, count(*) as n, min(name) as first from s.customers
           group by grouping sets ((country), ()) order by 3 desc""",
        {"country": {"customers.country IDENTITY"}, "n": set(), "first": {"customers.name AGGREGATION"}},
        {"~customers.country GROUP_BY", "~customers.name SORT"},
    ),
    "a recursive cte": (
        """with recursive tree as (
             select parent, child, weight from s.edges where parent = 1
             union all
             select t.parent, e.child, t.weight + e.weight from tree t join s.edges e on e.parent = t.child)
           select parent, child, weight from tree""",
        {
            "parent": {"edges.parent IDENTITY"},
            "child": {"edges.child IDENTITY"},
            "weight": {"edges.weight TRANSFORMATION", "edges.weight IDENTITY"},
        },
        {"~edges.parent FILTER", "~edges.parent JOIN", "~edges.child JOIN"},
    ),
    "values, joined": (
        """select c.name, v.label from s.customers c join (values ('DE', 'near'), ('US', 'far')) as v(code, label)
           on c.country = v.code""",
        {"name": {"customers.name IDENTITY"}, "label": set()},
        {"~customers.country JOIN"},
    ),
    "case with an operand, nested in an aggregate": (
        "select sum(case status when 'paid' then amount when 'open' then 0 end) as paid from s.orders",
        {"paid": {"orders.amount AGGREGATION", "~orders.status CONDITIONAL"}},
        set(),
    ),
    "if, nullif and coalesce": (
        """select if(amount > 5, order_id, customer_id) as x, nullif(status, '') as y, coalesce(status, tags[1]) as z
           from s.orders""",
        {
            "x": {"~orders.amount CONDITIONAL", "orders.order_id TRANSFORMATION", "orders.customer_id TRANSFORMATION"},
            "y": {"orders.status TRANSFORMATION"},
            "z": {"orders.status TRANSFORMATION", "orders.tags TRANSFORMATION"},
        },
        set(),
    ),
    "masking through a cte": (
        """with m as (select customer_id, sha256(lower(email)) as h, md5(name) as n from s.customers)
           select h, left(n, 8) as short, customer_id from m""",
        {
            "h": {"#customers.email TRANSFORMATION"},
            "short": {"#customers.name TRANSFORMATION"},
            "customer_id": {"customers.customer_id IDENTITY"},
        },
        set(),
    ),
    "distinct on": (
        "select distinct on (customer_id) customer_id, amount from s.orders order by customer_id, ordered_at desc",
        {"customer_id": {"orders.customer_id IDENTITY"}, "amount": {"orders.amount IDENTITY"}},
        {"~orders.customer_id GROUP_BY", "~orders.customer_id SORT", "~orders.ordered_at SORT"},
    ),
    "distinct decides on rows by all columns": (
        "select distinct country, lower(name) as n from s.customers",
        {"country": {"customers.country IDENTITY"}, "n": {"customers.name TRANSFORMATION"}},
        {"~customers.country GROUP_BY", "~customers.name GROUP_BY"},
    ),
    "a semi and an anti join": (
        """select o.amount from s.orders o semi join s.customers c on o.customer_id = c.customer_id
           anti join s.returns r on r.order_id = o.order_id""",
        {"amount": {"orders.amount IDENTITY"}},
        {"~orders.customer_id JOIN", "~customers.customer_id JOIN", "~returns.order_id JOIN", "~orders.order_id JOIN"},
    ),
    "an asof join and a list of aggregates": (
        """select o.order_id, list(r.reason order by r.amount) as reasons, arg_max(r.reason, r.amount) as worst
           from s.orders o asof join s.returns r on o.customer_id = r.customer_id and o.order_id >= r.order_id
           group by o.order_id""",
        {
            "order_id": {"orders.order_id IDENTITY"},
            "reasons": {"returns.reason AGGREGATION", "~returns.amount SORT"},
            "worst": {"returns.reason AGGREGATION", "returns.amount AGGREGATION"},
        },
        None,
    ),
    "a pivot with its values": (
        """select * from (select customer_id, status, amount from s.orders)
           pivot (sum(amount) for status in ('paid', 'open') group by customer_id)""",
        {
            "customer_id": {"orders.customer_id IDENTITY"},
            "paid": {"orders.amount AGGREGATION", "~orders.status CONDITIONAL"},
            "open": {"orders.amount AGGREGATION", "~orders.status CONDITIONAL"},
        },
        None,
    ),
    "an unpivot": (
        """select customer_id, kind, value from s.orders unpivot (value for kind in (order_id, amount))""",
        {
            "customer_id": {"orders.customer_id IDENTITY"},
            "kind": set(),
            "value": {"orders.order_id IDENTITY", "orders.amount IDENTITY"},
        },
        None,
    ),
    "a pivot with names, over a cte": (
        """with o as (select customer_id, amount, status from s.orders)
           select * from o pivot (sum(amount) as total, count(*) as n for status in ('paid' as p, 'open')) as z""",
        {
            "customer_id": {"orders.customer_id IDENTITY"},
            "p_total": {"orders.amount AGGREGATION", "~orders.status CONDITIONAL"},
            "p_n": {"~orders.status CONDITIONAL"},
            "open_total": {"orders.amount AGGREGATION", "~orders.status CONDITIONAL"},
            "open_n": {"~orders.status CONDITIONAL"},
        },
        {"~orders.customer_id GROUP_BY"},
    ),
    "intersect, and union without all": (
        """(select order_id from s.orders intersect select order_id from s.returns)
           union select customer_id from s.customers""",
        {"order_id": {"orders.order_id IDENTITY", "customers.customer_id IDENTITY"}},
        {
            "~orders.order_id FILTER",
            "~returns.order_id FILTER",
            "~orders.order_id GROUP_BY",
            "~customers.customer_id GROUP_BY",
        },
    ),
    "a series, and a percentile within a group": (
        """select g.day, percentile_cont(0.5) within group (order by o.amount) as middle
           from generate_series(1, 7) as g(day) join s.orders o on o.order_id = g.day group by g.day""",
        {"day": set(), "middle": {"orders.amount AGGREGATION"}},
        {"~orders.order_id JOIN"},
    ),
    "a natural join": (
        "select order_id, detail, reason from s.orders natural join s.returns",
        {
            "order_id": {"orders.order_id TRANSFORMATION", "returns.order_id TRANSFORMATION"},
            "detail": {"orders.detail IDENTITY"},
            "reason": {"returns.reason IDENTITY"},
        },
        {f"~{table}.{each} JOIN" for table in ("orders", "returns") for each in ("order_id", "customer_id", "amount")},
    ),
    "a list comprehension and a lambda": (
        """select list_transform(tags, t -> upper(t)) as up, [x || status for x in tags] as both from s.orders""",
        {"up": {"orders.tags TRANSFORMATION"}, "both": {"orders.tags TRANSFORMATION", "orders.status TRANSFORMATION"}},
        set(),
    ),
}


def lineage_of(sql):
    return lineage_in_words(sql, SCHEMA)


@pytest.fixture(scope="module")
def duckdb_itself():
    """A database with the tables, to say which columns a query really has."""
    with duckdb.connect() as connection:
        connection.execute("create schema s")
        for (schema, table), columns in SCHEMA.items():
            typed = ", ".join(f"{name} {TYPES.get(name, 'integer')}" for name in columns)
            connection.execute(f"create table {schema}.{table} ({typed})")
        yield connection


@pytest.mark.parametrize("case", CASES)
def test_a_harder_query_is_one_that_duckdb_takes_and_has_these_columns(case, duckdb_itself):
    sql, columns, _ = CASES[case]
    assert duckdb_itself.execute(sql).description is not None
    assert [each[0] for each in duckdb_itself.execute(f"describe {sql}").fetchall()] == list(columns)


@pytest.mark.parametrize("case", CASES)
def test_a_harder_query_has_the_lineage_that_a_person_would_write(case):
    sql, columns, dataset = CASES[case]
    found, rows, problems = lineage_of(sql)
    assert problems == {}
    assert found == columns
    if dataset is not None:
        assert rows == dataset


UNRESOLVED = {
    "a pivot whose columns depend on the rows": (
        "from s.orders pivot (sum(amount) for status in (select distinct status from s.orders))",
        "PIVOT makes columns",
    ),
    "a table macro": ("select * from my_macro('/data/x.csv')", "columns of \\*"),
    "columns by pattern": ("select columns('c.*') from s.customers", "COLUMNS makes columns"),
    "a pivot as a statement": ("select x.* from (pivot s.orders on status using sum(amount)) x", "PIVOT makes columns"),
    "a natural join of a table of which nothing is known": (
        "select amount from s.orders natural join elsewhere.t",
        "NATURAL JOIN|declare them",
    ),
}


@pytest.mark.parametrize("case", UNRESOLVED)
def test_what_a_query_does_not_say_is_not_guessed(case):
    sql, reason = UNRESOLVED[case]
    with pytest.raises(UnresolvedError, match=reason):
        column_lineage(sql, SCHEMA)


@pytest.mark.parametrize(
    ("sql", "problems"),
    [
        (
            "select o.*, c.customer_id from s.orders o, s.customers c",
            {"customer_id": "two columns of the query have this name"},
        ),
        ("select o, 1 as y from s.orders o", {"o": "o names no column: it is a whole row, a place or a parameter"}),
        (
            "select #1 as x, 1 as y from s.orders",
            {"x": "#1 names no column: it is a whole row, a place or a parameter"},
        ),
        (
            "select m.x, 1 as y from my_macro('/data/x.csv') m",
            {"x": "what the table function my_macro reads is not known"},
        ),
        (
            "select u.x, 1 as y from (select [[1]] as l) q, unnest(q.l) as u(y, x)",
            {"x": "u.x is a part of what UNNEST takes apart"},
        ),
        (
            "select l.x, amount from s.orders, lateral (select order_id) as l(x, y)",
            {"x": "l names more columns than its query has"},
        ),
    ],
)
def test_a_column_that_can_t_be_told_is_named_and_the_others_stay(sql, problems):
    columns, _, found = lineage_of(sql)
    assert found == problems
    assert columns


def test_what_decides_on_rows_and_can_t_be_told_is_said():
    lineage = column_lineage("select amount from s.orders join my_macro('x') m on m.k = order_id", SCHEMA)
    assert lineage.unknown_rows == ["JOIN: what the table function my_macro reads is not known"]


def test_every_aggregate_of_duckdb_is_taken_for_one(duckdb_itself):
    listed = "select distinct function_name from duckdb_functions() where function_type = 'aggregate'"
    others = {"fill", "rank_dense", "row_number", "count_star"}  # window functions, and one without an argument
    names = {name for (name,) in duckdb_itself.execute(listed).fetchall() if name.isidentifier()} - others
    assert len(names) > 80
    for name in sorted(names):
        with contextlib.suppress(UnresolvedError):  # it takes two arguments
            found, _, problems = lineage_of(f"select {name}(amount) as x from s.orders")
            assert {use.rpartition(" ")[2] for use in found.get("x", ())} <= {"AGGREGATION"}, name
            assert problems == {}, name
