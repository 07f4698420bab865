"""Client organizations as platform staff sees them: that they exist, whose they are, and whether we may read them."""

from django.contrib import admin

from accounts.read_only_admin import ReadOnlyAdmin
from organizations.models import Connection, Organization, SourceApp, SourceCredential


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    list_display = ("name", "client_id", "partner", "city", "country", "connection_state", "domain", "created_at")
    list_filter = ("connection_state", "is_simulated", "partner")
    search_fields = ("name", "domain", "partner__name")
    list_select_related = ("partner",)


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    list_display = ("organization", "state", "tenant_name", "is_simulated", "discovery", "discovered_at")
    list_filter = ("state", "discovery", "is_simulated")
    search_fields = ("organization__name", "tenant_name", "tenant_id")
    list_select_related = ("organization",)


class SourceCredentialInline(admin.TabularInline):
    """The credentials of an app: kind, fingerprint and end; never what they hold."""

    model = SourceCredential
    fields = readonly_fields = ("kind", "hint", "added_at", "expires_at", "retired_at")
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


@admin.register(SourceApp)
class SourceAppAdmin(ReadOnlyAdmin):
    list_display = ("service", "purpose", "client_id", "created_at")
    inlines = (SourceCredentialInline,)
