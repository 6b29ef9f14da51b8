{% macro settled_until() -%}
    {#- Up to when the rows of the last build still hold (`ml/settled.py` says), else
        nothing. An environment variable, since for another var dbt would parse all. -#}
    {{- env_var("TIPOFF_SETTLED_UNTIL", "") -}}
{%- endmacro %}
