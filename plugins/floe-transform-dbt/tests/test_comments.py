"""Which differences of a node's text count, where its text decides and not what it compiles to."""

from __future__ import annotations

import pytest

from floe_transform_dbt.comments import what_counts

TEXT = """{{ config(materialized='incremental') }}
select id, '-- ' || name as name from {{ ref('orders') }}
{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}"""


@pytest.mark.parametrize(
    "other",
    [
        "-- why\n" + TEXT,
        "{# why\n   so #}" + TEXT,
        TEXT + "\n/* it's the end */",
        TEXT.replace("select id,", "select id, -- don't\n   "),
        TEXT.replace("\n", "\n\n    "),
    ],
)
def test_comments_and_layout_do_not_count(other):
    assert what_counts(other) == what_counts(TEXT)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (TEXT, TEXT.replace("'-- '", "'--  '")),
        (TEXT, TEXT.replace("id >", "id >=")),
        (TEXT, TEXT.replace("{% if is", "{% if not is")),
        (TEXT, TEXT.replace("ref('orders')", "ref('others')")),
        (TEXT, "-- depends_on: {{ ref('x') }}\n" + TEXT),
        ("-- depends_on: {{ ref('x') }}\n" + TEXT, "-- depends_on: {{ ref('y') }}\n" + TEXT),
        ("{% set x %}a -- b{% endset %} select '{{ x }}'", "{% set x %}a -- c{% endset %} select '{{ x }}'"),
        ("{% call f() %}a  b{% endcall %}", "{% call f() %}a b{% endcall %}"),
        ("select {% if a %}'{% else %}'{% endif %} -- x'", "select {% if a %}'{% else %}'{% endif %} -- y'"),
        ("select 1 -- {% if a %}\n, 2 {% endif %}", "select 1 -- x {% if a %}\n, 2 {% endif %}"),
        ("select a{#- x -#} b", "select a b"),
        ("select {{ '}} -- a' }}", "select {{ '}} -- b' }}"),
        ("select 1 -- {{ f(\n) }} + 1", "select 1 -- {{ f(\n) }} + 2"),
        ("from t -- all\n{%- if a %} where b{% endif %}", "from t\n{%- if a %} where b{% endif %}"),
        ("from t -- all\n\n  {{- f() }}", "from t\n\n  {{- f() }}"),
        ("from t -- all\n  {#- more -#} where b", "from t\n  {#- more -#} where b"),
        ("from t -- {{ f(\n) }}\n{%- if a %} b\nc{% endif %}", "from t -- {{ f(\n) }}\n{%- if a %} b c{% endif %}"),
        ("-- {{ f() -}}\n where b\n and c", "-- {{ f() -}}\n where b and c"),
        ("select 1\n-- a{{- f() }}", "select 1\n\n-- a{{- f() }}"),
        ("select a /* as */ {%- if b %}c{% endif %}", "select a {%- if b %}c{% endif %}"),
        ("select a{# as #} {%- if b %}c{% endif %}", "select a {%- if b %}c{% endif %}"),
        ("select a{% if b -%} /* as */ c{% endif %}", "select a{% if b -%} c{% endif %}"),
        ("select a{% if b -%} {# as #} c{% endif %}", "select a{% if b -%} c{% endif %}"),
        ("select a{% if b -%}\n-- as\nc{% endif %}", "select a{% if b -%}\nc{% endif %}"),
    ],
)
def test_what_may_change_the_result_counts(text, other):
    assert what_counts(text) != what_counts(other)


def test_trimming_elsewhere_leaves_comments_out():
    text = "select a -- b\nfrom t\n{%- if c -%} where d {%- endif -%}\n order by 1 /* e */"
    assert what_counts(text) == what_counts(text.replace(" -- b", "").replace("/* e */", ""))


def test_what_stands_in_a_comment_beside_a_reference_leaves_the_others_out():
    text = "-- depends_on: {{ ref('x') }}\nselect 1"
    assert what_counts(text + " -- more") == what_counts(text)
    assert what_counts("{% set day = 1 %}select 1 -- a") == what_counts("{% set day = 1 %}select 1")
