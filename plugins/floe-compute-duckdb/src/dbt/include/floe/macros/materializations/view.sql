{#- dbt's own view. One of its name may be there already, made for a hook or a test that reads it before its node runs, of
    which dbt's cache knows nothing. A table that the model was before leaves the catalog, once the view is there. -#}
{% materialization view, adapter='floe' %}
  {%- if load_cached_relation(this) is none -%}{%- do adapter.drop_relation(this.incorporate(type='view')) -%}{%- endif -%}
  {%- set result = materialization_view_default() -%}
  {%- do adapter.floe_unpublish(model.unique_id, this) -%}
  {{ return(result) }}
{% endmaterialization %}
