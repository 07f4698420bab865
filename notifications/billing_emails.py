"""Every email about money is one function here: plain values in, one row in the outbox out.

Amounts come as words with their currency. Nobody can switch these mails off. Each is sent once for its ``key``.
"""

from datetime import date

from notifications.delivery import deliver


def invoice_issued(
    *, to: str, name: str, partner: str, document: str, number: str, amount: str, issued_on: date, due_on: date,
    period_start: date, is_to_pay: bool, invoice_url: str, key: str,
) -> None:  # fmt: skip
    """Bring an invoice or a credit note: what it is over, until when it is due, and where it lies as a PDF.

    ``document`` is "Invoice" or "Credit note", ``is_to_pay`` whether there is something to pay.
    """
    deliver(
        "invoice_issued",
        to=to,
        key=key,
        context={
            "name": name, "partner": partner, "document": document, "number": number, "amount": amount,
            "issued_on": issued_on, "due_on": due_on, "period_start": period_start, "is_to_pay": is_to_pay,
            "invoice_url": invoice_url,
        },
    )  # fmt: skip


def payment_receipt(
    *, to: str, partner: str, number: str, what: str, amount: str, received_on: date, how: str, payer: str,
    is_card: bool, paid: list[tuple[str, str]], deposit: str, payment_url: str, key: str,
) -> None:  # fmt: skip
    """Confirm that money was received, and say which invoices it paid: ``paid`` holds (number, amount)."""
    context = {"partner": partner, "number": number, "what": what, "amount": amount, "received_on": received_on,
               "how": how, "payer": payer, "is_card": is_card, "paid": paid, "deposit": deposit,
               "payment_url": payment_url}  # fmt: skip
    deliver("payment_receipt", to=to, key=key, context=context)


def invoice_overdue(
    *, to: str, name: str, partner: str, number: str, total: str, open_amount: str, is_part: bool, due_on: date,
    days_late: int, by_card: bool, pay_url: str, key: str,
) -> None:  # fmt: skip
    """Tell that an invoice was not paid in time; ``by_card`` is whether it can be paid by card at ``pay_url``."""
    context = {"name": name, "partner": partner, "number": number, "total": total, "open_amount": open_amount,
               "is_part": is_part, "due_on": due_on, "days_late": days_late, "by_card": by_card,
               "pay_url": pay_url}  # fmt: skip
    deliver("invoice_overdue", to=to, key=key, context=context)


def statement(
    *, to: str, name: str, partner: str, on: date, standing: str, balance: str, overdue: str, deposits: str,
    statement_url: str, time_zone: str,
) -> None:  # fmt: skip
    """Send somebody the statement they asked for: how it stands, and where it is.

    ``standing`` stands before ``balance``: "To pay" or "In your favour".
    """
    context = {"name": name, "partner": partner, "on": on, "standing": standing, "balance": balance, "overdue": overdue,
               "deposits": deposits, "statement_url": statement_url}  # fmt: skip
    deliver("statement", to=to, time_zone=time_zone, context=context)


def payment_needs_staff(
    *, to: str, partner: str, what: str, words: str, amount: str, stripe_id: str, desk_url: str, key: str = ""
) -> None:
    """Tell the platform's staff that a payment needs somebody to look."""
    context = {"partner": partner, "what": what, "words": words, "amount": amount, "stripe_id": stripe_id,
               "desk_url": desk_url}  # fmt: skip
    deliver("payment_needs_staff", to=to, context=context, key=key)
