{% macro changed_at() -%}
    {#- When what is known of a fact last changed by this version of it: when another
        took its place, else when it became known. Needs valid_from and valid_until. -#}
    greatest(valid_from, nullif(valid_until, timestamptz 'infinity'))
{%- endmacro %}
