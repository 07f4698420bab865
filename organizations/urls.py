"""Addresses of client organizations."""

from django.urls import path, register_converter

from organizations.models import SourceApp
from organizations.views import (
    board,
    connections,
    consent_answers,
    items,
    organization_log,
    organizations,
    overview,
    settings_general,
    settings_notifications,
    settings_services,
    settings_users,
)


class PurposeConverter:
    """`backup` or `restore`, as in the address of a consent."""

    regex = "backup|restore"

    def to_python(self, value: str) -> str:
        return SourceApp.Purpose[value.upper()].value

    def to_url(self, value: str) -> str:
        return value.lower()


register_converter(PurposeConverter, "purpose")

_INSIDE = "organizations/<uuid:organization_uuid>/"
_CONNECTION = _INSIDE + "settings/connection/"

app_name = "organizations"
urlpatterns = [
    path("organizations/", board.board, name="board"),
    path("organizations/new/", organizations.organization_create, name="organization_create"),
    path(_INSIDE, overview.overview, name="overview"),
    path(_INSIDE + "edit/", organizations.organization_edit, name="organization_edit"),
    path(_INSIDE + "accounts/", items.item_list, name="item_list"),
    path(_INSIDE + "audit-log/", organization_log.organization_log, name="organization_log"),
    path(_INSIDE + "settings/services/", settings_services.settings_services, name="settings_services"),
    path(
        _INSIDE + "settings/notifications/",
        settings_notifications.settings_notifications,
        name="settings_notifications",
    ),
    path(_INSIDE + "settings/general/", settings_general.settings_general, name="settings_general"),
    path(_INSIDE + "settings/users/", settings_users.settings_users, name="settings_users"),
    path(_CONNECTION, connections.connection_detail, name="connection_detail"),
    path(_CONNECTION + "start/<purpose:purpose>/", connections.consent_start, name="consent_start"),
    path(
        _CONNECTION + "<uuid:consent_uuid>/confirm/",
        connections.consent_confirm,
        name="consent_confirm",
    ),
    path(
        _CONNECTION + "<uuid:consent_uuid>/decline/",
        connections.consent_decline,
        name="consent_decline",
    ),
    path(_CONNECTION + "end/", connections.connection_end, name="connection_end"),
    # Registered at Microsoft word for word, so they name no organization; the state does.
    path("connect/microsoft-365/consented/", consent_answers.consent_answer, name="consent_answer"),
    path("connect/microsoft-365/signed-in/", consent_answers.consent_signed_in, name="consent_signed_in"),
]
