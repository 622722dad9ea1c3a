{#- A test that stores its failures as a table publishes them; its own result, the number of failures, stays. -#}
{% materialization test, adapter='floe' %}
  {%- if not should_store_failures() or config.get('store_failures_as') == 'view' -%}
    {{ return(materialization_test_default()) }}
  {%- endif -%}
  {%- do adapter.floe_stage(model.unique_id, this.incorporate(type='table'), 'none') -%}
  {%- set result = materialization_test_default() -%}
  {%- do adapter.floe_publish_staged() -%}
  {{ return(result) }}
{% endmaterialization %}
