{% macro matchup_columns(views) -%}
    {#- home_, away_ and, of numbers, diff_ = home - away of every feature of the views,
        from the relations home_<view> and away_<view>. -#}
    {%- set lines = [] -%}
    {%- for view in views -%}
    {%- for column in described_features(view) -%}
        {%- set home = "home_" ~ view ~ "." ~ column.name -%}
        {%- set away = "away_" ~ view ~ "." ~ column.name -%}
        {%- do lines.append(home ~ " as home_" ~ column.name) -%}
        {%- do lines.append(away ~ " as away_" ~ column.name) -%}
        {%- set difference = home ~ " - " ~ away -%}
        {%- if column.data_type == "double" -%}
            {%- set difference = feature(difference) -%}
        {%- endif -%}
        {%- if column.data_type in ["double", "bigint"] -%}
            {%- do lines.append(difference ~ " as diff_" ~ column.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- endfor -%}
    {{ return(lines | join(",\n    ")) }}
{%- endmacro %}
