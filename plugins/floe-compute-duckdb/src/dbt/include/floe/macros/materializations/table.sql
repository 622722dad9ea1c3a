{#- A table is published. Straight from the query to the file, which is twice as fast, unless something wants to work on
    the table before it is published: a hook, a contract or Python. Then dbt-duckdb's own materialization builds a native
    table under the name of `this`, and that is published. -#}
{% materialization table, adapter='floe', supported_languages=['sql', 'python'] %}
  {%- do floe_run_python(context) -%}
  {%- set touches_before = adapter.floe_touches(pre_hooks, this) -%}
  {%- if touches_before or adapter.floe_touches(post_hooks, this) or config.get('contract').enforced -%}
    {%- do adapter.floe_stage(model.unique_id, this.incorporate(type='table'), 'all' if touches_before else 'none') -%}
    {{ return(floe_publish_staged(materialization_table_duckdb())) }}
  {%- endif -%}
  {{ return(floe_publish_directly(context['compiled_code'])) }}
{% endmaterialization %}


{#- Publish a query as `this`, with the hooks around it where dbt-duckdb runs them. -#}
{% macro floe_publish_directly(code, append=false) %}
  {%- set target = this.incorporate(type='table') -%}
  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}
  {%- if config.get('sql_header') -%}{%- do run_query(config.get('sql_header')) -%}{%- endif -%}
  {%- do write(code) -%}
  {%- do adapter.floe_publish_query(model.unique_id, target, code, append) -%}
  {%- do store_result('main', response=adapter.floe_response()) -%}
  {%- do persist_docs(target.incorporate(type='view'), model) -%}
  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}
  {{ return({'relations': [target]}) }}
{% endmacro %}


{#- Publish the staging table that a materialization of dbt-duckdb has just left; `result` is what that returned. -#}
{% macro floe_publish_staged(result) %}
  {%- do adapter.floe_publish_staged() -%}
  {%- do store_result('main', response=adapter.floe_response()) -%}
  {{ return(result) }}
{% endmacro %}
