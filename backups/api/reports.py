"""The history of a client's backup status."""

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.api_pages import ListView, PageFilters
from accounts.scopes import Scope
from backups.models import Report
from organizations.api import client_of
from organizations.models.organization import BackupStatus


class ReportSerializer(serializers.Serializer):
    """How a client stood at one moment: a report, which never changes."""

    id = serializers.UUIDField(source="uuid")
    at = serializers.DateTimeField(source="generated_at")
    backup_status = serializers.ChoiceField(BackupStatus.choices, source="status")
    note = serializers.CharField(help_text="In a sentence, what a status other than SUCCESS is made of.")
    accounts = serializers.IntegerField(help_text="Users, sites and teams in the report.")
    objects_kept = serializers.IntegerField()
    bytes_kept = serializers.IntegerField(help_text="As the source has them, before they were made smaller.")
    open_failures = serializers.IntegerField()


class BackupStatusFilters(PageFilters):
    """Which reports."""

    backup_status = serializers.ChoiceField(BackupStatus.choices, required=False)
    to = serializers.DateTimeField(required=False, help_text="Taken before this moment.")

    def get_fields(self) -> dict:
        """Add `from`, which cannot be the name of an attribute."""
        begin = serializers.DateTimeField(required=False, help_text="Taken at this moment or later.")
        return {**super().get_fields(), "from": begin}


class BackupStatusList(ListView):
    """The reports of one client, newest first."""

    scope = Scope.CLOUD_BACKUP
    serializer_class = ReportSerializer
    filters = BackupStatusFilters
    newest_first = True

    def get_queryset(self) -> QuerySet[Report]:
        """Return the reports that fit the filters."""
        asked = self.asked()
        chosen = {
            "status": asked.get("backup_status"),
            "generated_at__gte": asked.get("from"),
            "generated_at__lt": asked.get("to"),
        }
        reports = Report.objects.visible_to(self.request.auth)
        return reports.filter(
            organization=client_of(self.request, self.kwargs["client_uuid"]),
            **{name: value for name, value in chosen.items() if value},
        )
