-- A move has a day and no clock: it is known from the end of that day, or of the later
-- day on which it was told. Where the source was watched and it was seen earlier, it is
-- known from then, but not before its day begins.
with moves as (
    select
        player_id,
        player_name,
        transaction_date,
        day_order,
        transaction_type,
        from_team_id,
        to_team_id,
        contract_kind,
        {{ utc("observed_at_utc") }} as observed_at,
        {{ eastern("cast(transaction_date as timestamp)") }} as day_begins_at,
        {{ eastern(
            "(greatest(transaction_date, known_date) + interval 1 day)"
        ) }} as day_ends_at,
        {{ versions() }}
    from {{ source("raw", "transactions") }}
    where {{ known_rows() }}
),

final as (
    select
        player_id,
        player_name,
        transaction_date,
        day_order,
        transaction_type,
        from_team_id,
        to_team_id,
        contract_kind,
        greatest(least(observed_at, day_ends_at), day_begins_at) as published_at,
        known_at,
        superseded_at
    from moves
)

select * from final
where published_at <= {{ as_of() }}
