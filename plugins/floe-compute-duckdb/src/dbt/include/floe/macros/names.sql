{#- There is one database, the run's, and namespaces have one level: a `database` of a node's own becomes part of its schema,
    before a `schema` of its own: `finance` and `marts` make `<target.schema>_finance_marts`. -#}
{% macro floe__generate_database_name(custom_database_name=none, node=none) %}
  {{- return(default__generate_database_name(none, node)) -}}
{% endmacro %}


{% macro floe__generate_schema_name(custom_schema_name, node) %}
  {%- set database = (node.config.get('database') if node is not none and node.config) or '' -%}
  {%- set parts = [target.schema] -%}
  {%- if database and database | trim | lower != target.database | lower -%}
    {%- do parts.append(database | trim) -%}
  {%- endif -%}
  {%- if custom_schema_name is not none -%}
    {%- do parts.append(custom_schema_name | trim) -%}
  {%- endif -%}
  {{- return(parts | join('_')) -}}
{% endmacro %}
