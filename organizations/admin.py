"""Client organizations as platform staff sees them: that they exist, and whose they are."""

from django.contrib import admin

from organizations.models import Organization


@admin.register(Organization)
class OrganizationAdmin(admin.ModelAdmin):
    list_display = ("name", "partner", "city", "country", "created_at")
    list_filter = ("partner",)
    search_fields = ("name", "partner__name")
    list_select_related = ("partner",)
    show_full_result_count = False

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
