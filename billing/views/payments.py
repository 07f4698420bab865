"""Making a payment: the form, the way to Stripe's page, and what became of it."""

from decimal import Decimal
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import PartnerRequest, partner_page
from accounts.htmx import wants_part
from accounts.roles import Can
from billing import books, cards
from billing.actions.card_payments import ask_soon, leave_unpaid, payment_page, start_card_payment, what_for
from billing.actions.deposits import use_deposits_now
from billing.cards import CardProblem, StripeBusy
from billing.forms.payments import PaymentForm
from billing.models import Payment
from billing.money_words import amount_words
from billing.views.accounts import Books, books_of
from billing.views.invoice_rows import InvoiceRow, invoice_row


@partner_page(Can.SEE_INVOICES)
@vary_on_headers("HX-Request")
def payment_create(request: PartnerRequest) -> HttpResponse:
    """Choose invoices or an amount, and go to Stripe's page to pay it."""
    mine = books_of(request)
    rows = _rows(mine)
    if wants_part(request):
        form = PaymentForm(request.GET, to_pay=mine.invoices.to_pay())
        return render(request, "billing/_payment_total.html", {"total": form.total, "currency": mine.currency})
    if request.method == "POST":
        if mine.account is None or not cards.is_set_up():
            raise Http404
        form = PaymentForm(request.POST, to_pay=mine.invoices.to_pay())
        if form.is_valid():
            try:
                return HttpResponseRedirect(_start(request, mine, form))
            except CardProblem as problem:
                form.add_error(None, f"{problem} Nothing was charged.")
                # The payment that failed keeps what the form carried; the next try is another one.
                form.data = form.data.copy()
                form.data["submission"] = str(uuid4())
        elif made := mine.payments.filter(submission=form.cleaned_data.get("submission")).first():
            # Sent once more after it was paid: what it would pay is open no longer.
            return redirect(made)
    else:
        form = PaymentForm(to_pay=mine.invoices.none())
    return _form_page(request, mine, form, rows)


@partner_page(Can.SEE_INVOICES)
@vary_on_headers("HX-Request")
def payment_detail(request: PartnerRequest, payment_uuid: UUID) -> HttpResponse:
    """Show what became of a payment. The address somebody comes back to proves nothing: until Stripe has told, the page
    says that it waits, and asks.
    """
    payment = _payment(request, payment_uuid)
    if payment.is_pending and payment.stripe_session_id and "back" in request.GET and not wants_part(request):
        with transaction.atomic():
            ask_soon(payment, now=timezone.now(), key=f"payment-back-{payment.pk}")
    paid = payment.allocations.counting().select_related("invoice").order_by("id")
    context = {
        "payment": payment,
        "what": what_for(payment),
        "paid": list(paid),
        "unused": Payment.objects.filter(pk=payment.pk).with_unused().get().unused if payment.is_received else None,
        "returned": list(payment.returned.order_by("id")),
        "came_back": "back" in request.GET,
        "has_left": "left" in request.GET,
    }
    template = "billing/_payment_body.html" if wants_part(request) else "billing/payment_detail.html"
    return may_lead_to_stripe(render(request, template, context))


@require_POST
@partner_page(Can.SEE_INVOICES)
def payment_continue(request: PartnerRequest, payment_uuid: UUID) -> HttpResponse:
    """Go back to Stripe's page of a payment that waits."""
    payment, mine = _payment(request, payment_uuid), books_of(request)
    if not payment.is_pending or mine.account is None:
        return redirect(payment)
    try:
        return HttpResponseRedirect(payment_page(payment=payment, account=mine.account))
    except CardProblem as problem:
        messages.error(request, str(problem))
        return redirect(payment)


@require_POST
@partner_page(Can.SEE_INVOICES)
def payment_cancel(request: PartnerRequest, payment_uuid: UUID) -> HttpResponse:
    """Close Stripe's page of a payment that waits."""
    payment = _payment(request, payment_uuid)
    if payment.is_pending and payment.stripe_session_id:
        try:
            leave_unpaid(payment=payment, now=timezone.now())
        except CardProblem as problem:
            messages.error(request, f"{problem} The payment still waits.")
    return redirect(payment)


@require_POST
@partner_page(Can.SEE_INVOICES)
def deposit_use(request: PartnerRequest) -> HttpResponse:
    """Let deposits and credit pay what is open."""
    mine = books_of(request)
    if mine.account is None:
        raise Http404
    used = use_deposits_now(partner=request.membership.partner, actor=request.user, now=timezone.now())
    if used:
        messages.success(request, f"{amount_words(used, mine.currency)} of the deposit paid what was due first.")
    return redirect("billing:overview")


def _start(request: PartnerRequest, mine: Books, form: PaymentForm) -> str:
    """Return the address to go on to: Stripe's page, or the payment that the same form has started already."""
    values = form.cleaned_data
    payment = start_card_payment(
        membership=request.membership, account=mine.account, amount=values["total"],
        invoices=list(values["invoices"]), saves_card=values["save_card"], makes_default=values["make_default"],
        wants_receipt="email" in request.POST, submission=values["submission"], now=timezone.now(),
    )  # fmt: skip
    if not payment.is_pending:
        return payment.get_absolute_url()
    try:
        return payment_page(payment=payment, account=mine.account)
    except StripeBusy:
        # The other one of two clicks opens the page; from the payment's own one goes on there.
        return payment.get_absolute_url()


def _form_page(request: PartnerRequest, mine: Books, form: PaymentForm, rows: list[InvoiceRow]) -> HttpResponse:
    on_their_way = {uuid for one in mine.payments.pending() for uuid in one.meant_for}
    chosen = set(form.data.getlist("invoices")) if form.is_bound else _proposed(request, rows) - on_their_way
    context = {
        "form": form,
        "account": mine.account,
        "currency": mine.currency,
        "rows": [(row, str(row.invoice.uuid) in chosen, str(row.invoice.uuid) in on_their_way) for row in rows],
        "total": form.total if form.is_bound else _sum_of(rows, chosen),
        "unused": books.ageing(mine.invoices, mine.payments, mine.today).unused,
        "cards_are_set_up": cards.is_set_up(),
        "bank": settings.BILLING_BANK,
        "email": request.user.email,
    }
    response = render(request, "billing/payment_create.html", context, status=422 if form.errors else 200)
    return may_lead_to_stripe(response)


def _rows(mine: Books) -> list[InvoiceRow]:
    open_ones = mine.invoices.invoices().with_standing().filter(open_amount__gt=0).order_by("due_on", "id")
    return [invoice_row(invoice, mine.today) for invoice in open_ones]


def _proposed(request: PartnerRequest, rows: list[InvoiceRow]) -> set[str]:
    """Return which invoices are ticked at first: the one that was asked for, or those that are overdue."""
    asked = request.GET.get("invoice")
    return {asked} if asked else {str(row.invoice.uuid) for row in rows if row.standing.code == "OVERDUE"}


def _sum_of(rows: list[InvoiceRow], chosen: set[str]) -> Decimal:
    return sum((row.invoice.open_amount for row in rows if str(row.invoice.uuid) in chosen), Decimal(0))


def _payment(request: PartnerRequest, payment_uuid: UUID) -> Payment:
    own = Payment.objects.visible_to(request.membership).exclude(kind=Payment.Kind.RETURN)
    return get_object_or_404(own, uuid=payment_uuid)


def may_lead_to_stripe(response: HttpResponse) -> HttpResponse:
    """Return the page with leave for its forms to end at Stripe: browsers hold redirects against its policy too."""
    place = urlsplit(settings.STRIPE_PAGES)
    response.forms_may_lead_to = f"{place.scheme}://{place.netloc}"
    return response
