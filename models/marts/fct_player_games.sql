-- A candidate without a line in a game with a box score played 0 minutes; in a game
-- without one (old playoffs), or still to come, his labels are null.
with games as (
    select * from {{ ref("int_roster_games") }}
),

all_lines as (
    select * from {{ ref("int_player_lines") }}
),

moments as (  -- noqa: ST03
    select
        game_id,
        known_at as moment
    from games
    union all
    select
        game_id,
        {{ changed_at() }} as moment
    from all_lines
),

boxes as (
    {{ with_news("games", "game_id", "moment", news="moments") | indent(4) }}
),

candidates as (
    select * from {{ ref("int_roster_candidates") }}
    where game_id in (select boxes.game_id from boxes)
),

lines as (
    select * from all_lines
    where
        valid_until = timestamptz 'infinity'
        and game_id in (select boxes.game_id from boxes)
),

positions as (
    select * from {{ ref("int_player_positions") }}
),

tied as (
    select
        game_id,
        player_id,
        team_id,
        null as team_of_line
    from candidates
    union all
    select
        game_id,
        player_id,
        team_id,
        team_id as team_of_line
    from lines
),

-- A candidate who turned up in the other side's box is that side's player.
listed as (
    select
        game_id,
        player_id,
        coalesce(min(team_of_line), min(team_id)) as team_id
    from tied
    group by game_id, player_id
)

select
    listed.game_id,
    listed.player_id,
    listed.team_id,
    boxes.opponent_team_id,
    boxes.is_home,
    boxes.season,
    boxes.season_type,
    boxes.game_date,
    boxes.tipoff_at,
    boxes.forecast_at,
    lines.is_starter,
    {% for stat in box_stats() -%}
    lines.{{ stat }},
    {% endfor -%}
    lines.plus_minus,
    candidates.is_on_report,
    candidates.player_id is not null as is_candidate,
    coalesce(positions.position, 'unknown') as position,  -- noqa: RF04
    coalesce(lines.min, case when boxes.has_box then 0 end) as min,
    case when boxes.has_box then coalesce(lines.min, 0) > 0 end as has_played
from listed
inner join boxes
    on
        listed.game_id = boxes.game_id
        and listed.team_id = boxes.team_id
left join candidates
    on
        listed.game_id = candidates.game_id
        and listed.team_id = candidates.team_id
        and listed.player_id = candidates.player_id
left join lines
    on
        listed.game_id = lines.game_id
        and listed.team_id = lines.team_id
        and listed.player_id = lines.player_id
left join positions
    on
        listed.player_id = positions.player_id
        and boxes.season = positions.season
{{ and_without_news("moments", "game_id", "moment") }}
