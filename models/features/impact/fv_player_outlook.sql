with chances as (
    select * from {{ ref("int_play_chances") }}
    {{ after_watermark("forecast_at") }}
)

select
    game_id,
    team_id,
    player_id,
    forecast_at as event_timestamp,
    forecast_at as created_timestamp,
    {{ feature("play_prob", 4) }} as play_prob,
    {{ feature("history_play_prob", 4) }} as history_play_prob
from chances
{{ and_rows_by_watermark() }}
