{#- Masks for personal data. The name of each is what `meta: {pii: true, masking: <name>}` says of a column. -#}

{#- A salted hash: equal inputs stay joinable, case and surrounding blanks are ignored, NULL stays NULL. -#}
{% macro mask_sha256(column) -%}
    sha256(lower(trim({{ column }})) || '{{ var("pii_salt") }}')
{%- endmacro %}

{#- The first letter of each word. -#}
{% macro mask_initials(column) -%}
    array_to_string([left(word, 1) || '.' for word in string_split(trim({{ column }}), ' ')], ' ')
{%- endmacro %}

{#- The year of a date. -#}
{% macro mask_year(column) -%}
    cast(year(cast({{ column }} as date)) as integer)
{%- endmacro %}
