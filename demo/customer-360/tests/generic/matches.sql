{#- Fails for values that do not match the regular expression as a whole; NULL passes. -#}
{% test matches(model, column_name, pattern) %}

select {{ column_name }}
from {{ model }}
where not regexp_full_match({{ column_name }}, '{{ pattern }}')

{% endtest %}
