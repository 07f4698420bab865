"""How partners are billed, and who is not and why."""

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone

from accounts.models import Partner
from billing.actions.drafts import NotBilled, draft_invoice, why_not_billed
from billing.actions.plans import has_money, save_account
from billing.actions.seats import day_of
from billing.admin.currencies import KeepsCurrency
from billing.forms.months import MonthForm
from billing.forms.plans import AccountForm
from billing.models import BillingAccount, Invoice
from billing.months import Month

_PAGE_SIZE = 100
_DRAFTED = "A draft waits to be issued."


@admin.register(BillingAccount)
class BillingAccountAdmin(KeepsCurrency, admin.ModelAdmin):
    """One for each partner that is billed. Its currency stays once something was issued, paid or subscribed."""

    form = AccountForm
    list_display = ("partner", "currency", "tax_name", "tax_rate", "payment_days", "is_billed")
    list_filter = ("is_billed", "currency")
    list_select_related = ("partner",)
    search_fields = ("partner__name", "tax_number")
    ordering = ("partner__name",)
    actions = ("draft_last_month", "draft_month")

    def get_readonly_fields(self, request, obj: BillingAccount | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("partner", "currency") if has_money(obj.partner) else ("partner",)

    def save_model(self, request, obj, form, change) -> None:
        save_account(account=obj, changed=form.changed_data, actor=request.user, now=timezone.now())

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def get_urls(self) -> list:
        unbilled = self.admin_site.admin_view(self.unbilled_view)
        return [path("unbilled/", unbilled, name="billing_unbilled"), *super().get_urls()]

    def unbilled_view(self, request: HttpRequest) -> HttpResponse:
        """List the partners that have no invoice for the month before this one, and why."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        month = Month.holding(day_of(timezone.now())).before
        of_month = Invoice.objects.invoices().filter(period_start=month.first)
        billed = of_month.issued().values("partner")
        # The clock issues no draft of a partner that is switched off; staff may.
        drafted = set(of_month.filter(partner__is_active=True).values_list("partner", flat=True))
        # Of those that are switched off only who was a customer; the others never were to be billed.
        shown = Partner.objects.filter(Q(is_active=True) | Q(billing_account__isnull=False))
        partners = shown.exclude(pk__in=billed).order_by("name")
        page = Paginator(partners, _PAGE_SIZE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Without an invoice for {month}",
            "rows": [(partner, _DRAFTED if partner.pk in drafted else _why(partner, month)) for partner in page],
            "has_seller": bool(settings.BILLING_SELLER),
            "page": page,
        }
        return TemplateResponse(request, "admin/billing/unbilled.html", context)

    @admin.action(description="Draft last month's invoices, or draft them anew", permissions=["change"])
    def draft_last_month(self, request: HttpRequest, queryset: QuerySet[BillingAccount]) -> None:
        self._draft(request, queryset, Month.holding(day_of(timezone.now())).before)

    @admin.action(description="Draft the invoices of an older month…", permissions=["change"])
    def draft_month(self, request: HttpRequest, queryset: QuerySet[BillingAccount]) -> HttpResponse | None:
        """Ask which month, and draft it."""
        today = day_of(timezone.now())
        form = MonthForm(request.POST if "month" in request.POST else None, today=today)
        if form.is_valid():
            self._draft(request, queryset, form.cleaned_data["month"])
            return None
        frame = self.admin_site.each_context(request)
        context = {"opts": self.opts, "title": "Draft the invoices of an older month", "form": form, "chosen": queryset}
        return TemplateResponse(
            request, "admin/billing/draft_month.html", {**frame, **context}, status=422 if form.errors else 200
        )

    def _draft(self, request: HttpRequest, accounts: QuerySet[BillingAccount], month: Month) -> None:
        now, drafted = timezone.now(), 0
        for account in accounts.select_related("partner"):
            try:
                invoice = draft_invoice(partner=account.partner, month=month, actor=request.user, now=now)
            except NotBilled as problem:
                self.message_user(request, f"{account.partner}: {problem}", messages.WARNING)
            else:
                if invoice.state == Invoice.State.ISSUED:
                    words = f"{account.partner}: {month} was issued already, as {invoice.number}."
                    self.message_user(request, words, messages.WARNING)
                else:
                    drafted += 1
        self.message_user(request, f"Drafted for {month}: {drafted}.", messages.SUCCESS)


def _why(partner: Partner, month: Month) -> str:
    return why_not_billed(partner, month) or "It will be drafted within the next minutes."
