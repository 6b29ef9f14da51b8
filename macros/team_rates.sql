{% macro team_rates(window) -%}
    {#- What a team does and allows, as ratios of the sums of one window: a mapping from
        the name of a feature to its expression. Every rate is of both sides; only the
        season and the exponentially weighted window have the finer ones. -#}
    {%- set rates = {} -%}
    {%- for side, other in [("", "opp_"), ("opp_", "")] -%}
        {%- set sums = {} -%}
        {%- for count in ["pts", "fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "ast",
                          "stl", "blk", "tov"] -%}
            {%- do sums.update({count: "boxes." ~ side ~ count ~ "_" ~ window}) -%}
        {%- endfor -%}
        {%- set other_dreb = "boxes." ~ other ~ "dreb_" ~ window -%}
        {%- set possessions = "boxes.possessions_" ~ window -%}
        {%- set plays = sums.fga ~ " + 0.44 * " ~ sums.fta -%}
        {%- do rates.update({
            side ~ "efg_pct":
                ratio("(" ~ sums.fgm ~ " + 0.5 * " ~ sums.fg3m ~ ")", sums.fga),
            side ~ "tov_pct": ratio(sums.tov, plays ~ " + " ~ sums.tov),
            side ~ "oreb_pct": ratio(sums.oreb, sums.oreb ~ " + " ~ other_dreb),
            side ~ "fta_rate": ratio(sums.fta, sums.fga),
        }) -%}
        {%- if window in ["season", "ewma"] -%}
            {%- do rates.update({
                side ~ "ts_pct": ratio(sums.pts, "2 * (" ~ plays ~ ")"),
                side ~ "fg3_pct": ratio(sums.fg3m, sums.fg3a),
                side ~ "fg3a_rate": ratio(sums.fg3a, sums.fga),
                side ~ "ft_pct": ratio(sums.ftm, sums.fta),
                side ~ "ast_pct": ratio(sums.ast, sums.fgm),
                side ~ "stl_pct": ratio(sums.stl, possessions),
                side ~ "blk_pct": ratio(sums.blk, possessions),
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(rates) }}
{%- endmacro %}
