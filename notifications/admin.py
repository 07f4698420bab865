"""The outbox as platform staff sees it: that a mail was sent, never what it said."""

from django.contrib import admin

from notifications.models import OutgoingEmail


@admin.register(OutgoingEmail)
class OutgoingEmailAdmin(admin.ModelAdmin):
    list_display = ("created_at", "kind", "to", "state", "sent_at", "failure")
    list_filter = ("state", "kind")
    search_fields = ("to",)
    ordering = ("-created_at",)
    fields = ("kind", "to", "subject", "state", "failure", "created_at", "sent_at", "message_id")
    readonly_fields = fields
    show_full_result_count = False

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return request.method in ("GET", "HEAD")

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
