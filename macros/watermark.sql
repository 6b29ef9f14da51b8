{% macro watermark() -%}
    {#- Up to when the rows of the last build still hold (`ml/features/incremental.py` says), else
        nothing. An environment variable, since for another var dbt would parse all, and
        read at execution only, since for another value it would parse its readers. -#}
    {{- env_var("TIPOFF_WATERMARK", "") if execute -}}
{%- endmacro %}
