{% macro versions() -%}
    {#- The two version columns of a staging view, as known by var('as_of'). -#}
    {{ utc("known_at") }} as known_at,
    case
        when {{ utc("superseded_at") }} <= {{ as_of() }}
            then {{ utc("superseded_at") }}
    end as superseded_at
{%- endmacro %}
