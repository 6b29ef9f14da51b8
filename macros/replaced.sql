{#- A model takes the place of its last table or view in one statement. dbt's own ways
    make a second one and rename both, which costs more than most of our models. -#}
{% materialization replaced_table, adapter="duckdb", supported_languages=["sql"] %}
    {{ return(replaced("table")) }}
{% endmaterialization %}


{% materialization replaced_view, adapter="duckdb", supported_languages=["sql"] %}
    {{ return(replaced("view")) }}
{% endmaterialization %}


{% macro replaced(type) %}
    {%- set target = this.incorporate(type=type) -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {% if existing is not none and existing.type != type %}
        {{ drop_relation_if_exists(existing) }}
    {% endif %}
    {% call statement("main") -%}
        create or replace {{ type }} {{ target }} as (
            {{ sql }}
        )
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({"relations": [target]}) }}
{% endmacro %}
