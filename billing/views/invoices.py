"""One invoice or credit note: on screen, on paper, by mail."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from billing.actions.accounts import people_billing_is_open_for
from billing.actions.invoices import email_invoice
from billing.actions.seats import SEAT_RULE, day_of
from billing.forms.invoices import EmailForm
from billing.invoice_pdf import draw_invoice
from billing.models import Invoice
from billing.models.invoice import InvoiceQuerySet
from billing.models.standing import standing_of


@partner_page(Can.SEE_INVOICES)
@require_safe
def invoice_detail(request: PartnerRequest, invoice_uuid: UUID) -> HttpResponse:
    """Show an issued invoice or credit note with its lines and how it stands."""
    found = _visible(request).with_standing().select_related("credits").prefetch_related("lines")
    invoice = get_object_or_404(found, uuid=invoice_uuid)
    context = {
        "invoice": invoice,
        "standing": standing_of(invoice, day_of(timezone.now())),
        "credit_notes": _visible(request).filter(credits=invoice).newest_first(),
        "bank": settings.BILLING_BANK,
        "rule": SEAT_RULE,
    }
    return render(request, "billing/invoice_detail.html", context)


@partner_page(Can.SEE_INVOICES)
@require_safe
def invoice_pdf(request: PartnerRequest, invoice_uuid: UUID) -> HttpResponse:
    """Hand out an issued invoice or credit note as a PDF."""
    found = _visible(request).select_related("credits").prefetch_related("lines")
    invoice = get_object_or_404(found, uuid=invoice_uuid)
    answer = HttpResponse(draw_invoice(invoice, bank=settings.BILLING_BANK), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{invoice.get_kind_display()} {invoice.number}.pdf"'
    return answer


@partner_page(Can.SEE_INVOICES)
def invoice_email(request: PartnerRequest, invoice_uuid: UUID) -> HttpResponse:
    """Ask to whom an invoice is sent, and send it."""
    invoice = get_object_or_404(_visible(request).select_related("partner"), uuid=invoice_uuid)
    form = EmailForm(
        request.POST if request.method == "POST" else None,
        people=people_billing_is_open_for(invoice.partner),
        initial={"people": [request.membership.uuid]},
    )
    if request.method == "POST" and form.is_valid():
        people = list(form.cleaned_data["people"])
        email_invoice(invoice=invoice, people=people, actor=request.user, now=timezone.now())
        names = ", ".join(member.user.full_name for member in people)
        messages.success(request, f"{invoice.get_kind_display()} {invoice.number} is on its way to {names}.")
        return redirect(invoice)
    return render(
        request, "billing/invoice_email.html", {"invoice": invoice, "form": form}, status=422 if form.errors else 200
    )


def _visible(request: PartnerRequest) -> InvoiceQuerySet:
    return Invoice.objects.visible_to(request.membership)
