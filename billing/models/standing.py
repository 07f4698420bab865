"""How an issued invoice or credit note stands, in the words of its chip."""

from dataclasses import dataclass
from datetime import date

from billing.models.invoice import Invoice
from billing.months import day_words


@dataclass(frozen=True)
class Standing:
    """``code`` is DUE, OVERDUE, PAID, CREDITED, NOTHING, USED or UNUSED; ``style`` the chip's class beside "chip"."""

    code: str
    words: str
    icon: str
    style: str = ""


def standing_of(invoice: Invoice, today: date) -> Standing:
    """Return how ``invoice`` stands today. It must come from `InvoiceQuerySet.with_standing`."""
    if invoice.kind == Invoice.Kind.CREDIT_NOTE:
        if invoice.open_amount == 0:
            return Standing("USED", "Used", "check", "invitation-accepted")
        return Standing("UNUSED", "Partly used" if invoice.open_amount < invoice.total else "Not used yet", "clock")
    if invoice.total == 0:
        return Standing("NOTHING", "Nothing to pay", "check", "invitation-accepted")
    if invoice.open_amount == 0:
        if invoice.credited == invoice.total:
            return Standing("CREDITED", f"Credited {day_words(invoice.settled_on, today)}", "minus")
        return Standing("PAID", f"Paid {day_words(invoice.settled_on, today)}", "check", "invitation-accepted")
    part = "Partly paid, " if invoice.open_amount < invoice.total else ""
    due = day_words(invoice.due_on, today)
    if invoice.due_on < today:
        words = f"{part}overdue since {due}" if part else f"Overdue since {due}"
        return Standing("OVERDUE", words, "alert", "invitation-expired")
    return Standing("DUE", f"{part}due {due}" if part else f"Due {due}", "clock")
