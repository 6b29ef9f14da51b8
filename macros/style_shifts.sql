{% macro style_shifts(attack, defense) -%}
    {#- How much an attack's shots are expected to differ from its usual ones because of
        whom it meets: its share times what the defence allows relative to the league,
        less the share. Zones are scaled so that they still add up to all shots; the last
        is what that makes of the points a shot brings. -#}
    {%- set met = {} -%}
    {%- for zone in shot_zones() -%}
        {%- do met.update({
            zone: attack ~ "." ~ zone ~ "_share_shrunk * "
                ~ defense ~ "." ~ zone ~ "_share_allowed"
        }) -%}
    {%- endfor -%}
    {%- set whole = "(" ~ met.values() | join(" + ") ~ ")" -%}
    {%- set worth = [] -%}
    {%- for zone, points in shot_zones().items() -%}
        {%- do worth.append(
            points ~ " * (" ~ met[zone] ~ " / " ~ whole ~ " - "
                ~ attack ~ "." ~ zone ~ "_share_shrunk)"
        ) -%}
    {%- endfor -%}
    {%- for name in ["fg3a_rate", "fta_rate", "assisted_share", "fouls_drawn_rate"] -%}
    {{ feature(
        attack ~ "." ~ name ~ "_shrunk * (" ~ defense ~ "." ~ name ~ "_allowed - 1)"
    ) }} as {{ name }}_shift,
    {% endfor -%}
    {{ feature(
        met["rim"] ~ " / " ~ whole ~ " - " ~ attack ~ ".rim_share_shrunk"
    ) }} as rim_share_shift,
    {{ feature(worth | join(" + ")) }} as shot_value_shift
{%- endmacro %}
