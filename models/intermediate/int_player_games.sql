-- The games a player played in, in order, as known in each vintage: one row per
-- player, vintage and game. A line of 0 minutes is not an appearance, and
-- the cup's final is in no statistics.
with all_lines as (
    select
        *,
        {{ changed_at() }} as moment
    from {{ ref("int_player_lines") }}
),

known as (
    {{ with_news("all_lines", "player_id", "moment") | indent(4) }}
),

lines as (
    select * exclude (moment) from known
    where min > 0 and is_cup_final is not true
),

player_vintages as (
    select * from {{ ref("int_player_vintages") }}
),

versions as (
    select
        lines.*,
        player_vintages.vintage,
        player_vintages.vintage_at,
        player_vintages.vintage_until
    from lines
    inner join player_vintages
        on
            lines.player_id = player_vintages.player_id
            and lines.game_known_at < player_vintages.vintage_until
            and lines.valid_from
            <= greatest(lines.game_known_at, player_vintages.vintage_at)
            and greatest(lines.game_known_at, player_vintages.vintage_at)
            < lines.valid_until
),

numbered as (
    select
        *,
        {{ row_index("player_id, vintage", "tipoff_at, game_id") }}
            as appearance_number
    from versions
)

select
    *,
    {{ player_clock("appearance_number", "season_year") }} as clock
from numbered
{{ and_without_news("all_lines", "player_id", "moment") }}
