{% set career = {"partition": "player_id", "order": "known_at, has_played, game_id"} %}
with known as (
    {{ with_news(ref("int_player_presence"), "player_id", "known_at") | indent(4) }}
),

presence as (
    select
        *,
        cast(has_played as bigint) as appearances,
        case when has_played then game_date end as played_date
    from known
    where has_box
),

windows as (
    select
        player_id,
        known_at,
        has_played,
        game_id,
        team_id,
        game_date,
        {{ rolling_state("played_date", aggregate="max", **career) }}
            as last_played_date,
        {% for span in [5, 10, 20] -%}
        {{ rolling_state("appearances", games=span, **career) }}
            as appearances_l{{ span }},
        {% endfor -%}
        {{ row_index(**career) }} as team_games,
        {{ rolling_state("appearances", **career) }} as appearances_career,
        {{ rolling_state("appearances", "player_id, team_id", career["order"]) }}
            as appearances_with_team
    from presence
),

final as (
    select
        player_id,
        known_at as event_timestamp,
        known_at as created_timestamp,
        has_played as has_played_last,
        {{ row_index("player_id, appearances_career", career["order"]) }}
        - cast(appearances_career > 0 as bigint) as games_missed,
        date_diff('day', last_played_date, game_date) as days_missed,
        cast(appearances_l10 as bigint) as appearances_l10,
        {% for span in [5, 10, 20] -%}
        {{ feature(ratio("appearances_l" ~ span, "least(team_games, " ~ span ~ ")")) }}
            as played_share_l{{ span }},
        {% endfor -%}
        cast(appearances_with_team as bigint) as appearances_with_team
    from windows
    qualify {{ row_index("player_id, known_at", "has_played desc, game_id desc") }} = 1
)

select * from final
{{ after_watermark("event_timestamp") }}
{{ and_rows_by_watermark() }}
