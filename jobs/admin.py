"""Work as platform staff sees it: to read, and to try again what was given up."""

from django.contrib import admin
from django.utils import timezone

from jobs.models import Job


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    list_display = ("kind", "subject_id", "state", "attempts", "not_before", "finished_at", "failure")
    list_filter = ("state", "kind", "queue")
    ordering = ("-id",)
    actions = ("try_again",)
    show_full_result_count = False

    @admin.action(description="Try again what was given up")
    def try_again(self, request, queryset) -> None:
        count = queryset.filter(state=Job.State.QUARANTINED).update(
            state=Job.State.QUEUED, attempts=0, rings=0, rung_at=None, finished_at=None, not_before=timezone.now()
        )
        self.message_user(request, f"{count} will be tried again.")

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return request.method in ("GET", "HEAD") or "action" in request.POST

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
