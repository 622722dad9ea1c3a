{#- dbt's own view. A table that the model was before leaves the catalog, once the view is there. -#}
{% materialization view, adapter='floe' %}
  {%- set result = materialization_view_default() -%}
  {%- do adapter.floe_unpublish(model.unique_id, this) -%}
  {{ return(result) }}
{% endmaterialization %}
