{% set role = {
    "partition": "player_id, vintage",
    "order": "appearance_number",
    "index": "clock",
} %}
with known as (
    {{ with_news(
        ref("int_player_games"), "player_id", "greatest(game_known_at, vintage_at)"
    ) | indent(4) }}
),

games as (
    select
        *,
        48.0 * min / game_min as regular_min,
        cast(is_starter as double) as starts
    from known
),

-- Chosen while the rows are narrow.
newest as (
    select
        player_id,
        vintage,
        appearance_number,
        greatest(game_known_at, vintage_at) as event_timestamp
    from games
    where {{ latest_states(["player_id"], "game_known_at", ["appearance_number"]) }}
),

windows as (
    select
        player_id,
        vintage,
        appearance_number,
        regular_min as min_last,
        starts as start_share_last,
        {% for memory in [2, 5, 12, 15, 30, 80] -%}
            {{ ewma_state("regular_min", half_life=memory, **role) }}
                as min_h{{ memory }},
        {% endfor -%}
        {{ ewma_state("regular_min * regular_min", half_life=15, **role) }}
            as min_square_h15,
        {% for memory in [5, 30] -%}
            {{ ewma_state("starts", half_life=memory, **role) }}
                as start_share_h{{ memory }},
        {% endfor -%}
        {{ ewma_state("plus_minus", half_life=30, **role) }} as plus_minus_h30
        {%- for memory in [10, 40, 150] %},
        {{ decayed_sum("min", half_life=memory, **role) }}
            as effective_min_h{{ memory }}
        {%- for stat in box_stats() %},
        {{ decayed_sum(stat, half_life=memory, **role) }} as {{ stat }}_h{{ memory }}
        {%- endfor %}
        {%- endfor %}
    from games
)

select
    newest.player_id,
    newest.event_timestamp,
    newest.event_timestamp as created_timestamp,
    {{ feature("min_last") }} as min_last,
    {{ feature("start_share_last") }} as start_share_last,
    {% for memory in [2, 5, 12, 30, 80] -%}
        {{ feature("min_h" ~ memory) }} as min_h{{ memory }},
    {% endfor -%}
    {{ feature("sqrt(greatest(min_square_h15 - min_h15 * min_h15, 0))") }}
        as min_sd_h15,
    {% for memory in [5, 30] -%}
        {{ feature("start_share_h" ~ memory) }} as start_share_h{{ memory }},
    {% endfor -%}
    {{ feature("plus_minus_h30") }} as plus_minus_h30
    {%- for memory in [10, 40, 150] %},
    {{ feature("effective_min_h" ~ memory) }} as effective_min_h{{ memory }}
    {%- for stat in box_stats() %},
    {{ feature(ratio(stat ~ "_h" ~ memory, "effective_min_h" ~ memory)) }}
        as {{ stat }}_per_min_h{{ memory }}
    {%- endfor %}
    {%- endfor %}
from newest
inner join windows
    on
        newest.player_id = windows.player_id
        and newest.vintage = windows.vintage
        and newest.appearance_number = windows.appearance_number
{{ after_watermark("newest.event_timestamp") }}
{{ and_rows_by_watermark() }}
