{#- dbt's own snapshot on a staging table; what it may change is staged when it merges (floe__snapshot_merge_sql). -#}
{% materialization snapshot, adapter='floe' %}
  {%- set touches = adapter.floe_touches(pre_hooks, this) or adapter.floe_touches(post_hooks, this) -%}
  {%- do adapter.floe_stage(model.unique_id, this.incorporate(type='table'), 'all' if touches else 'later') -%}
  {{ return(floe_publish_staged(materialization_snapshot_default())) }}
{% endmaterialization %}


{#- Called before the rows are staged, when `this` is still a view, which has no columns to add to: keep them. -#}
{% macro floe__create_columns(relation, columns) %}
  {%- do adapter.floe_note_columns(columns) -%}
{% endmacro %}


{#- The changed rows are known: stage the files that hold one of them, add the noted columns, then dbt-duckdb's merge. -#}
{% macro floe__snapshot_merge_sql(target, source, insert_cols) %}
  {%- set names = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
  {%- do adapter.floe_stage_touched(target, source, names.dbt_scd_id) -%}
  {%- do default__create_columns(target, adapter.floe_noted_columns()) -%}
  {{ return(duckdb__snapshot_merge_sql(target, source, insert_cols)) }}
{% endmacro %}
