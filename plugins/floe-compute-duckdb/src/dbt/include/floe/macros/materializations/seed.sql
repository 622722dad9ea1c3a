{#- dbt's own seed into a staging table, which is published. -#}
{% materialization seed, adapter='floe' %}
  {%- do adapter.floe_stage(model.unique_id, this.incorporate(type='table'), 'none') -%}
  {{ return(floe_publish_staged(materialization_seed_default())) }}
{% endmaterialization %}
