"""A partner's books: every movement of money in its order, and how it stood at the end of a day.

Questions only. Each takes rows the door has scoped, and says of a past day how it stood at its end: what was issued by
then, and what money has a value date by then, also where that was written down later.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, CharField, DecimalField, F, Func, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Left, Replace, Upper
from django.urls import reverse

from billing.models import Invoice, Payment
from billing.models.invoice import InvoiceQuerySet
from billing.models.payment import PaymentQuerySet

# What the kinds of movements are called.
KINDS = {
    Invoice.Kind.INVOICE.value: "Invoice",
    Invoice.Kind.CREDIT_NOTE.value: "Credit note",
    Payment.Kind.CARD.value: "Card payment",
    Payment.Kind.TRANSFER.value: "Bank transfer",
    Payment.Kind.RETURN.value: "Money returned",
}
# Days past due, as receivables are grouped everywhere: from, to.
_AGES = (
    ("1 to 30 days late", 1, 30),
    ("31 to 60 days late", 31, 60),
    ("61 to 90 days late", 61, 90),
    ("Over 90 days late", 91, None),
)


@dataclass(frozen=True)
class Movement:
    """One invoice, credit note, payment or return. ``amount`` is what the partner owes more by it: negative for money
    that came in. ``balance`` is what was owed after it, where somebody asked for that.
    """

    day: date
    kind: str
    number: str
    words: str
    amount: Decimal
    uuid: UUID
    balance: Decimal | None = None

    @property
    def kind_words(self) -> str:
        return KINDS[self.kind]

    @property
    def url(self) -> str:
        """Where it is looked at: the document, or the payment; for a return, the payment that went back."""
        name = "billing:invoice_detail" if self.kind in Invoice.Kind.values else "billing:payment_detail"
        return reverse(name, args=[self.uuid])


def movements(
    invoices: InvoiceQuerySet, payments: PaymentQuerySet, *, kind: str = "", since: date | None = None,
    until: date | None = None, words: str = "",
) -> QuerySet:  # fmt: skip
    """Return what moved, the newest first, as rows for `as_movement`; sliced and counted like any query.

    ``words`` finds numbers of documents and receipts, and what a payment is called.
    """
    documents = _documents(invoices.issued(), since, until)
    money = _money(payments.received(), since, until)
    if words:
        documents = documents.filter(number__icontains=words)
        money = money.filter(Q(receipt__icontains=words) | Q(reference__icontains=words))
    if kind:
        documents, money = documents.filter(kind=kind), money.filter(kind=kind)
    columns = ("day", "kind", "shown_number", "shown_words", "signed", "shown_uuid", "created_at")
    rows = documents.values_list(*columns).union(money.values_list(*columns), all=True)
    return rows.order_by("-day", "-created_at", "-shown_number")


def as_movement(row: tuple, balance: Decimal | None = None) -> Movement:
    """Return one row of `movements`."""
    return Movement(*row[:6], balance=balance)


def balance_before(invoices: InvoiceQuerySet, payments: PaymentQuerySet, day: date) -> Decimal:
    """Return what was owed at the beginning of a day; negative where more was paid than owed."""
    total = Decimal(0)
    until = day - timedelta(days=1)
    for rows in (_documents(invoices.issued(), None, until), _money(payments.received(), None, until)):
        total += rows.aggregate(sum=Sum("signed"))["sum"] or Decimal(0)
    return total


@dataclass(frozen=True)
class Ageing:
    """What was open at the end of a day, by how long it had been due; and money that paid nothing yet."""

    current: Decimal
    past_due: tuple[tuple[str, Decimal], ...]
    unused: Decimal

    @property
    def overdue(self) -> Decimal:
        return sum((amount for _, amount in self.past_due), Decimal(0))

    @property
    def open(self) -> Decimal:
        return self.current + self.overdue

    @property
    def balance(self) -> Decimal:
        """What is owed in all: it equals the last balance of a statement of that day."""
        return self.open - self.unused


def ageing(invoices: InvoiceQuerySet, payments: PaymentQuerySet, on: date) -> Ageing:
    """Return what was open at the end of the day ``on``, in three queries."""
    filters = {"current": Q(due_on__gte=on)}
    for _, first, last in _AGES:
        filters[f"from_{first}"] = Q(due_on__lte=on - timedelta(days=first))
        if last:
            filters[f"from_{first}"] &= Q(due_on__gte=on - timedelta(days=last))
    sums = {name: Sum("open_amount", filter=condition) for name, condition in filters.items()}
    found = invoices.to_pay(on=on).order_by().aggregate(**sums)
    deposits = payments.came_in().filter(received_on__lte=on).with_unused(on=on).aggregate(sum=Sum("unused"))["sum"]
    notes = invoices.issued().credit_notes().filter(issued_on__lte=on).with_open_amount(on=on)
    credit = notes.aggregate(sum=Sum("open_amount"))["sum"]
    zero = Decimal(0)
    return Ageing(
        current=found["current"] or zero,
        past_due=tuple((name, found[f"from_{first}"] or zero) for name, first, _ in _AGES),
        unused=(deposits or zero) + (credit or zero),
    )


@dataclass(frozen=True)
class Statement:
    """How an account stood at the end of the day ``on``, with every line since ``since`` or, where only what was open
    is shown, every open invoice with what was left of it.
    """

    on: date
    since: date
    only_open: bool
    opening: Decimal
    lines: list[Movement]
    ageing: Ageing

    @property
    def closing(self) -> Decimal:
        return self.ageing.balance

    @property
    def standing(self) -> str:
        """Whose the balance is: "To pay" or "In your favour", which stand before `amount`."""
        return "To pay" if self.closing >= 0 else "In your favour"

    @property
    def amount(self) -> Decimal:
        """The balance without its sign, which `standing` says."""
        return abs(self.closing)


def statement(
    invoices: InvoiceQuerySet, payments: PaymentQuerySet, *, since: date, on: date, only_open: bool
) -> Statement:
    """Return the statement of a day, past or present."""
    if only_open:
        opening, lines = Decimal(0), list(_with_balances(Decimal(0), _open_rows(invoices, on)))
    else:
        opening = balance_before(invoices, payments, since)
        rows = movements(invoices, payments, since=since, until=on).order_by("day", "created_at", "shown_number")
        lines = list(_with_balances(opening, rows.iterator()))
    return Statement(
        on=on, since=since, only_open=only_open, opening=opening, lines=lines, ageing=ageing(invoices, payments, on)
    )


def _open_rows(invoices: InvoiceQuerySet, on: date) -> Iterator[tuple]:
    for one in invoices.to_pay(on=on).iterator():
        yield one.issued_on, one.kind, one.number, f"Due {one.due_on:%-d %b %Y}", one.open_amount, one.uuid


def _with_balances(balance: Decimal, rows: Iterable[tuple]) -> Iterator[Movement]:
    for row in rows:
        balance += row[4]
        yield as_movement(row, balance)


def _documents(invoices: InvoiceQuerySet, since: date | None, until: date | None) -> InvoiceQuerySet:
    month = Func(F("period_start"), Value("FMMonth YYYY"), function="to_char", output_field=CharField())
    found = invoices.annotate(
        day=F("issued_on"),
        shown_number=F("number"),
        shown_uuid=F("uuid"),
        shown_words=month,
        signed=_signed("total", is_owed=Q(kind=Invoice.Kind.INVOICE)),
    )
    return _between(found, since, until)


def _money(payments: PaymentQuerySet, since: date | None, until: date | None) -> PaymentQuerySet:
    # As `Payment.receipt_number` says it.
    receipt = Upper(Left(Replace(Cast("uuid", CharField()), Value("-"), Value("")), 8))
    found = payments.annotate(
        day=F("received_on"),
        receipt=receipt,
        shown_number=receipt,
        shown_uuid=Coalesce("returns__uuid", "uuid"),
        shown_words=F("reference"),
        signed=_signed("amount", is_owed=Q(kind=Payment.Kind.RETURN)),
    )
    return _between(found, since, until)


def _signed(column: str, *, is_owed: Q) -> Case:
    number = DecimalField(max_digits=14, decimal_places=2)
    return Case(When(is_owed, then=F(column)), default=-F(column), output_field=number)


def _between(rows: QuerySet, since: date | None, until: date | None) -> QuerySet:
    rows = rows if since is None else rows.filter(day__gte=since)
    return rows if until is None else rows.filter(day__lte=until)
