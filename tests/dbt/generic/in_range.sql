{% test in_range(model, column_name, min=none, max=none) %}
-- Without it a wrong unit or a broken formula would reach the models as a number.
select {{ column_name }}
from {{ model }}
where
    not isfinite(cast({{ column_name }} as double))
    or cast({{ column_name }} as double) < {{ "'-infinity'" if min is none else min }}
    or cast({{ column_name }} as double) > {{ "'infinity'" if max is none else max }}
{% endtest %}
