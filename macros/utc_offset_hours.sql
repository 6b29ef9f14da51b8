{% macro utc_offset_hours(moment, time_zone) -%}
    date_diff(
        'minute', {{ moment }} at time zone 'UTC', {{ moment }} at time zone {{ time_zone }}
    ) / 60.0
{%- endmacro %}
