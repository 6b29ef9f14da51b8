{% macro described_features(view, keys=false) -%}
    {#- The features of a view as its yml describes them, in that order; with `keys` the
        columns that are none as well. -#}
    {%- set features = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == "model" and node.name == view -%}
            {%- for column in node.columns.values() if keys or column.config.meta -%}
                {%- do features.append(column) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(features) }}
{%- endmacro %}
