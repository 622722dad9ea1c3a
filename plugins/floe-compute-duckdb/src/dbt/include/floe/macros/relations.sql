{#- The cache calls every published relation a table, as `is_incremental()` wants it; in DuckDB it is a view, or not there
    yet. So DROP and RENAME ask DuckDB first, and do nothing for what it doesn't have. -#}
{% macro floe__drop_relation(relation) %}
  {%- set kind = adapter.floe_type(relation) -%}
  {%- if kind is not none -%}
    {{ return(duckdb__drop_relation(relation.incorporate(type=kind))) }}
  {%- endif -%}
{% endmacro %}


{% macro floe__rename_relation(from_relation, to_relation) %}
  {%- set kind = adapter.floe_type(from_relation) -%}
  {%- if kind is not none -%}
    {{ return(duckdb__rename_relation(from_relation, to_relation.incorporate(type=kind))) }}
  {%- endif -%}
{% endmacro %}
