"""A page of Django admin on which nothing can be changed."""

from django.contrib import admin


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that platform staff may look at and nobody may add, change or delete here."""

    show_full_result_count = False

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
