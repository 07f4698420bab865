"""Numbers of invoices and credit notes: each once, without gaps."""

from billing.models import NumberRange


def next_number(series: str) -> str:
    """Return the next number of a series: "2026-0118". The caller's transaction holds the series until it ends, so
    that a number taken by what is rolled back is given again.
    """
    NumberRange.objects.get_or_create(series=series)
    taken = NumberRange.objects.select_for_update().get(series=series)
    taken.last += 1
    taken.save(update_fields=["last"])
    return f"{series}-{taken.last:04}"
