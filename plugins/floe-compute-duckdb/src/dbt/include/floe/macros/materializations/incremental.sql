{#- The first build, a full refresh and `append` go straight to a file like a table. Otherwise dbt-duckdb's own
    materialization works on a native table under the name of `this`, which holds the rows of the files that it may
    change; they are put there when the new rows are known (floe__process_schema_changes). -#}
{% materialization incremental, adapter='floe', supported_languages=['sql', 'python'] %}
  {%- do floe_run_python(context) -%}
  {%- set touches = adapter.floe_touches(pre_hooks, this) or adapter.floe_touches(post_hooks, this) -%}
  {%- set whole = load_cached_relation(this) is none or should_full_refresh() -%}
  {%- set appends = config.get('incremental_strategy') == 'append' and (config.get('on_schema_change') or 'ignore') == 'ignore' -%}
  {%- if (whole or appends) and not touches and not config.get('contract').enforced -%}
    {%- set code = context['compiled_code'] -%}
    {%- if not whole -%}
      {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') -%}
      {%- set code = 'select ' ~ get_quoted_csv(columns) ~ ' from (\n' ~ code ~ '\n)' -%}
    {%- endif -%}
    {{ return(floe_publish_directly(code, append=not whole)) }}
  {%- endif -%}
  {%- set rows = 'later' -%}
  {%- if touches -%}{%- set rows = 'all' -%}{%- elif whole -%}{%- set rows = 'none' -%}{%- endif -%}
  {%- do adapter.floe_stage(model.unique_id, this.incorporate(type='table'), rows) -%}
  {{ return(floe_publish_staged(materialization_incremental_duckdb())) }}
{% endmaterialization %}


{#- The moment in dbt-duckdb's incremental materialization at which the new rows are in `source_relation` and the
    strategy has not run: stage what it may change. All rows where that can't be known from the key, where a constraint of the
    contract speaks of all rows, and where a column changes its type, which files that stay can't follow. -#}
{% macro floe__process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {%- set strategy = config.get('incremental_strategy') or 'default' -%}
  {%- set key = config.get('unique_key') -%}
  {%- set keys = key if key else none -%}
  {%- set condition = none -%}
  {%- set ddl = get_table_columns_and_constraints() if config.get('contract').enforced else none -%}
  {%- set target_columns = adapter.get_columns_in_relation(target_relation) -%}
  {%- if on_schema_change == 'sync_all_columns'
      and diff_column_data_types(adapter.get_columns_in_relation(source_relation), target_columns) -%}
    {%- set keys = '*' -%}
  {%- elif ddl and floe_has_unique_constraint(model) -%}
    {%- set keys = '*' -%}
  {%- elif strategy == 'microbatch' -%}
    {%- set batch = model.get('batch') -%}
    {%- set keys = none -%}
    {%- set time = config.get('event_time') -%}
    {%- set condition = time ~ " >= '" ~ batch.event_time_start ~ "' and " ~ time ~ " < '" ~ batch.event_time_end ~ "'" -%}
  {%- elif strategy == 'append' -%}
    {%- set keys = none -%}
  {%- elif strategy not in ('default', 'delete+insert', 'merge') -%}
    {%- set keys = '*' -%}
  {%- elif strategy == 'merge' and (not key or config.get('merge_clauses') or config.get('merge_on_using_columns')) -%}
    {%- set keys = '*' -%}
  {%- endif -%}
  {%- do adapter.floe_stage_touched(target_relation, source_relation, keys, condition, ddl) -%}
  {{ return(default__process_schema_changes(on_schema_change, source_relation, target_relation)) }}
{% endmacro %}


{#- Whether a contract has a constraint that only all rows together can keep. -#}
{% macro floe_has_unique_constraint(model) %}
  {%- set found = namespace(is=false) -%}
  {%- set constrained = [model] + (model.columns.values() | list) -%}
  {%- for each in constrained -%}
    {%- for constraint in each.constraints or [] -%}
      {%- if constraint.type in ('unique', 'primary_key') -%}{%- set found.is = true -%}{%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(found.is) }}
{% endmacro %}
