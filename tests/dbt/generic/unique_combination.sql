{% test unique_combination(model, columns) %}
-- Without it a join on these columns could double rows, silently.
select
    {{ columns | join(", ") }},
    count(*) as rows_found
from {{ model }}
group by {{ columns | join(", ") }}
having count(*) > 1
{% endtest %}
