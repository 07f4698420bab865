"""Payments: looked at, bank transfers written down, money taken back; never changed."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from accounts.read_only_admin import ReadOnlyAdmin
from billing.actions.returns import MoreThanCameIn, return_payment
from billing.actions.transfers import forecast, record_transfer
from billing.forms.transfers import ReturnForm, TransferForm
from billing.models import Payment
from billing.money_words import amount_words


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """All of them, the newest first. Money that was written down by mistake is taken back, with a reason."""

    list_display = ("receipt_number", "partner", "kind", "state", "money", "received_on", "reference", "made_by_name")
    list_filter = ("kind", "state", "received_on")
    list_select_related = ("partner",)
    search_fields = ("partner__name", "reference", "stripe_intent_id", "stripe_session_id")
    ordering = ("-created_at", "-pk")
    fields = readonly_fields = (
        "receipt_number", "partner", "kind", "state", "money", "received_on", "reference", "pays", "unused", "returns",
        "made_by_name", "created_at", "failure", "stripe_session_id", "stripe_intent_id",
    )  # fmt: skip
    view_on_site = False
    change_form_template = "admin/billing/payment_desk.html"

    def get_urls(self) -> list:
        wrap = self.admin_site.admin_view
        return [
            path("transfer/", wrap(self.transfer_view), name="billing_payment_transfer"),
            path("<int:payment_id>/return/", wrap(self.return_view), name="billing_payment_return"),
            *super().get_urls(),
        ]

    def transfer_view(self, request: HttpRequest) -> HttpResponse:
        """Write down a bank transfer: first show what it would pay, then do it."""
        if not self._may_write(request):
            raise PermissionDenied
        form = TransferForm(request.POST if request.method == "POST" else None)
        plan = None
        if request.method == "POST" and form.is_valid():
            values = form.cleaned_data
            if "confirmed" in request.POST:
                payment = record_transfer(**values, actor=request.user, now=timezone.now())
                words = f"{amount_words(payment.amount, payment.currency)} of {payment.partner} is written down."
                self.message_user(request, words, messages.SUCCESS)
                return redirect("admin:billing_payment_change", payment.pk)
            plan = forecast(partner=values["partner"], amount=values["amount"], invoices=values["invoices"])
        return self._page(request, "admin/billing/transfer.html", "Write down a bank transfer", form, plan=plan)

    def return_view(self, request: HttpRequest, payment_id: int) -> HttpResponse:
        """Ask how much of a payment is taken back and why, and write that down."""
        if not self._may_write(request):
            raise PermissionDenied
        came_in = Payment.objects.came_in().select_related("partner")
        payment = get_object_or_404(came_in, pk=payment_id)
        form = ReturnForm(request.POST if request.method == "POST" else None, initial={"amount": payment.amount})
        if request.method == "POST" and form.is_valid():
            try:
                return_payment(payment=payment, **form.cleaned_data, actor=request.user, now=timezone.now())
            except MoreThanCameIn as problem:
                form.add_error("amount", str(problem))
            else:
                self.message_user(request, "It is taken back. What it had paid is open again.", messages.SUCCESS)
                return redirect("admin:billing_payment_change", payment.pk)
        return self._page(request, "admin/billing/payment_return.html", "Take money back", form, payment=payment)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """Show one payment, with the way to take it back."""
        return super().change_view(request, object_id, form_url, {"may_write": self._may_write(request)})

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """List payments, with the way to write one down."""
        return super().changelist_view(request, {"may_write": self._may_write(request)})

    @admin.display(description="Amount", ordering="amount")
    def money(self, payment: Payment) -> str:
        return amount_words(payment.amount, payment.currency)

    @admin.display(description="Pays")
    def pays(self, payment: Payment) -> str:
        paid = payment.allocations.counting().select_related("invoice").order_by("id")
        return ", ".join(f"{one.invoice.number} {amount_words(one.amount, payment.currency)}" for one in paid) or "–"

    @admin.display(description="Deposit")
    def unused(self, payment: Payment) -> str:
        found = Payment.objects.came_in().filter(pk=payment.pk).with_unused().first()
        return amount_words(found.unused, payment.currency) if found else "–"

    def has_view_permission(self, request: HttpRequest, obj: Payment | None = None) -> bool:
        return request.user.is_staff and request.user.has_perm("billing.view_payment")

    def _may_write(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm("billing.add_payment")

    def _page(self, request: HttpRequest, template: str, title: str, form, **context) -> HttpResponse:
        frame = self.admin_site.each_context(request)
        context = {**frame, "opts": self.opts, "title": title, "form": form, **context}
        return TemplateResponse(request, template, context, status=422 if form.errors else 200)
