"""What DuckDB returns and Iceberg holds: each type, round-tripped against bare PyIceberg."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from uuid import UUID

import pytest

from floe_sdk import COLUMN_TYPE, FloeError

UTC = dt.timezone.utc
HELD = [
    ("true", "boolean", True),
    ("1::tinyint", "int", 1),
    ("-7::smallint", "int", -7),
    ("1::integer", "int", 1),
    ("9000000000::bigint", "long", 9_000_000_000),
    ("200::utinyint", "int", 200),
    ("60000::usmallint", "int", 60_000),
    ("4294967295::uinteger", "long", 4_294_967_295),
    ("18446744073709551615::ubigint", "decimal(20, 0)", Decimal(18_446_744_073_709_551_615)),
    ("170141183460469231731687::hugeint", "decimal(38, 0)", Decimal(170_141_183_460_469_231_731_687)),
    ("sum(9000000000000000000::bigint) over (order by i) * 2", "decimal(38, 0)", Decimal(18_000_000_000_000_000_000)),
    ("1.5::float", "float", 1.5),
    ("1.1::double", "double", 1.1),
    ("12.34::decimal(10, 2)", "decimal(10, 2)", Decimal("12.34")),
    ("'Grüße, 世界'", "string", "Grüße, 世界"),
    ("'a'::enum('a', 'b')", "string", "a"),
    ("'{\"a\": 1}'::json", "string", '{"a": 1}'),
    ("'\\xAA\\x00'::blob", "binary", b"\xaa\x00"),
    ("'00000000-0000-0000-0000-00000000002a'::uuid", "uuid", UUID(int=42)),
    ("date '2026-02-28'", "date", dt.date(2026, 2, 28)),
    ("time '12:34:56.789'", "time", dt.time(12, 34, 56, 789_000)),
    ("timestamp '2026-02-28 01:02:03.000004'", "timestamp", dt.datetime(2026, 2, 28, 1, 2, 3, 4)),  # noqa: DTZ001
    ("'2026-02-28 01:02:03'::timestamp_s", "timestamp", dt.datetime(2026, 2, 28, 1, 2, 3)),  # noqa: DTZ001
    ("'2026-02-28 01:02:03.004'::timestamp_ms", "timestamp", dt.datetime(2026, 2, 28, 1, 2, 3, 4000)),  # noqa: DTZ001
    ("'2026-02-28 01:02:03.000004'::timestamp_ns", "timestamp", dt.datetime(2026, 2, 28, 1, 2, 3, 4)),  # noqa: DTZ001
    ("timestamptz '2026-02-28 01:00:00+01'", "timestamptz", dt.datetime(2026, 2, 28, tzinfo=UTC)),
    ("null", "int", None),
    ("[1, 2]::utinyint[]", "list<int>", [1, 2]),
    ("[1, 2]::integer[2]", "list<int>", [1, 2]),
    ("{'x y': 1::hugeint, 'z': [{'a': 'b'}]}", None, {"x y": Decimal(1), "z": [{"a": "b"}]}),
    ("map {'k': 1::utinyint}", "map<string, int>", [("k", 1)]),
    ("[]", "list<int>", []),
    ("(-99999999999999999999999999999999999999)::hugeint", "decimal(38, 0)", Decimal(-(10**38 - 1))),
    ("1e-37::decimal(38, 37)", "decimal(38, 37)", Decimal("1E-37")),
    ("(-9223372036854775807 - 1)::bigint", "long", -(2**63)),
    ("'inf'::float", "float", math.inf),
    ("'-inf'::double", "double", -math.inf),
    ("''", "string", ""),
    ("chr(0) || '\n'", "string", "\x00\n"),
    ("''::blob", "binary", b""),
    ("date '0001-01-01'", "date", dt.date(1, 1, 1)),
    ("timestamp '9999-12-31 23:59:59.999999'", "timestamp", dt.datetime.max),  # noqa: DTZ901
    ("[null, 1]::bigint[]", "list<long>", [None, 1]),
    ("[[1.5], null, []]::decimal(3, 1)[][]", "list<list<decimal(3, 1)>>", [[Decimal("1.5")], None, []]),
    ("map {'a': {'b': [uuid '00000000-0000-0000-0000-00000000002a']}}", None, [("a", {"b": [UUID(int=42)]})]),
    (
        "{'at': timestamptz '2026-02-28 00:00:00+00', 'none': null}",
        None,
        {"at": dt.datetime(2026, 2, 28, tzinfo=UTC), "none": None},
    ),
]


@pytest.mark.parametrize(("expression", "kind", "value"), HELD, ids=[each[0] for each in HELD])
def test_types_that_iceberg_holds(lake, expression, kind, value):
    version = lake.publish("t", f"select {expression} as x from (select 1 as i)")
    table = lake.product.catalog().load_table(("shop", "t"))
    (field,) = table.schema().fields
    if kind is not None:
        assert str(field.field_type) == kind
    assert not field.required
    (row,) = table.scan().to_arrow().to_pylist()
    assert row["x"] == value
    again = lake.publish("copy", f"select * from ({_scanned(version)})")
    (copied,) = lake.product.catalog().load_table(("shop", "copy")).scan().to_arrow().to_pylist()
    assert copied["x"] == value
    assert again.table.schema().fields[0].field_type == field.field_type or kind is None


def _scanned(version):
    from floe_compute_duckdb.scan import scan

    return scan(version)


REFUSED = [
    ("interval 1 day", 'cast("x" as VARCHAR) as "x"'),
    ("timetz '10:00:00+02'", 'cast("x" as TIME) as "x"'),
    ("'101'::bit", 'cast("x" as VARCHAR) as "x"'),
    ("union_value(a := 1)", 'cast("x" as VARCHAR) as "x"'),
    ("12::bignum", 'cast("x" as VARCHAR) as "x"'),
    ("row(1, 2)", 'cast("x" as VARCHAR) as "x"'),
    ("[interval 1 day]", 'cast("x" as VARCHAR) as "x"'),
    ("1::variant", 'cast("x" as JSON) as "x"'),
]


@pytest.mark.parametrize(("expression", "cast"), REFUSED, ids=[each[0] for each in REFUSED])
def test_types_that_it_does_not_hold_are_named_with_the_cast_that_works(lake, expression, cast):
    with pytest.raises(FloeError, match="column x is") as caught:
        lake.publish("t", f"select 1 as id, {expression} as x")
    assert caught.value.code is COLUMN_TYPE
    assert caught.value.fix == f"write {cast}"
    assert lake.data_files() == set()
    lake.publish("t", f"select id, {cast} from (select 1 as id, {expression} as x)")


def test_not_a_number_is_kept_and_hides_no_other(lake):
    version = lake.publish("t", "select unnest(['nan'::double, 1, null]) as x, 'nan'::float as y")
    rows = lake.product.catalog().load_table(("shop", "t")).scan(selected_fields=("x",)).to_arrow()["x"].to_pylist()
    assert [repr(value) for value in rows] == ["nan", "1.0", "None"]
    assert len(lake.product.catalog().load_table(("shop", "t")).scan("x == 1").to_arrow()) == 1
    assert lake.connection.execute(f"select count(*) from ({_scanned(version)}) where isnan(y)").fetchone() == (3,)


@pytest.mark.parametrize("expression", ["'infinity'::timestamp", "date '-0044-03-15'", "timestamptz '10000-01-01'"])
def test_times_that_no_client_reads_are_told_with_their_column(lake, expression):
    with pytest.raises(FloeError, match="the query: x holds a time") as caught:
        lake.publish("t", f"select current_date as today, {expression} as x")
    assert caught.value.code is COLUMN_TYPE
    assert 'cast("x" as VARCHAR)' in caught.value.fix
    assert lake.data_files() == set()


def test_all_refused_columns_are_told_at_once(lake):
    with pytest.raises(FloeError, match="column a is INTERVAL; column b is BIT"):
        lake.publish("t", "select interval 1 day as a, '1'::bit as b")


def test_names_with_quotes_spaces_and_umlauts(lake):
    version = lake.publish("Tabelle 1", """select 1 as "we ird""n'ame", 2 as "größe", {'a "b"': 3} as s""")
    (row,) = lake.product.rows("Tabelle 1")
    assert row == {"we ird\"n'ame": 1, "größe": 2, "s": {'a "b"': 3}}
    assert lake.select(version) == [(1, 2, {'a "b"': 3})]


def test_an_empty_result_keeps_its_types(lake):
    version = lake.publish("t", "select 1::decimal(9, 3) as d, [1] as l, null as n where false")
    assert [str(field.field_type) for field in version.table.schema().fields] == ["decimal(9, 3)", "list<int>", "int"]
    assert lake.select(version) == []
    assert lake.connection.execute(f"describe {_scanned(version)}").fetchall()[0][1] == "DECIMAL(9,3)"


def test_a_struct_that_grows_is_read_from_old_files(lake):
    lake.publish("t", "select {'x': 1} as s")
    version = lake.publish("t", "select {'x': 2, 'y': 'new'} as s", removed=())
    assert sorted(lake.select(version), key=str) == [({"x": 1, "y": None},), ({"x": 2, "y": "new"},)]
    assert [row["s"] for row in lake.product.rows("t")] == [{"x": 1, "y": None}, {"x": 2, "y": "new"}]


def test_a_table_that_somebody_filled_without_field_ids_is_read_by_name(lake, tmp_path):
    version = lake.publish("t", "select 1 as a, 'x' as b")
    lake.connection.execute(f"copy (select 'y' as b, 2 as a) to '{tmp_path}/plain.parquet'")
    version.table.add_files([f"file://{tmp_path}/plain.parquet"])
    version = lake.session.publisher.load("shop", "t")
    assert sorted(lake.select(version)) == [(1, "x"), (2, "y")]
