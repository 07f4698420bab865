"""Plans and who has them. Neither is ever deleted: a plan is no longer offered, a subscription ends."""

from django.contrib import admin
from django.utils import timezone

from billing.actions.plans import end_subscription, save_plan, subscribe
from billing.admin.currencies import KeepsCurrency
from billing.forms.plans import PlanForm, SubscriptionForm
from billing.models import Plan, Subscription


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin):
    """Prices. Once a partner has had a plan, only whether it is offered can change."""

    form = PlanForm
    list_display = ("name", "product", "seat_price", "currency", "is_offered")
    list_filter = ("is_offered", "product", "currency")
    search_fields = ("name",)
    ordering = ("name",)

    def get_readonly_fields(self, request, obj: Plan | None = None) -> tuple[str, ...]:
        return ("name", "product", "currency", "seat_price") if obj and obj.subscriptions.exists() else ()

    def save_model(self, request, obj, form, change) -> None:
        save_plan(plan=obj, actor=request.user, now=timezone.now())

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Subscription)
class SubscriptionAdmin(KeepsCurrency, admin.ModelAdmin):
    """Which partner has which plan. A subscription that began can only be ended."""

    form = SubscriptionForm
    list_display = ("partner", "plan", "starts_on", "ends_on")
    list_filter = ("plan",)
    list_select_related = ("partner", "plan")
    search_fields = ("partner__name",)
    ordering = ("-starts_on", "-pk")

    def get_readonly_fields(self, request, obj: Subscription | None = None) -> tuple[str, ...]:
        return ("partner", "plan", "starts_on") if obj else ()

    def save_model(self, request, obj, form, change) -> None:
        if change:
            end_subscription(subscription=obj, ends_on=obj.ends_on, actor=request.user, now=timezone.now())
        else:
            subscribe(subscription=obj, actor=request.user, now=timezone.now())

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
