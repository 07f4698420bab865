"""What programs read about clients."""

from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_pages import ListView, PageFilters
from accounts.api_views import ApiView
from accounts.scopes import Scope
from organizations.models import Organization
from organizations.models.connection import Service
from organizations.models.organization import BackupStatus, ConnectionState


class CoverageSerializer(serializers.Serializer):
    """How many could be protected, and how many are."""

    eligible = serializers.IntegerField()
    protected = serializers.IntegerField()


class ClientSerializer(serializers.Serializer):
    """A client."""

    id = serializers.UUIDField(source="uuid")
    client_id = serializers.CharField(help_text="The short number people quote to support.")
    name = serializers.CharField()
    type = serializers.ChoiceField(Service.choices, allow_null=True, help_text="The service; null until connected.")
    domain = serializers.CharField(help_text="Empty until connected.")
    connection_state = serializers.ChoiceField(ConnectionState.choices)
    backup_status = serializers.ChoiceField(BackupStatus.choices)
    backup_note = serializers.CharField(help_text="In a sentence, what a status other than SUCCESS is made of.")
    last_good_backup_at = serializers.DateTimeField(source="last_good_at", allow_null=True)
    stored_bytes = serializers.IntegerField()
    users = CoverageSerializer()
    shared_mailboxes = CoverageSerializer()
    sites = CoverageSerializer()
    teams = CoverageSerializer()
    created_at = serializers.DateTimeField()

    _COLUMNS = {"users": "users", "shared_mailboxes": "mailboxes", "sites": "sites", "teams": "teams"}

    def to_representation(self, client: Organization) -> dict:
        """Gather the figures by what they count."""
        client.type = client.service or None
        for name, column in self._COLUMNS.items():
            figures = {part: getattr(client, f"{column}_{part}") for part in ("eligible", "protected")}
            setattr(client, name, figures)
        return super().to_representation(client)


class ClientFilters(PageFilters):
    """Which clients."""

    type = serializers.ChoiceField(Service.choices, required=False)
    backup_status = serializers.ChoiceField(BackupStatus.choices, required=False)


class ClientList(ListView):
    """The clients this key may read."""

    scope = Scope.CLOUD_BACKUP
    serializer_class = ClientSerializer
    filters = ClientFilters

    def get_queryset(self) -> QuerySet[Organization]:
        """Return the clients that fit the filters."""
        asked = self.asked()
        chosen = {"service": asked.get("type"), "backup_status": asked.get("backup_status")}
        return Organization.objects.visible_to(self.request.auth).filter(
            **{name: value for name, value in chosen.items() if value}
        )


class ClientDetail(ApiView):
    """One client."""

    scope = Scope.CLOUD_BACKUP
    serializer_class = ClientSerializer

    def get(self, request: Request, client_uuid: UUID) -> Response:
        """Answer one client."""
        self.asked()
        return Response(self.get_serializer(client_of(request, client_uuid)).data)


def client_of(request: Request, client_uuid: UUID) -> Organization:
    """Return a client the key may read. Raises Http404, alike for those of others and those that never existed."""
    return get_object_or_404(Organization.objects.visible_to(request.auth), uuid=client_uuid)
