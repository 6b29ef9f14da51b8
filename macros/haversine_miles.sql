{% macro haversine_miles(from_latitude, from_longitude, to_latitude, to_longitude) -%}
    {%- set square -%}
    pow(sin(radians({{ to_latitude }} - {{ from_latitude }}) / 2), 2)
    + cos(radians({{ from_latitude }})) * cos(radians({{ to_latitude }}))
    * pow(sin(radians({{ to_longitude }} - {{ from_longitude }}) / 2), 2)
    {%- endset -%}
    2 * 3958.7613 * atan2(sqrt({{ square }}), sqrt(abs(1 - ({{ square }}))))
{%- endmacro %}
