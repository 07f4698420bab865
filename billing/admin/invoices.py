"""Invoices and credit notes: looked at as partners will see them, issued, credited; never changed."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from accounts.read_only_admin import ReadOnlyAdmin
from billing.actions.credit_notes import CannotBeCredited, credit_invoice
from billing.actions.drafts import NotBilled, draft_invoice
from billing.actions.invoices import CannotBeIssued, issue_invoice
from billing.forms.credit_notes import CreditForm
from billing.models import Invoice
from billing.money_words import amount_words
from billing.months import Month


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """All of them, drafts first. Opening one shows what its partner sees or will see."""

    list_display = ("__str__", "partner", "kind", "state", "month", "amount", "issued_on", "due_on")
    list_filter = ("state", "kind", "period_start")
    list_select_related = ("partner",)
    search_fields = ("number", "partner__name")
    ordering = ("state", "-issued_on", "-pk")
    actions = ("issue", "draft_anew")

    def get_urls(self) -> list:
        credit = self.admin_site.admin_view(self.credit_view)
        return [path("<int:invoice_id>/credit/", credit, name="billing_invoice_credit"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """Show the document instead of a form of its columns."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        invoice = get_object_or_404(self._documents(), pk=_number(object_id))
        may = self.has_issue_permission(request)
        is_draft = invoice.state == Invoice.State.DRAFT
        context = {
            "invoice": invoice,
            "may_issue": may and is_draft,
            "may_credit": may and not is_draft and invoice.kind == Invoice.Kind.INVOICE and bool(invoice.net),
        }
        return self._page(request, "admin/billing/invoice_desk.html", str(invoice).capitalize(), context)

    def credit_view(self, request: HttpRequest, invoice_id: int) -> HttpResponse:
        """Ask what is taken back of an invoice and why, and issue the credit note."""
        if not self.has_issue_permission(request):
            raise PermissionDenied
        invoice = get_object_or_404(self._documents().issued().invoices(), pk=invoice_id)
        form = CreditForm(request.POST if request.method == "POST" else None, invoice=invoice)
        if request.method == "POST" and form.is_valid():
            typed = {name: form.cleaned_data[name] for name in ("reason", "seen")} | {"amounts": form.amounts}
            try:
                note = credit_invoice(invoice=invoice, **typed, actor=request.user, now=timezone.now())
            except CannotBeCredited as problem:
                form.add_error(None, str(problem))
                # Who has read why may go on from what there is by now.
                form.data = form.data.dict() | {"seen": invoice.credit_notes.count()}
            else:
                self.message_user(request, f"Credit note {note.number} is issued.", messages.SUCCESS)
                return redirect("admin:billing_invoice_change", note.pk)
        context = {"invoice": invoice, "form": form}
        return self._page(request, "admin/billing/invoice_credit.html", f"Credit invoice {invoice.number}", context)

    @admin.action(description="Issue these drafts…", permissions=["issue"])
    def issue(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> HttpResponse | None:
        """Ask once more, since what is issued never changes; then give each its number."""
        drafts = queryset.filter(state=Invoice.State.DRAFT).select_related("partner").order_by("partner__name", "pk")
        if "confirmed" not in request.POST:
            context = {"drafts": drafts, "chosen": queryset}
            return self._page(request, "admin/billing/invoice_issue.html", "Issue invoices", context)
        issued = []
        for draft in drafts:
            try:
                issued.append(issue_invoice(invoice=draft, actor=request.user, now=timezone.now()).number)
            except CannotBeIssued as problem:
                self.message_user(request, f"{draft.partner}: {problem}", messages.ERROR)
        self.message_user(request, f"Issued: {', '.join(issued) or 'none'}.", messages.SUCCESS)
        return redirect(reverse("admin:billing_invoice_changelist"))

    @admin.action(description="Draft these anew", permissions=["issue"])
    def draft_anew(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> None:
        anew = 0
        for draft in queryset.filter(state=Invoice.State.DRAFT).select_related("partner"):
            month = Month(draft.period_start)
            try:
                found = draft_invoice(partner=draft.partner, month=month, actor=request.user, now=timezone.now())
            except NotBilled as problem:
                self.message_user(request, f"{draft.partner}: {problem} The draft is as it was.", messages.WARNING)
            else:
                anew += found.state == Invoice.State.DRAFT
        self.message_user(request, f"Made anew: {anew} of {queryset.count()}.", messages.SUCCESS)

    @admin.display(description="For", ordering="period_start")
    def month(self, invoice: Invoice) -> str:
        return str(Month(invoice.period_start))

    @admin.display(description="Total", ordering="total")
    def amount(self, invoice: Invoice) -> str:
        return amount_words(invoice.total, invoice.currency)

    def has_view_permission(self, request: HttpRequest, obj: Invoice | None = None) -> bool:
        return request.user.is_staff and request.user.has_perm("billing.view_invoice")

    def has_issue_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_invoice")

    def _documents(self):
        return Invoice.objects.select_related("partner", "credits").prefetch_related("lines")

    def _page(self, request: HttpRequest, template: str, title: str, context: dict) -> HttpResponse:
        frame = self.admin_site.each_context(request)
        return TemplateResponse(request, template, {**frame, "opts": self.opts, "title": title, **context})


def _number(object_id: str) -> int:
    return int(object_id) if object_id.isascii() and object_id.isdecimal() and len(object_id) < 19 else 0
