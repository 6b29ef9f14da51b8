{#- A model as one Parquet file and a view of it. dbt-duckdb's `external` writes a table
    first, which costs as much again, and gives an empty model a row of nulls. DuckDB
    writes beside the old file and renames, so a view may read its own last file.
    Uncompressed takes a third less time; dictionaries alone shrink rounded numbers. -#}
{% materialization feature_file, adapter="duckdb", supported_languages=["sql"] %}
    {%- set location = external_location(this, config) -%}
    {%- set target = this.incorporate(type="view") -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {% if config.get("contract").enforced %}
        {% do get_assert_columns_equivalent(sql) %}
    {% endif %}
    {% call statement("write_file") -%}
        copy ({{ get_select_subquery(sql) }})
        to '{{ location | replace("'", "''") }}' (format parquet, compression uncompressed)
    {%- endcall %}
    {% if existing is not none and existing.type != "view" %}
        {{ drop_relation_if_exists(existing) }}
    {% endif %}
    {% call statement("main") -%}
        create or replace view {{ target }} as
        {{ feature_file_beside_warehouse(this.identifier) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target, model) %}
    {{ adapter.commit() }}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}


{% macro feature_file_beside_warehouse(name) -%}
    {#- Select the file in the folder `features` beside the warehouse, wherever that is
        when it is read: a home that was moved reads its own. SQL cannot ask a database
        for its path, but DuckDB spills to `<path>.tmp` where nobody says otherwise.
        Where that does not name one warehouse the query stops: of a missing name the
        pattern, which the error shows, says what to do. -#}
    {%- set remedy = "open the warehouse.duckdb of one home by itself, leave "
        ~ "temp_directory as it is, or read features/" ~ name ~ ".parquet there" -%}
    select *
    from read_parquet(
        case
            when regexp_matches(current_setting('temp_directory'), '[^/\\]\.tmp$')
                then regexp_replace(
                    current_setting('temp_directory'),
                    '[^/\\]+\.tmp$',
                    'features/{{ name }}.parquet'
                )
            else '{{ remedy }}'
        end
    )
    where
        case
            when (
                select count(*) from duckdb_databases() where path is not null
            ) > 1
                then error('more than one home is attached: {{ remedy }}')
            else true
        end
{%- endmacro %}
