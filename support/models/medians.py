"""The median in PostgreSQL."""

from django.db.models import Aggregate, DurationField


class Median(Aggregate):
    """The value that half of the values do not exceed, of durations; nothing where there is none."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()
