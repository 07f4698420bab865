"""People and companies as platform staff sees them. Content of clients has no page here, on purpose."""

from django.contrib import admin, messages
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.actions.api_keys import revoke_api_key
from accounts.actions.members import open_billing
from accounts.models import ApiKey, AuditEntry, Membership, Partner, User
from accounts.read_only_admin import ReadOnlyAdmin


@admin.register(Partner)
class PartnerAdmin(admin.ModelAdmin):
    list_display = ("name", "city", "country", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name",)
    fields = ("name", "address", "postal_code", "city", "country", "phone", "time_zone", "accent_colour", "is_active")

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request, obj, form, change) -> None:
        super().save_model(request, obj, form, change)
        audit.record(
            "partner.edited" if change else "partner.created",
            partner_id=obj.pk,
            actor=request.user,
            target=obj,
            at=timezone.now(),
            details={"fields": form.changed_data, "by": "platform staff"},
        )


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("email", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    fields = (
        "email", "first_name", "last_name", "time_zone", "is_active", "is_staff", "created_at", "last_login",
        "codes_locked_until",
    )  # fmt: skip
    readonly_fields = fields


class BillingFilter(admin.SimpleListFilter):
    title = "billing"
    parameter_name = "billing"

    def lookups(self, request, model_admin):
        return [("requested", "Requested, not open"), ("open", "Open")]

    def queryset(self, request, queryset):
        if self.value() == "requested":
            return queryset.filter(billing_requested_at__isnull=False, billing_opened_at=None)
        if self.value() == "open":
            return queryset.filter(billing_opened_at__isnull=False)
        return queryset


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Read, and open billing for Accountants."""

    list_display = ("id", "user", "partner", "organization", "role", "joined_at", "billing_state")
    list_filter = (BillingFilter, "role")
    search_fields = ("user__email", "user__last_name", "partner__name")
    list_select_related = ("user", "partner", "organization")
    ordering = ("-id",)
    actions = ("open_billing",)

    @admin.display(description="Billing")
    def billing_state(self, membership: Membership) -> str:
        if membership.billing_opened_at:
            return "Open"
        return f"Requested by {membership.billing_requested_by}" if membership.billing_requested_at else "–"

    @admin.action(description="Open billing for these Accountants")
    def open_billing(self, request, queryset) -> None:
        opened = 0
        for membership in queryset.filter(role="ACCOUNTANT", billing_opened_at=None):
            open_billing(membership=membership, actor=request.user, now=timezone.now())
            opened += 1
        self.message_user(request, f"Billing is open for {opened} more.", messages.SUCCESS)

    def has_view_permission(self, request, obj=None) -> bool:
        return request.user.is_staff and request.user.has_perm("accounts.view_membership")


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Read, and revoke a key that is in the wrong hands when nobody at the company can."""

    list_display = ("handle", "name", "partner", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("partner",)
    search_fields = ("handle", "name", "partner__name")
    ordering = ("-id",)
    fields = (
        "handle", "name", "partner", "scopes", "sees_every_organization", "created_at", "created_by", "expires_at",
        "last_used_at", "last_used_from", "revoked_at", "revoked_by",
    )  # fmt: skip
    actions = ("revoke",)

    @admin.action(description="Revoke these keys")
    def revoke(self, request, queryset) -> None:
        for key in queryset:
            revoke_api_key(key=key, actor=request.user, now=timezone.now())
        self.message_user(request, "The keys are revoked.", messages.SUCCESS)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "chain", "number", "actor", "action", "target", "address")
    list_filter = ("action",)
    list_select_related = ("chain__partner",)
    search_fields = ("actor", "target")
    ordering = ("-at", "-number")
