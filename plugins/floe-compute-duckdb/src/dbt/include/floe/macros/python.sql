{#- Run a Python model; the rest of its materialization then works with SQL that reads the native table which Python has
    left. By the adapter and not by `statement`: dbt wants that called from the materialization itself. -#}
{% macro floe_run_python(node_context) %}
  {%- if model['language'] == 'python' -%}
    {%- set made = make_intermediate_relation(this.incorporate(type='table'), suffix='__floe_py') -%}
    {%- do adapter.drop_relation(made) -%}
    {%- set code = py_write_table(temporary=false, relation=made, compiled_code=node_context['compiled_code']) -%}
    {%- do adapter.floe_run_python(model, code) -%}
    {%- set query = 'select * from ' ~ made -%}
    {%- do node_context.update({'compiled_code': query, 'sql': query}) -%}
    {%- do node_context.model.update({'language': 'sql'}) -%}
  {%- endif -%}
{% endmacro %}
