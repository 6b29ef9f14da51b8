{% macro true_shooting(pts, fga, fta) -%}
    {#- Points per two shooting attempts, free throws as 0.44 of one; 0-1 (an over of 1
        is possible on three-pointers alone). Oliver (2004). -#}
    {{ ratio(pts, "2 * (" ~ fga ~ " + 0.44 * " ~ fta ~ ")") }}
{%- endmacro %}
