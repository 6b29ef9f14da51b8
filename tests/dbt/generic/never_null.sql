{% test never_null(model, columns) %}
-- Without it a join or a filter on one of these columns could lose rows, silently.
select {{ columns | join(", ") }}
from {{ model }}
where {{ columns | join(" is null or ") }} is null
{% endtest %}
