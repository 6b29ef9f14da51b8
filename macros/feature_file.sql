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
        to '{{ location }}' (format parquet, compression uncompressed)
    {%- endcall %}
    {% if existing is not none and existing.type != "view" %}
        {{ drop_relation_if_exists(existing) }}
    {% endif %}
    {% call statement("main") -%}
        create or replace view {{ target }} as
        select * from read_parquet('{{ location }}')
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target, model) %}
    {{ adapter.commit() }}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}
