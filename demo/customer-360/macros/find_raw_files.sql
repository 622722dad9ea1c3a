{#- Make relative paths of sources hold from any working directory: DuckDB also looks in the project's folder. -#}
{% macro find_raw_files() -%}
    {%- set folder = invocation_args_dict.get('project_dir') or '.' -%}
    set global file_search_path = '{{ (folder | string).replace("'", "''") }}'
{%- endmacro %}
