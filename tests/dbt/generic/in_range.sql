{% test in_range(model, column_name, min=none, max=none) %}
-- Without it a wrong unit or a broken formula would reach the models as a number.
select {{ column_name }}
from {{ model }}
where
    isnan(cast({{ column_name }} as double))
    {% if min is not none %} or {{ column_name }} < {{ min }} {% endif %}
    {% if max is not none %} or {{ column_name }} > {{ max }} {% endif %}
{% endtest %}
