"""What of SQL counts: comments and layout don't, strings and names do."""

from __future__ import annotations

import pytest

from floe_sdk.schemas.compiled import CompiledNode
from floe_sdk.schemas.sql_text import essence

SAME = [
    ("select a, b\nfrom t", "\n\n  select a,   b from t -- why\n"),
    ("select a from t", "select /* all\n of it */ a from t"),
    ("select 'it''s -- no comment' as \"a /* b\"", "select  'it''s -- no comment'  as \"a /* b\"  --'"),
    ("select 1 -- a", "select 1 -- b"),
]
OTHER = [
    ("select 'a  b'", "select 'a b'"),
    ("select 'a -- b'", "select 'a -- c'"),
    ('select 1 as "a  b"', 'select 1 as "a b"'),
    ("select a b", "select ab"),
    ("select 'a'\n'b'", "select 'a' 'b'"),
    ("select 'a'\n'b'", "select 'a''b'"),
    ("select 'a' -- x\n'b'", "select 'a' 'b'"),
    ("select 1 -- x\n + 1", "select 1 -- x + 1"),
    ("select e'\\' -- ', 1 -- '", "select e'\\' -- ', 2 -- '"),
    ("select $$ -- a $$", "select $$ -- b $$"),
    ("select $q$ -- a $q$", "select $q$ -- b $q$"),
    ("select /*+ one */ 1", "select /*+ two */ 1"),
    ("select `a -- b`", "select `a -- c`"),
    ("select 1 /* a /* b */ - 1 */ + 1", "select 1 /* a /* c */ - 2 */ + 1"),
    ("select 'a -- b", "select 'a -- c"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_comments_and_layout_change_nothing(one, other):
    assert essence(one) == essence(other)
    assert CompiledNode(sql=one).fingerprint == CompiledNode(sql=other).fingerprint


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_may_change_a_result_counts(one, other):
    assert essence(one) != essence(other)
